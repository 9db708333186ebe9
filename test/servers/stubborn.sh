# A server of the older era without tools, in little memory, so that many can run. It ignores the end of its stdin and whatever
# asks it to end, and so does what it starts. Its pid goes to the file named by PIDS.
trap '' TERM INT HUP
echo $$ >> "$PIDS"
while read -r line; do
  id=${line##*\"id\":}; id=${id%%[,\}]*}
  case $line in
    *'"initialize"'*)
      echo '{"jsonrpc":"2.0","id":'"$id"',"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"stubborn","version":"1"}}}' ;;
    *'"tools/list"'*) echo '{"jsonrpc":"2.0","id":'"$id"',"result":{"tools":[]}}' ;;
    *'"notifications/'*) ;;
    *) echo '{"jsonrpc":"2.0","id":'"$id"',"error":{"code":-32601,"message":"no"}}' ;;
  esac
done
while :; do sleep 5; done
