/**
 * A number as it was written. A double keeps 15 digits: JSON.parse makes 9007199254740992 of 9007199254740993,
 * Infinity of 1e400 and 0 of -0. A number that would not be written again as the same number is kept with its digits
 * (parse.ts) and written with them (write.ts); whatever calculates with it gets the nearest double.
 *
 * It is an object, so whoever goes through a JSON value has to look for it before looking for members. 1.0, 1e2 and
 * 0.10 are 1, 100 and 0.1, which doubles keep; they are plain numbers and may be written in the short form.
 */
import { standIn } from './write.ts'

export class ExactNumber extends Number {
  readonly #digits: string

  /** @param digits a number of JSON that `isKept` says no to. */
  constructor(digits: string) {
    super(nearestDouble(digits))
    this.#digits = digits
  }

  override toString(): string {
    return this.#digits
  }

  /** JSON.stringify alone writes the nearest double. */
  toJSON(): unknown {
    return standIn(this.#digits) ?? this.valueOf()
  }
}

function nearestDouble(digits: string): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, Number(digits)))
}

/** Longer ones aren't worth the comparison. */
const MAX_COMPARED = 1000

/** Whether the double that is read from a number of JSON is written as the same number again. */
export function isKept(written: string): boolean {
  if (written.length > MAX_COMPARED) return false
  return isSpelledSo(written) || decimal(written) === decimal(String(Number(written)))
}

/** Whether it is even written with the same characters. */
export function isSpelledSo(written: string): boolean {
  return String(Number(written)) === written
}

/** Sign, digits without zeros at their ends, and where the point stands: one way to write each number. */
function decimal(written: string): string | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(written)
  if (match === null) return undefined
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  const digits = (whole + fraction).replace(/^0+/, '')
  if (digits === '') return `${sign}0`
  const point = digits.length - fraction.length + Number(exponent)
  return `${sign}0.${withoutLastZeros(digits)}e${point}`
}

/** Not by /0+$/, which begins anew at each zero. */
function withoutLastZeros(digits: string): string {
  let end = digits.length
  while (digits[end - 1] === '0') end--
  return digits.slice(0, end)
}

/** Without a list of anything: it is asked about every call, and nearly none has one. */
function holdsExact(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (value instanceof ExactNumber) return true
  if (Array.isArray(value)) {
    for (const item of value) if (holdsExact(item)) return true
    return false
  }
  for (const name in value) if (holdsExact((value as Record<string, unknown>)[name])) return true
  return false
}

/** The value with the nearest double in the place of each exact number; the same one when it holds none. */
export function withDoubles(value: unknown): unknown {
  return holdsExact(value) ? replaced(value) : value
}

function replaced(value: unknown): unknown {
  if (value instanceof ExactNumber) return value.valueOf()
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) {
    const copy = value.map(replaced)
    return copy.some((item, at) => item !== value[at]) ? copy : value
  }
  let changed = false
  const copies = Object.entries(value).map(([key, member]: [string, unknown]): [string, unknown] => {
    const copy = replaced(member)
    changed ||= copy !== member
    return [key, copy]
  })
  return changed ? Object.fromEntries(copies) : value
}
