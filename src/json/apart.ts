/**
 * Doubles for exact numbers, where it only counts which of them are the same: two ids of 19 digits that differ in the
 * last one have the same nearest double. Pure.
 */
import { ExactNumber } from './number.ts'

const bits = new DataView(new ArrayBuffer(8))

/**
 * The value with a double in the place of each exact number, so that numbers which are written differently stay
 * different: the nearest one, or where another number has that, the next free one away from zero.
 */
export function withDoublesApart(value: unknown): unknown {
  const taken = new Set<number>()
  each(value, (number) => taken.add(number))
  const doubles = new Map<string, number>()
  /** Where to go on for the next one that has this double as its nearest. */
  const last = new Map<number, number>()
  return replaced(value, (exact) => {
    const written = exact.toString()
    const known = doubles.get(written)
    if (known !== undefined) return known
    const nearest = exact.valueOf()
    // -0 is 0.
    if (nearest === 0) return 0
    let double = last.get(nearest) ?? nearest
    while (taken.has(double) && Math.abs(double) < Number.MAX_VALUE) double = next(double)
    taken.add(double)
    last.set(nearest, double)
    doubles.set(written, double)
    return double
  })
}

/** Away from zero. */
function next(double: number): number {
  bits.setFloat64(0, double)
  bits.setBigInt64(0, bits.getBigInt64(0) + 1n)
  return bits.getFloat64(0)
}

function each(value: unknown, act: (number: number) => void): void {
  if (typeof value === 'number') act(value)
  else if (value !== null && typeof value === 'object' && !(value instanceof ExactNumber))
    for (const member of Object.values(value)) each(member, act)
}

function replaced(value: unknown, by: (exact: ExactNumber) => number): unknown {
  if (value instanceof ExactNumber) return by(value)
  if (Array.isArray(value)) return value.map((item) => replaced(item, by))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, replaced(member, by)]))
}
