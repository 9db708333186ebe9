/**
 * The program that a watchdog runs, for any POSIX `sh`. It uses builtins only, except for `sleep`. reaper.ts says
 * what it is for.
 *
 * Its argument: where `sleep` is. On its input, a line each:
 *
 *     add GROUP ASK GRACE   a process group to end; in ticks from the end of the input to SIGTERM and to SIGKILL
 *     asked GROUP           it has had its SIGTERM
 *     stray GROUP PID START a process of it that may be found from nowhere any more, and by which start it is known
 *     del GROUP             it is gone
 *     first PID             another watchdog, which ends them; this one does it only if that one can't
 *     second PID            the other one, from the one that goes first; it may have been stopped
 *     now                   whoever is left at the end of the input has had its time
 *     ping                  is answered
 *
 * A process is known by number and start, as in relatives.ts. Without /proc (macOS) a number has to do, and what left
 * its group isn't found. Without a `sleep` there is no grace.
 */
/** A second. */
export const TICKS = 5

export const WATCHDOG_SCRIPT = `
trap '' HUP INT QUIT TERM PIPE TSTP TTIN TTOU USR1 USR2 ALRM
sleep=$1
list= strays= first= firststart= second= hurry= tick=0 looks=0
stat() {
  start= pgrp=
  read -r line < "/proc/$1/stat" || return 1
  set -- \${line##*\\) }
  case $1 in Z|X) return 1 ;; esac
  pgrp=$3 start=\${20}
}
drop() {
  rest=
  for item in $list; do [ "\${item%%:*}" = "$1" ] || rest="$rest $item"; done
  list=$rest
}
# A variable for each, as a text of thousands would be searched for each of thousands.
note() {
  eval "known=\\$known_$1; known_$1=$start:$2"
  [ "$known" = "$start:$2" ] || strays="$strays $1:$start:$2"
}
while read -r verb group ask grace; do
  case $verb in
    add) drop "$group"; stat "$group"; list="$list $group:$start:$ask:$grace:" ;;
    asked) rest=; for item in $list; do
        case $item in "$group":*:) item=\${item}1 ;; esac; rest="$rest $item"
      done; list=$rest ;;
    stray) stat "$ask" && [ "$start" = "$grace" ] && note "$ask" "$group" ;;
    del) drop "$group" ;;
    second) second=$group ;;
    first) first=$group; stat "$group"; firststart=$start ;;
    now) hurry=1 ;;
    ping) echo ;;
  esac
done
wait_a_tick() {
  if [ -n "$sleep" ] && "$sleep" ${1 / TICKS}; then :
  elif [ -n "$sleep" ] && "$sleep" 1; then tick=$((tick + ${TICKS - 1}))
  else tick=1000000; fi
  tick=$((tick + 1))
}
descend() {
  for file in /proc/"$1"/task/*/children; do
    [ -r "$file" ] || continue
    kids=; read -r kids < "$file"
    for kid in $kids; do
      eval "has=\\$held_$kid"
      if [ -n "$has" ]; then descend "$kid" "$2"; continue; fi
      stat "$kid" || continue
      note "$kid" "$2"
      eval "looked_$kid=$looks"
      descend "$kid" "$2"
    done
  done
}
kept() {
  pid=\${1%%:*} since=\${1#*:}
  [ "\${since#*:}" = "$2" ] && stat "$pid" && [ "$start" = "\${since%%:*}" ]
}
look() {
  looks=$((looks + 1))
  descend "$1" "$1"
  # Those whose parent is gone are roots now.
  for stray in $strays; do
    eval "looked=\\$looked_\${stray%%:*}"
    [ "$looked" = "$looks" ] || { kept "$stray" "$1" && descend "$pid" "$1"; }
  done
}
remains() {
  kill -0 "-$1" && return 0
  for stray in $strays; do kept "$stray" "$1" && return 0; done
  return 1
}
signal() {
  kill "-$2" "-$1"
  for stray in $strays; do kept "$stray" "$1" && [ "$pgrp" != "$1" ] && kill "-$2" "$pid"; done
}
hold() {
  kill -STOP "-$1"
  for stray in $strays; do
    eval "has=\\$held_\${stray%%:*}"
    [ -n "$has" ] && continue
    kept "$stray" "$1" || continue
    [ "$pgrp" != "$1" ] && kill -STOP "$pid"
    # What is stopped keeps its number.
    eval "held_$pid=1"
    held="$held $pid"
  done
}
finish() {
  held=
  for round in 1 2 3 4 5 6 7 8; do
    hold "$1"
    before=$strays
    look "$1"
    [ "$before" = "$strays" ] && [ "$round" -gt 1 ] && break
  done
  hold "$1"
  kill -KILL "-$1"
  [ -n "$held" ] && kill -KILL $held
}
is_first() {
  kill -0 "$first" || return 1
  [ -z "$firststart" ] && return 0
  stat "$first" && [ "$start" = "$firststart" ]
}
longest=0
for item in $list; do
  grace=\${item%:*}; grace=\${grace##*:}
  [ "$grace" -gt "$longest" ] && longest=$grace
done
while [ -n "$list" ] && [ -n "$first" ] && is_first && [ "$tick" -lt $((longest + ${5 * TICKS})) ]; do
  kill -CONT "$first"
  wait_a_tick
done
[ -n "$second" ] && kill -CONT "$second"
tick=0
while [ -n "$list" ]; do
  next= due=
  for item in $list; do
    group=\${item%%:*}; item=\${item#*:}
    born=\${item%%:*}; item=\${item#*:}
    ask=\${item%%:*}; item=\${item#*:}
    grace=\${item%%:*}; asked=\${item#*:}
    leads=1
    if [ -z "$born" ]; then kill -0 "$group" || leads=
    elif stat "$group"; then [ "$start" = "$born" ] || continue
    else leads=; fi
    [ "$tick" -eq 0 ] && look "$group"
    remains "$group" || continue
    if [ -n "$hurry" ] || [ "$tick" -ge "$grace" ]; then due="$due $group"; continue; fi
    if [ -z "$asked" ] && { [ -z "$leads" ] || [ "$tick" -ge "$ask" ]; }; then
      asked=1
      look "$group"
      signal "$group" TERM
      signal "$group" CONT
    fi
    next="$next $group:$born:$ask:$grace:$asked"
  done
  for group in $due; do finish "$group"; done
  list=$next
  [ -n "$list" ] && wait_a_tick
done
`
