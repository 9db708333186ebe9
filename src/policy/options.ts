/**
 * The slices of servers.yaml that decide what may run and be read: `tools`, `prompts`, `resources`, `rateLimit` and
 * `profiles`.
 */
import { z } from 'zod'
import { validateGlob } from './glob.ts'

const glob = z
  .string()
  .min(1)
  .max(256)
  .superRefine((pattern, context) => {
    const problem = validateGlob(pattern)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  })

export const globs = (about: string, over = 'the upstream tool name') =>
  z.array(glob).describe(`${about} Globs over ${over}: *, ? and {a,b}.`)

export const rateLimit = z
  .string()
  .regex(/^[1-9]\d{0,6}\/(second|minute|hour|day)$/, 'expected a rate such as 600/minute')
  .describe('Calls a second, minute, hour or day, as a bucket that refills steadily.')

export const toolRules = z
  .strictObject({
    allow: globs(
      'Run without asking. When given, tools that neither allow nor confirm names are hidden.',
    ).optional(),
    confirm: globs('Ask a human first.').optional(),
    block: globs('Never run, never listed.').optional(),
    rateLimit: z
      .record(glob, rateLimit)
      .optional()
      .describe('A limit of its own for each tool that the glob names, beside the limit of the server.'),
  })
  .describe('Which tools of this server are allowed, confirmed or blocked; the strictest wins.')

const accessRules = (what: string, over: string) =>
  z.strictObject({
    allow: globs(
      `When given, ${what} that neither allow nor confirm names are hidden. Default: all.`,
      over,
    ).optional(),
    confirm: globs('Ask a human first.', over).optional(),
    block: globs('Never, and not listed.', over).optional(),
  })

const PROMPT = "the server's name of the prompt"
const RESOURCE = 'the URI, or the uriTemplate as far as the list of templates goes'

export const promptRules = accessRules('prompts', PROMPT).describe(
  'Which prompts of this server are offered; the strictest wins.',
)
export const resourceRules = accessRules('resources', RESOURCE).describe(
  'Which resources of this server may be read; the strictest wins.',
)

export const riskClass = z.enum(['read', 'write', 'destructive'])

export const profileOptions = z
  .strictObject({
    servers: z.array(z.string()).optional().describe('The servers of this profile; all when absent.'),
    tools: z
      .strictObject({
        allow: globs('Only these tools.').optional(),
        confirm: globs('Ask a human first.').optional(),
        block: globs('Never these tools.').optional(),
        classes: z.array(riskClass).optional().describe('Only tools of these risk classes.'),
      })
      .optional()
      .describe('Narrows every server of the profile; a profile never widens.'),
    prompts: accessRules('prompts', PROMPT)
      .optional()
      .describe('Narrows the prompts of every server of the profile.'),
    resources: accessRules('resources', RESOURCE)
      .optional()
      .describe('Narrows the resources of every server of the profile.'),
  })
  .describe('A role: which servers and tools one host entry gets.')

export const profilesOptions = z
  .record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/), profileOptions)
  .describe('Profiles by name, chosen with --profile.')

export type ToolRules = z.output<typeof toolRules>
export type AccessRules = z.output<typeof promptRules>
export type ProfileOptions = z.output<typeof profileOptions>
export type RiskClass = z.output<typeof riskClass>
