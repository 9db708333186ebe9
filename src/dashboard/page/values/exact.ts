/**
 * Numbers that JavaScript can't keep, read and shown with the digits that they were sent with: what a human says yes
 * to is what runs. A browser that is too old to tell them (Chrome 113, Firefox 134, Safari 18.3 and older) says so
 * instead of showing other digits.
 */
interface Source {
  readonly source?: string
}

interface RawJson {
  rawJSON(text: string): object
  isRawJSON(value: unknown): boolean
}

const raw = JSON as unknown as Partial<RawJson>

/** JSON.parse, with each number that would be written differently as it was written. */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, (_key: string, value: unknown, context?: Source) => {
    if (typeof value !== 'number') return value
    const source = context?.source
    if (source === undefined) return isSafe(value) ? value : UNREADABLE
    return JSON.stringify(value) === source ? value : (raw.rawJSON?.(source) ?? UNREADABLE)
  }) as unknown
}

export function isExact(value: unknown): boolean {
  return raw.isRawJSON?.(value) === true
}

const UNREADABLE =
  'a number that this browser may round; use a newer one, or "sidemux approvals", to see its digits'

/** Fifteen digits are kept by every double. */
function isSafe(value: number): boolean {
  return Number(value.toPrecision(15)) === value && Math.abs(value) < 1e15 && !Object.is(value, -0)
}
