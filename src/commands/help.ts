/** The words of `--help`. */

const OVERVIEW = `sidemux: one MCP server that runs your other MCP servers

usage: sidemux [VERB] [OPTIONS]

  serve                  the MCP server that the host launches (the default)
  check                  validate servers.yaml without starting anything
  tools                  every tool with its verdict, the rule and the reason
  call SERVER TOOL       one call through the whole pipeline
  audit [verify]         verify the audit log; also: audit show, audit tail
  secrets [check]        resolve each reference and say what came of it

Every verb takes --config PATH and --help; serve, check, tools, call and secrets also take
--environment NAME and --profile NAME. --json gives machine output. Values never print.
Exit codes: 0 ok, 1 a check or a call failed, 2 usage or config error, 3 blocked or declined.
`

const VERB_HELP: Readonly<Record<string, string>> = {
  serve: 'usage: sidemux serve [--config PATH] [--environment NAME] [--profile NAME] [--log-level LEVEL]\n',
  check: 'usage: sidemux check [--config PATH] [--environment NAME] [--profile NAME] [--json]\n',
  tools: `usage: sidemux tools [--config PATH] [--environment NAME] [--profile NAME] [--json]
                     [--suggest] [--accept SERVER[/TOOL]]

  --suggest   print a tools: block for each server, to paste into servers.yaml
  --accept    take a changed tool definition as the good one
`,
  call: `usage: sidemux call SERVER TOOL [--args JSON] [--config PATH] [--environment NAME] [--profile NAME] [--json]

  SERVER is the id in servers.yaml, TOOL the server's own name of the tool.
`,
  audit: `usage: sidemux audit [verify|show|tail] [--limit N] [--follow] [--json]

  verify   exit 1 and name the first bad record when the chain is broken
  show     the last N records as a table
  tail     the last records, and with --follow those to come
`,
  secrets: 'usage: sidemux secrets [check] [--config PATH] [--environment NAME] [--profile NAME] [--json]\n',
}

export function help(verb?: string): string {
  return (verb !== undefined && Object.hasOwn(VERB_HELP, verb) ? VERB_HELP[verb] : undefined) ?? OVERVIEW
}
