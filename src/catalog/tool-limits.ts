/**
 * Tells when a host is listed more tools than some take, with where that is known from. It decides nothing: a host that is
 * listed too many leaves some out, or groups them, or its model's API refuses the request. Pure.
 */

interface ToolLimit {
  /** As many are taken. */
  readonly most: number
  readonly host: string
  readonly source: string
}

const LIMITS: readonly ToolLimit[] = [
  { most: 40, host: 'Cursor', source: 'its own limit for long; no newer number is known' },
  { most: 100, host: 'Windsurf', source: 'its documentation: 100 tools in all' },
  {
    most: 128,
    host: 'Copilot in JetBrains and Eclipse',
    source: 'microsoft/copilot-intellij-feedback#1842: more than 128 fail the request',
  },
  {
    most: 128,
    host: 'VS Code, which then groups them',
    source: 'its documentation: 128 tools a request; microsoft/vscode#262246',
  },
]

export interface TooMany {
  readonly message: string
  readonly hint: string
}

/** Undefined where every host takes so many. Tools of other servers of the host come on top. */
export function tooManyTools(listed: number): TooMany | undefined {
  const passed = LIMITS.filter(({ most }) => listed > most)
  if (passed.length === 0) return undefined
  const hosts = passed.map(({ most, host }) => `${most} (${host})`)
  return {
    message: `${listed} tools are listed, and some hosts take no more than ${hosts.join(', ')}`,
    hint: 'hide what you don\'t need, choose a profile, or write "surface: search"; "sidemux tools --tokens" says what each server costs',
  }
}
