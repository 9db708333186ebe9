/**
 * Turns the arguments of earlier calls into conditions of a rule: the repository, the table, the folder that holds
 * all paths. Values that differed each time, and content that is written, are left open. So the rule allows no more
 * than what a person saw. Pure.
 */
import { placeArguments, worksSomewhere } from '../../approval/grants/target-arguments.ts'
import type { RiskClass } from '../../policy/risk-class.ts'
import { visibleLine } from '../../visible.ts'
import { whereKind } from '../../policy/where/kind.ts'
import { conditionOptions, type Condition, type Where } from '../../policy/where/options.ts'
import { parsedUrl } from '../../parsed-url.ts'

export type Args = Readonly<Record<string, unknown>>

/** More different ones are no habit. */
const MAX_VALUES = 5
/** A folder with fewer names above it holds too much: `/home/ada/**`. */
const MIN_DEPTH = 3
/** What was masked, or cut for its length, is not the value. */
const NOT_WHOLE = /\[redacted:|…/

/**
 * Undefined where no argument says a place, `anywhere` where they have none in common, or one that no rule can speak of.
 * @param calls arguments of calls that were let run
 */
export function boundsOf(
  tool: string,
  risk: RiskClass,
  calls: readonly Args[],
): Where | 'anywhere' | undefined {
  const asked = calls.map((args) => ({ tool, risk, args }))
  // What says the place may be left out in one call, and stand in the next one.
  const places = new Set(asked.flatMap(placeArguments))
  const where: [string, Condition][] = [...places]
    .filter((name) => /^[A-Za-z0-9_-]+$/.test(name) && calls.every((args) => Object.hasOwn(args, name)))
    .flatMap((name) => {
      const condition = conditionOf(
        name,
        calls.map((args) => args[name]),
      )
      return condition === undefined || !conditionOptions.safeParse(condition).success
        ? []
        : [[name, condition]]
    })
  if (where.length > 0) return Object.fromEntries(where)
  return asked.some(worksSomewhere) ? 'anywhere' : undefined
}

function conditionOf(name: string, values: readonly unknown[]): Condition | undefined {
  if (values.every((value) => typeof value === 'number')) return few(values)
  if (!values.every((value) => typeof value === 'string') || !values.every(isPlain)) return undefined
  if (/(?:path|file|filename|dir|directory|folder|root|cwd)s?$/i.test(name)) return folder(values)
  if (/ur[il]$|link$|href$/i.test(name)) return hosts(values)
  return few(values)
}

/** What a person can read in a rule, and is the value itself. */
function isPlain(value: string): boolean {
  return !NOT_WHOLE.test(value) && visibleLine(value) === value
}

function few(values: readonly (string | number)[]): Condition | undefined {
  const different = [...new Set(values)]
  if (different.length > MAX_VALUES) return undefined
  const [only] = different
  if (different.length > 1 || only === undefined) return { in: different }
  return typeof only === 'string' && whereKind(only) !== 'text' ? { is: only } : only
}

/** The one path, or the folder in which all are. */
function folder(values: readonly string[]): Condition | undefined {
  const [only = ''] = values
  const isOne = values.every((value) => value === only)
  // Signs of a pattern, and ways up, are none of a folder's name.
  if (values.some((value) => /[*?{}[\],\\%~]|(?:^|\/)\.\.?(?:\/|$)|\/\//.test(value)))
    return isOne ? { is: only } : undefined
  const [first = [], ...rest] = [...new Set(values)].map((value) => value.split('/'))
  if (isOne) return { path: only }
  const most = Math.min(...[first, ...rest].map((names) => names.length - 1))
  let length = 0
  while (length < most && rest.every((names) => names[length] === first[length])) length += 1
  const names = first.slice(0, length)
  const isDeep = names[0] === '' ? names.length > MIN_DEPTH : names.length > 0
  return isDeep ? { path: `${names.join('/')}/**` } : undefined
}

function hosts(values: readonly string[]): Condition | undefined {
  const found = values.map((value) => parsedUrl(value))
  if (!found.every((url) => url !== undefined && /^https?:$/.test(url.protocol) && url.username === ''))
    return undefined
  const different = [...new Set(found.map((url) => url?.host ?? ''))]
  if (different.length > MAX_VALUES) return undefined
  const schemes = [...new Set(found.map((url) => url?.protocol.slice(0, -1) ?? ''))]
  return { host: different, scheme: schemes }
}
