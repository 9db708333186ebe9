/** The shape of `where:`: what the arguments of a call have to be for a rule to speak of it. */
import { z } from 'zod'
import { validateGlob } from '../glob.ts'
import { whereKind } from './kind.ts'
import { parseUrlPattern } from './url.ts'
import { whyNoPattern } from './values.ts'

const text = z.string().max(1024)
const scalar = z.union(
  [text, z.number(), z.boolean(), z.null()],
  'expected a text, a number, true, false or null',
)
const oneOrMore = <T extends z.ZodType>(one: T) => z.union([one, z.array(one).min(1).max(64)])

/** What is wrong with it, as it ends "expected …"; undefined when nothing is. */
export function whyNoPath(pattern: string): string | undefined {
  if (pattern.includes('\\')) return 'a path with / between its names, on Windows too'
  if (/^~[^/]/.test(pattern)) return 'a path that begins with ~/ or with none'
  const names = pattern.split('/')
  const problem = names
    .filter((name) => name !== '')
    .flatMap((name) => validateGlob(name) ?? validateGlob(name.normalize('NFKC')) ?? [])[0]
  if (problem !== undefined) return `a path with *, ?, ** and {a,b}: ${problem}`
  if (names.some((name) => name.includes('**') && name !== '**'))
    return 'a path in which ** stands alone between slashes'
  const sign = names.findIndex((name) => /[*?{]/.test(name))
  if (sign !== -1 && names.slice(sign).includes('..')) return 'a path without .. behind a sign such as *'
  return pattern === '' ? 'a path that is not empty' : undefined
}

function whyNoUrl(pattern: string): string | undefined {
  const parsed = parseUrlPattern(pattern)
  if (parsed === undefined)
    return 'an address such as https://*.example.com/api/**, without user, query and fragment'
  const parts = [parsed.scheme, ...parsed.host.replace(/^\[.*\]$/, '').split('.')].filter(
    (part) => part !== '',
  )
  const problem = parts.flatMap((part) => validateGlob(part) ?? [])[0]
  return problem ?? (parsed.path === undefined ? undefined : whyNoPath(parsed.path))
}

function whyNoPlain(pattern: string): string | undefined {
  const kind = whereKind(pattern)
  return kind === 'url' ? whyNoUrl(pattern) : kind === 'path' ? whyNoPath(pattern) : undefined
}

const checked = (why: (pattern: string) => string | undefined) =>
  text.superRefine((pattern, context) => {
    const problem = why(pattern)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: `expected ${problem}` })
  })

const plain = z.union(
  [checked(whyNoPlain), z.number(), z.boolean(), z.null()],
  'expected a text, a number, true, false or null',
)

const detailed = z
  .strictObject({
    path: oneOrMore(checked(whyNoPath))
      .optional()
      .describe(
        'A path there: notes/** is the folder notes and all below it. Links, .. and encodings are followed.',
      ),
    from: text.optional().describe('The folder that path is relative to. Default: cwd of the server.'),
    url: oneOrMore(checked(whyNoUrl)).optional().describe('An address: https://*.example.com/api/**'),
    host: oneOrMore(checked((host) => whyNoUrl(`https://${host}`)))
      .optional()
      .describe(
        'An address on this host: api.example.com, *.example.com, with :port where it is not the usual one.',
      ),
    scheme: oneOrMore(text.regex(/^[a-z][a-z0-9+.-]*$/i, 'expected a scheme such as https'))
      .optional()
      .describe('Schemes for host. Default: http and https.'),
    is: scalar.optional().describe('Exactly this value.'),
    in: z.array(scalar).min(1).max(256).optional().describe('Exactly one of these values.'),
    text: oneOrMore(checked((glob) => validateGlob(glob) ?? validateGlob(glob.normalize('NFKC'))))
      .optional()
      .describe('A text like this, * being any characters, slashes too: not for paths.'),
    pattern: checked(whyNoPattern)
      .optional()
      .describe('A regular expression (RE2) that the whole text matches.'),
    min: z.number().optional().describe('A number not below this.'),
    max: z.number().optional().describe('A number not above this.'),
    minLength: z.number().int().min(0).optional().describe('A text of at least so many characters.'),
    maxLength: z.number().int().min(0).optional().describe('A text of at most so many characters.'),
    maxItems: z.number().int().min(0).optional().describe('A list of at most so many values.'),
    optional: z
      .boolean()
      .optional()
      .describe(
        'true: that the argument is not there is fine; it then allows in allow, and neither asks nor blocks in the others. Default: it asks.',
      ),
  })
  .superRefine((condition, context) => {
    const { optional: _optional, from, scheme, ...conditions } = condition
    const wrong =
      Object.keys(conditions).length === 0 && scheme === undefined
        ? 'expected a condition such as path, url, host, is, in, text, pattern, min, max or maxLength'
        : from !== undefined && condition.path === undefined
          ? 'expected path beside from'
          : undefined
    if (wrong !== undefined) context.addIssue({ code: 'custom', message: wrong })
  })

export const conditionOptions = z.union(
  [plain, z.array(plain).min(1).max(256), detailed],
  'expected a value, a list of values, or a mapping with path, url, host, is, in, text, pattern, min, max or maxLength',
)

export const whereOptions = z
  .record(z.string().min(1).max(256), conditionOptions)
  .refine((where) => Object.keys(where).length > 0, 'expected at least one argument')
  .describe(
    'What arguments have to be, by name (a.b or /a/b for one within another; of a list each value). A text alone is that text, a path where it has / or a sign such as *, an address where it has ://. What can not be judged asks.',
  )

export type Condition = z.output<typeof conditionOptions>
export type Where = z.output<typeof whereOptions>
export type DetailedCondition = z.output<typeof detailed>
