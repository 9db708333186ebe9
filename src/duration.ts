/** Durations as people write them in servers.yaml: `500ms`, `45s`, `10m`, `1h`. */
import { z } from 'zod'

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/** What a timer of Node can wait; it fires at once when it is asked for more. */
export const LONGEST_MS = 2 ** 31 - 1

/** Milliseconds, or undefined when the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})(ms|s|m|h)$/.exec(text)
  if (!match) return undefined
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]
}

/** As people write it; in the largest unit that it is a whole number of. */
export function spellDuration(ms: number): string {
  const unit = (['h', 'm', 's'] as const).find((one) => ms > 0 && ms % UNITS[one] === 0) ?? 'ms'
  return `${ms / UNITS[unit]}${unit}`
}

const WORDS = 'expected a duration such as 500ms, 45s, 10m or 1h'

/** A field that is written as a duration and read as milliseconds. */
export const duration = z
  .string(WORDS)
  .regex(/^\d{1,9}(ms|s|m|h)$/, WORDS)
  .refine((text) => (parseDuration(text) ?? 0) <= LONGEST_MS, 'expected a duration of at most 596h')
  .transform((text) => parseDuration(text) ?? 0)
