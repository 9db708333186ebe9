/** Conditions on plain values: texts, numbers, lengths, patterns. Pure. */
import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'
import { canonicalJson } from '../../json/canonical.ts'
import { ExactNumber } from '../../json/number.ts'
import { matchGlob } from '../glob.ts'
import { FITS, misfits, unknown, type WhereFit } from './fit.ts'

export type Scalar = string | number | boolean | null

const OTHER = misfits('it is another value')
const WRONG_TYPE = unknown('it is of another type than the rule speaks of')

/** Exactly one of them. What a lenient server could take for one is neither a yes nor a no. */
export function judgeOneOf(values: readonly Scalar[], value: unknown): WhereFit {
  const json = canonicalJson(value)
  if (values.some((one) => canonicalJson(one) === json)) return FITS
  if (value !== null && typeof value === 'object' && !(value instanceof ExactNumber)) return WRONG_TYPE
  const loose = folded(value)
  if (values.some((one) => folded(one) === loose))
    return unknown('it is written in another way than in the rule')
  return values.some((one) => typeOf(one) === typeOf(value)) ? OTHER : WRONG_TYPE
}

export function judgeText(glob: string, value: unknown): WhereFit {
  if (typeof value !== 'string') return WRONG_TYPE
  if (value.length > MAX_MATCHED) return unknown('it is too long to be judged')
  if (matchGlob(glob, value)) return FITS
  if (matchGlob(glob.normalize('NFKC').toLowerCase(), folded(value)))
    return unknown('it is written in another way than in the rule')
  return misfits('it is not like the rule says')
}

export interface NumberRange {
  readonly min?: number | undefined
  readonly max?: number | undefined
}

export function judgeNumber({ min = -Infinity, max = Infinity }: NumberRange, value: unknown): WhereFit {
  const isExact = value instanceof ExactNumber
  if (typeof value !== 'number' && !isExact) return WRONG_TYPE
  const number = Number(value)
  // Of a number that no double is, only that is known which is next to it.
  if (isExact && (number === min || number === max)) return unknown('it has too many digits to be judged')
  return number >= min && number <= max ? FITS : misfits('it is out of range')
}

export interface Lengths {
  readonly minLength?: number | undefined
  readonly maxLength?: number | undefined
}

/** In characters (code points). */
export function judgeLength({ minLength = 0, maxLength = Infinity }: Lengths, value: unknown): WhereFit {
  if (typeof value !== 'string') return WRONG_TYPE
  let length = 0
  for (const _ of value) length += 1
  return length >= minLength && length <= maxLength ? FITS : misfits('it is too long or too short')
}

const MAX_MATCHED = 16_384

/** The whole text, its line ends included. In linear time, whatever pattern and text look like (RE2). */
export function judgePattern(pattern: string, value: unknown): WhereFit {
  if (typeof value !== 'string') return WRONG_TYPE
  if (value.length > MAX_MATCHED) return unknown('it is too long to be judged')
  return expression(pattern).matches(value) ? FITS : misfits('it does not match the pattern')
}

/** Undefined when it is one that can be judged. */
export function whyNoPattern(pattern: string): string | undefined {
  try {
    expression(pattern)
    return undefined
  } catch {
    return 'a pattern that RE2 knows: no look-around, no reference back, at most 1000 repetitions'
  }
}

const known = new Map<string, RE2JS>()
const MAX_KNOWN = 256
let library: { readonly RE2JS: typeof RE2JS } | undefined

/** Loaded when a rule has one: most have none. */
function expression(pattern: string): RE2JS {
  const old = known.get(pattern)
  if (old !== undefined) return old
  library ??= createRequire(import.meta.url)('re2js') as { readonly RE2JS: typeof RE2JS }
  const { RE2JS: re2 } = library
  const compiled = re2.compile(pattern, re2.DOTALL)
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(pattern, compiled)
  return compiled
}

/** As a lenient server could read it. */
function folded(value: unknown): string {
  return String(value)
    .normalize('NFKC')
    .replace(/[\p{Cc}\p{Default_Ignorable_Code_Point}]/gu, '')
    .trim()
    .toLowerCase()
}

function typeOf(value: unknown): string {
  return value instanceof ExactNumber ? 'number' : value === null ? 'null' : typeof value
}
