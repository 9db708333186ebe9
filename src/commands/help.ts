/** The words of `--help`. */

const OVERVIEW = `sidemux: one MCP server that runs your other MCP servers

usage: sidemux [VERB] [OPTIONS]

  serve                  the MCP server that the host launches (the default)
  check                  validate servers.yaml without starting anything
  tools                  every tool with its verdict, the rule and the reason
  policy test FILE       what the present rules make of an audit log or a list of calls
  call SERVER TOOL       one call through the whole pipeline
  login SERVER           log in to a remote server; also: login --status, logout SERVER
  approvals              what waits for your decision; also: approvals approve, deny, revoke, page
  audit [verify]         verify the audit log; also: audit show, audit tail
  secrets [check]        resolve each reference and say what came of it
  secrets set NAME       keep a secret on this machine; also: get-info, delete, list, migrate
  secrets policy         the smallest policy at Infisical, Vault or a cloud that each server needs

Every verb takes --config PATH and --help; serve, check, tools, policy, call, login, logout and secrets
also take --environment NAME and --profile NAME. --json gives machine output. Values never print.
Exit codes: 0 ok, 1 a check or a call failed, 2 usage or config error, 3 blocked or declined.
`

const CHOICE = '[--config PATH] [--environment NAME] [--profile NAME]'

const VERB_HELP: Readonly<Record<string, string>> = {
  serve: `usage: sidemux serve ${CHOICE} [--log-level LEVEL]

  Speaks MCP on stdin and stdout until the host goes away. LEVEL is one of trace, debug, info, warn,
  error, fatal, silent.
`,
  check: `usage: sidemux check ${CHOICE} [--json]

  Tells every problem of servers.yaml as file:line:col with a hint. Starts no server and asks no store
  that is not on this machine.
`,
  tools: `usage: sidemux tools ${CHOICE} [--json]
                     [--suggest] [--accept SERVER[/TOOL]] [--log-level LEVEL]
       sidemux tools --explain SERVER/TOOL [--args JSON] [--json]

  Starts every server, lists its tools with verdict, rule and reason, and ends it again.

  --suggest   print a tools: block for each server, to paste into servers.yaml
  --accept    take a changed tool definition as the good one
  --explain   start that server only, and tell every rule that spoke about the tool, what its risk
              was made of, what a yes would bind to, and the grants there are; with the arguments of
              a call also which grant it would use
`,
  call: `usage: sidemux call SERVER TOOL [--args JSON] ${CHOICE}
                    [--json] [--log-level LEVEL]

  SERVER is the id in servers.yaml, TOOL the server's own name of the tool. For example:
  sidemux call files read_text_file --args '{"path": "notes.txt"}'
`,
  login: `usage: sidemux login SERVER ${CHOICE}
       sidemux login --status [--json] ${CHOICE}

  SERVER is the id in servers.yaml of a server with a "url". Opens the browser, waits at most five
  minutes for you to log in there, and keeps the login in the system's keychain, or where there is none
  encrypted in the state directory. Running sidecars then connect by themselves, and refresh the login
  when it is due. A server with an Authorization header in "headers" needs no login.

  --status   for each remote server whether somebody is logged in, and until when; never a token
`,
  logout: `usage: sidemux logout SERVER ${CHOICE}

  Forgets the login of a remote server, and tells its login server where that takes it.
`,
  approvals: `usage: sidemux approvals [list] [--watch] [--config PATH] [--json]
       sidemux approvals approve ID | deny ID… | revoke GRANT | page

  list      the open questions of every running sidecar, and what is allowed beyond once;
            with --watch it stays, and asks in this terminal whatever comes
  approve   shows the whole question; the word yes, typed, runs it once
  deny      it does not run
  revoke    takes back what was allowed beyond once
  page      opens the page in the browser, where the same can be decided

  Decisions are taken from a person's terminal only, not from one inside the host application.
`,
  policy: `usage: sidemux policy test FILE.jsonl ${CHOICE} [--json]

  Tells what would change if the calls in FILE were made now, under the present servers.yaml and the
  definitions that were pinned when they were first seen. Starts nothing. FILE is a segment of the audit
  log (audit/*.jsonl in the state directory; "sidemux audit verify" says whether it is whole), or a list
  of calls, one a line, args and verdict as you like:

  {"server": "files", "tool": "delete_file", "args": {"path": "a"}, "verdict": "confirm"}
  {"name": "files_delete_file"}

  verdict is what you expect: allow, confirm, block, hidden or unknown. Exits 1 when a call would get
  another verdict, or can't be judged because its tool was never seen, or a line can't be read; a line
  without a verdict only shows what would be.
`,
  audit: `usage: sidemux audit [verify|show|tail] [--limit N] [--follow] [--json]

  verify   exit 1 and name the first bad record when the chain is broken
  show     the last N records as a table
  tail     the last records, and with --follow those to come
`,
  secrets: `usage: sidemux secrets [check] ${CHOICE} [--json]
       sidemux secrets set NAME [--backend keychain|file]
       sidemux secrets get-info NAME [--json] | delete NAME | list [--json]
       sidemux secrets migrate [--to ALIAS] [--write] [--config PATH] [--json]
       sidemux secrets policy [--format FORMAT] [--server ID] [--json]
                              ${CHOICE}

  check      resolves each reference, also from remote stores, and says what came of it; never a value.
             For each \${lease:…} it takes a real lease, as only that shows it can be had, and gives it
             back at once: at the back end a credential comes and goes
  set        keeps a value for \${local:NAME}, in the system's keychain, or where there is none in an
             encrypted file in the state directory; asked for without echo, or read from standard input
  get-info   where a secret is, since when, and whether it can be read; never its value
  delete     forgets it
  list       the names
  migrate    shows which secrets of servers.yaml stand there in plain, and with --write moves them into
             a store (default: the first one of type local), puts references in their place and keeps
             a backup that only you can read
  policy     prints, for each server, the smallest policy that its references and leases need; FORMAT is
             infisical, vault, aws, azure or gcp, and may be left out when one of them is in use
`,
}

export function help(verb?: string): string {
  return (verb !== undefined && Object.hasOwn(VERB_HELP, verb) ? VERB_HELP[verb] : undefined) ?? OVERVIEW
}
