/** The words of `--help`. */

const OVERVIEW = `sidemux: one MCP server that runs your other MCP servers

usage: sidemux [VERB] [OPTIONS]

  serve                  the MCP server that the host launches (the default)
  check                  validate servers.yaml without starting anything
  tools                  every tool with its verdict, the rule and the reason
  policy test FILE       what the present rules make of an audit log or a list of calls
  call SERVER TOOL       one call through the whole pipeline
  pin [SERVER]           what servers offer beside what servers.lock holds, and your word for it
  trust [SERVER…]        which servers may start, and your yes to those that wait for it
  update [SERVER…]       other versions of the packages that npx and uvx would run, and your yes to them
  login SERVER           log in to a remote server; also: login --status, logout SERVER
  approvals              what waits for your decision; also: approvals approve, deny, revoke, page
  sandbox SERVER         what a confined server sees, writes and reaches; with --try a shell in it
  logs [SERVER]          what became of servers, and what they printed; with --follow what comes
  audit [verify]         verify the audit log; also: audit show, audit tail
  secrets [check]        resolve each reference and say what came of it
  secrets set NAME       keep a secret on this machine; also: get-info, delete, list, migrate
  secrets policy         the smallest policy at Infisical, Vault or a cloud that each server needs

Every verb takes --config PATH and --help; serve, check, tools, policy, call, pin, trust, update,
login, logout, sandbox and secrets also take --environment NAME and --profile NAME. --json gives machine output.
Values never print.
Exit codes: 0 ok, 1 a check or a call failed, 2 usage or config error, 3 blocked or declined.
`

const CHOICE = '[--config PATH] [--environment NAME] [--profile NAME]'

const VERB_HELP: Readonly<Record<string, string>> = {
  serve: `usage: sidemux serve ${CHOICE}
                     [--surface all|search] [--frozen] [--log-level LEVEL]

  Speaks MCP on stdin and stdout until the host goes away. --surface search lists two tools instead of
  all: one that searches them, and one that calls what was found. LEVEL is one of trace, debug, info, warn,
  error, fatal, silent.

  --frozen    what servers.lock does not hold is not started or listed, and it is never written
`,
  check: `usage: sidemux check ${CHOICE} [--json]

  Tells every problem of servers.yaml as file:line:col with a hint. Starts no server and asks no store
  that is not on this machine.
`,
  tools: `usage: sidemux tools ${CHOICE} [--json]
                     [--suggest] [--tokens] [--log-level LEVEL]
       sidemux tools --explain SERVER/TOOL [--args JSON] [--json]

  Starts every server, lists its tools with verdict, rule and reason, and ends it again.

  --suggest   propose rules by which you are asked less, with the reason of each, to paste into your file
  --tokens    what the tools of each server cost a model's context, and what "surface: search" would
  --explain   start that server only, and tell every rule that spoke about the tool, what its risk
              was made of, what a yes would bind to, and the grants there are; with the arguments of
              a call also which grant it would use
`,
  call: `usage: sidemux call SERVER TOOL [--args JSON] ${CHOICE}
                    [--json] [--log-level LEVEL]

  SERVER is the id in servers.yaml, TOOL the server's own name of the tool. For example:
  sidemux call files read_text_file --args '{"path": "notes.txt"}'
`,
  pin: `usage: sidemux pin [SERVER] [--accept NAME… | --all] ${CHOICE}
                   [--json] [--log-level LEVEL]

  Starts the servers and shows what they offer otherwise than servers.lock holds it, member by member,
  with what hides written out. Exit 1 while something differs.

  --accept    takes these tools, prompts, templates (by their URI) or "instructions" as they are now
  --all       takes all that is offered now, and nothing else: what is gone leaves the file
`,
  trust: `usage: sidemux trust [SERVER…] [--revoke] ${CHOICE}
                     [--json] [--log-level LEVEL]

  Shows which servers wait for your yes before they start: those that are new, and those whose command,
  arguments, environment, directory or sandbox became more than you agreed to. Each with its exact command
  and what changed. The word yes, typed, lets them start, in running sidemuxes at once. Starts nothing itself.

  SERVER     only these, also what you said no to before
  --revoke   takes back what you agreed to: they end, and wait for a yes again
  --json     the servers, whether they are trusted, and what waits in words; asks nothing

  The word is taken from a person's terminal only. Without one, as in a container, "trust: first-use" in a
  file that --config names by its whole path takes what its first run shows.
`,
  update: `usage: sidemux update [SERVER…] ${CHOICE} [--json]

  Looks whether there is another version of the package of each server that npx or uvx would run, and
  says what it changes: version, dependencies, install scripts, who published it, and its tools, where it
  starts in a sandbox with nothing in it. The word yes, typed, has the server run it from its next start on.

  SERVER   only these
  --json   what there would be; asks nothing. Exit 1 where there is something
`,
  login: `usage: sidemux login SERVER ${CHOICE}
       sidemux login --status [--json] ${CHOICE}

  SERVER is the id in servers.yaml of a server with a "url". Opens the browser, waits at most five
  minutes for you to log in there, and keeps the login in the system's keychain, or where there is none
  encrypted in the state directory. A running sidemux then connects by itself, and refreshes the login
  when it is due. A server with an Authorization header in "headers" needs no login.

  --status   for each remote server whether somebody is logged in, and until when; never a token
`,
  logout: `usage: sidemux logout SERVER ${CHOICE}

  Forgets the login of a remote server, and tells its login server where that takes it.
`,
  approvals: `usage: sidemux approvals [list] [--watch] [--config PATH] [--json]
       sidemux approvals approve ID | deny ID… | revoke ID | page

  list      the open questions of every running sidemux, and what is allowed beyond once;
            with --watch it stays, and asks in this terminal whatever comes
  approve   shows the whole question; the word yes, typed, runs it once
  deny      it does not run
  revoke    takes back what was allowed beyond once, or a no to all of a tool
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
  audit: `usage: sidemux audit [verify] [--since HEAD] [--journal] [--json]
       sidemux audit show [--since TIME] [--until TIME] [--server S] [--tool T] [--host H]
                    [--outcome LIST] [--grep TEXT] [--limit N] [--json]
       sidemux audit tail [--follow] and the same filters

  verify   exit 1 and name the first bad record when the chain is broken; what was told to the system's
           journal has to agree (--journal: and it has to be there), and so has a HEAD that verify printed
  show     each call as one row, and what else happened; without a filter the last 50 rows
  tail     the last records, and with --follow those to come

  Which tool touched X yesterday: sidemux audit show --since yesterday --grep X

  --since, --until  TIME is how long ago (10m, 2h, 3d, 1w), a time of today (14:30), today, yesterday,
                    a date, or a time (2026-11-28T14:30, with or without a zone). A day is meant whole
  --server, --tool  the name, or a pattern such as delete_*; prompts and resources likewise
  --host            a part of what the host calls itself
  --outcome         of ok, tool-error, error, blocked, failed, asked, cancelled, and open for calls that
                    have no end in the log; several with commas between
  --grep            a part of names, arguments or reasons, plain text in any case. What the log keeps of
                    arguments is masked, and at most 4 KiB a call
  --limit           the last N of what matches
  --json            one object a line, however many; by default all
`,
  sandbox: `usage: sidemux sandbox SERVER ${CHOICE} [--json]
       sidemux sandbox SERVER --try [-- COMMAND…] ${CHOICE}

  What SERVER may read and write, its home, network and limits, and by what it is confined. Starts nothing
  and asks no store.

  --try   a shell in its place, or COMMAND: with its files, its environment and its network, and without
          its secrets, which are empty there. Exits with 1 where COMMAND does not end well
`,
  logs: `usage: sidemux logs [SERVER] [--follow] [--since TIME] [--lines N] [--level LEVEL] [--json]
                    [--config PATH]

  Starts, failures with their reason and hint, exits, and what servers printed: their own words stand
  behind a >. With SERVER only what is about it. Needs no servers.yaml.

  --follow   goes on with what comes, until Ctrl-C
  --since    TIME is how long ago (10m, 2h, 3d), a time of today (14:30), today, yesterday, or a date
             (2026-11-28T14:30)
  --lines    the last N lines; default 100, and with --since all
  --level    LEVEL and what is graver: trace, debug, info, warn, error, fatal. Servers' own lines are info
  --json     the lines as they stand in log/sidemux.log in the state directory
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
