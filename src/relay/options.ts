/** The slice of servers.yaml that says what a server may ask of the host: `sampling`, `elicitation`, `roots`, `apps`. */
import { z } from 'zod'

export const relayOptions = {
  sampling: z
    .enum(['off', 'confirm', 'allow'])
    .optional()
    .describe(
      "May the server have the host's model write for it, at the user's expense? confirm: a human is asked each time. Default off.",
    ),
  elicitation: z
    .enum(['allow', 'off'])
    .optional()
    .describe(
      'May the server ask the user questions? They are shown under its name, and never for a secret in a form. Default allow.',
    ),
  roots: z
    .enum(['allow', 'off'])
    .optional()
    .describe('May the server learn which folders are open in the host? Default allow.'),
  apps: z
    .boolean()
    .optional()
    .describe(
      'Let the host show pages of this server (MCP Apps, ui://). They call its tools by its own names; the host takes all servers behind sidemux for one, so one that knows their names here can call the tools of the others too. Default false.',
    ),
} as const

export interface RelayRules {
  readonly sampling: 'off' | 'confirm' | 'allow'
  readonly elicitation: 'allow' | 'off'
  readonly roots: 'allow' | 'off'
  readonly apps: boolean
}

const DEFAULTS: RelayRules = { sampling: 'off', elicitation: 'allow', roots: 'allow', apps: false }

/** What is written, and the defaults for the rest. */
export function relayRules(raw: {
  readonly [rule in keyof RelayRules]?: RelayRules[rule] | undefined
}): RelayRules {
  return {
    sampling: raw.sampling ?? DEFAULTS.sampling,
    elicitation: raw.elicitation ?? DEFAULTS.elicitation,
    roots: raw.roots ?? DEFAULTS.roots,
    apps: raw.apps ?? DEFAULTS.apps,
  }
}

/** Those rules that aren't the default. */
export function unusual({
  sampling,
  elicitation,
  roots,
  apps,
}: RelayRules): Record<string, string | boolean> {
  const rules = { sampling, elicitation, roots, apps }
  return Object.fromEntries(
    Object.entries(rules).filter(([rule, value]) => value !== DEFAULTS[rule as keyof RelayRules]),
  )
}
