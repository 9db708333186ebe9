/**
 * The slices of servers.yaml that decide what may run and be read: `tools`, `prompts`, `resources`, `rateLimit` and
 * `profiles`.
 */
import { z } from 'zod'
import { canonicalJson } from '../json/canonical.ts'
import { validateGlob } from './glob.ts'
import { riskClass } from './risk-class.ts'
import { whereOptions } from './where/options.ts'

const glob = z
  .string()
  .min(1)
  .max(256)
  .superRefine((pattern, context) => {
    const problem = validateGlob(pattern)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  })

export const globs = (about: string, over = "the server's tool name") =>
  z.array(glob).describe(`${about} Globs over ${over}: *, ? and {a,b}.`)

export const rateLimit = z
  .string()
  .regex(/^[1-9]\d{0,6}\/(second|minute|hour|day)$/, 'expected a rate such as 600/minute')
  .describe('Calls a second, minute, hour or day, as a bucket that refills steadily.')

const isPlain = (value: unknown): boolean => {
  try {
    return !canonicalJson(value).includes('${')
  } catch {
    return false
  }
}

const fixedValue = z
  .unknown()
  .refine(isPlain, 'expected a plain value without references: what is in an argument is shown')

const setOptions = z
  .record(z.string().min(1).max(256), fixedValue)
  .describe('The arguments by name, and their values.')

/** A name alone, or a name with what the arguments of a call have to be. */
const toolRule = z
  .union(
    [glob, z.strictObject({ tool: glob, where: whereOptions })],
    'expected a tool name, or a mapping with tool and where',
  )
  .meta({ id: 'toolRule' })

const toolGlobs = (about: string) =>
  z
    .array(toolRule)
    .describe(
      `${about} Globs over the server's tool name: *, ? and {a,b}; or { tool: GLOB, where: { ARGUMENT: CONDITION } } for calls with such arguments.`,
    )

export const toolRules = z
  .strictObject({
    allow: toolGlobs(
      'Run without asking. When given, tools that neither allow nor confirm names are hidden.',
    ).optional(),
    confirm: toolGlobs('Ask a human first.').optional(),
    block: toolGlobs('Never run, never listed.').optional(),
    set: z
      .record(glob, setOptions)
      .optional()
      .describe(
        'Arguments that are fixed, by tool: { create_issue: { owner: acme } }. Hosts are not shown them; they are put in before the call is judged.',
      ),
    others: z
      .enum(['hide', 'judge'])
      .optional()
      .describe(
        'What becomes of tools that neither allow nor confirm names, where allow is given: hide (default), or judge them as without allow: those that only read run, the others ask.',
      ),
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

/** Which servers a profile has, and what of them. */
export const profileOptions = z.strictObject({
  servers: z.array(z.string()).optional().describe('The servers of this profile; all when absent.'),
  tools: z
    .strictObject({
      allow: toolGlobs('Only these tools, or calls.').optional(),
      confirm: toolGlobs('Ask a human first.').optional(),
      block: toolGlobs('Never these tools, or calls.').optional(),
      classes: z.array(riskClass).optional().describe('Only tools of these risk classes.'),
    })
    .optional()
    .describe('Narrows every server of the profile; a profile never widens.'),
  prompts: accessRules('prompts', PROMPT)
    .extend({ classes: z.array(riskClass).optional().describe('Only prompts of these risk classes.') })
    .optional()
    .describe('Narrows the prompts of every server of the profile.'),
  resources: accessRules('resources', RESOURCE)
    .extend({ classes: z.array(riskClass).optional().describe('Only resources of these risk classes.') })
    .optional()
    .describe('Narrows the resources of every server of the profile.'),
})

export type ToolRule = z.output<typeof toolRule>
export type ToolRules = z.output<typeof toolRules>
export type AccessRules = z.output<typeof promptRules>
/** What a profile takes away of prompts or resources. */
export type AccessNarrowing = NonNullable<ProfileOptions['prompts']>
export type ProfileOptions = z.output<typeof profileOptions>
