/**
 * The values of an argument by the name that a rule has for it: `path`, `options.path`, `/options/path`. A list on the
 * way is gone through: `edits.path` is the path of each edit. Pure.
 */
import { alikeOf } from '../words/alike.ts'

export interface FoundValues {
  readonly values: readonly unknown[]
  /** It isn't there, or not everywhere where it could be. */
  readonly isMissing: boolean
  /** Why these may not be all that counts: another one could be taken for it (alike.ts), or there are too many. */
  readonly doubt?: string
}

/** A call with more isn't judged. */
export const MAX_VALUES = 256
const MAX_DEPTH = 32

export function valuesAt(args: Readonly<Record<string, unknown>>, name: string): FoundValues {
  const steps = stepsOf(name)
  // A name with a dot in it may be one as it is.
  const own = look(args, [name], 0)
  const nested = steps.length === 1 ? own : look(args, steps, 0)
  const doubt = doubtOf([own, nested])
  if (own.isMissing) return { ...nested, ...doubt }
  return nested === own || nested.values.length === 0
    ? { ...own, ...doubt }
    : { values: [...own.values, ...nested.values], isMissing: nested.isMissing, ...doubt }
}

/** JSON Pointer (RFC 6901) where it begins with a slash. */
function stepsOf(name: string): readonly string[] {
  if (!name.startsWith('/')) return name.split('.')
  return name
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function look(value: unknown, steps: readonly string[], depth: number): FoundValues {
  const [step, ...rest] = steps
  if (step === undefined) return { values: [value], isMissing: false }
  if (depth > MAX_DEPTH || value === null || typeof value !== 'object') return MISSING
  if (Array.isArray(value) && !/^\d{1,6}$/.test(step)) {
    const all = value.slice(0, MAX_VALUES + 1).map((one: unknown) => look(one, steps, depth + 1))
    return {
      values: all.flatMap(({ values }) => values),
      isMissing: all.length === 0 || all.some(({ isMissing }) => isMissing),
      ...(value.length > MAX_VALUES ? { doubt: TOO_MANY } : doubtOf(all)),
    }
  }
  const found = Object.hasOwn(value, step)
    ? look((value as Readonly<Record<string, unknown>>)[step], rest, depth + 1)
    : MISSING
  return alikeOf(Object.keys(value), step) === undefined ? found : { ...found, doubt: ALIKE }
}

const MISSING: FoundValues = { values: [], isMissing: true }
const ALIKE = 'another one is called almost so'
export const TOO_MANY = 'it has too many values to be judged'

function doubtOf(all: readonly FoundValues[]): Pick<FoundValues, 'doubt'> {
  const doubt = all.find((one) => one.doubt !== undefined)?.doubt
  return doubt === undefined ? {} : { doubt }
}
