/**
 * Compares ids of requests with the ids that others send back. Our ids towards a server are whole numbers and texts
 * that are no numbers. So `"2"` can only mean 2, and `2` only `"2"`: many servers keep every id as text, and some
 * write 2 as 2.0. Pure.
 *
 * A server's own ids are its own: they go back as they came, digits included.
 */
import { ExactNumber } from '../json/number.ts'

/** Of a request of ours. */
export type Id = number | string

/** Of a request of a server. One that no double keeps is an object to JavaScript (json/number.ts). */
export type ForeignId = Id | ExactNumber

const WHOLE_NUMBER = /^\s*(-?(?:0|[1-9]\d{0,14}))(?:\.0+)?\s*$/

export function isId(value: unknown): value is Id {
  return typeof value === 'string' || Number.isSafeInteger(value)
}

export function isForeignId(value: unknown): value is ForeignId {
  return typeof value === 'string' || typeof value === 'number' || value instanceof ExactNumber
}

/** Which of those that `isOurs` knows is meant: the very one, else the one that is written in the other way. */
export function meant(written: unknown, isOurs: (id: Id) => boolean): Id | undefined {
  if (!isId(written)) return undefined
  if (isOurs(written)) return written
  const other = inNumbers(written) ?? (typeof written === 'number' ? String(written) : undefined)
  return other !== undefined && isOurs(other) ? other : undefined
}

/** The number that a text is, where it is a whole one. */
export function inNumbers(written: unknown): number | undefined {
  const digits = typeof written === 'string' ? WHOLE_NUMBER.exec(written)?.[1] : undefined
  return digits === undefined ? undefined : Number(digits)
}

/** Two ids have the same key when they are the same, type and digits included. */
export function idKey(id: ForeignId): string {
  return typeof id === 'string' ? `"${id}` : String(id)
}

/** The key of the id that is meant among these: a server may take back its question 7 as "7". */
export function keyAmong(written: unknown, keys: { has(key: string): boolean }): string | undefined {
  if (!isForeignId(written)) return undefined
  const number = inNumbers(written)
  const other =
    typeof written === 'string' ? (number === undefined ? '' : String(number)) : `"${String(written)}`
  return [idKey(written), other].find((key) => keys.has(key))
}
