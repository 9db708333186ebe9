/**
 * Looks into JSON values of which nothing is known yet. Every room needs this, so it is written once, on the lowest
 * floor.
 */
import { ExactNumber } from './number.ts'
import { RawJson } from './write.ts'

/** A JSON object, whatever its members are. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether this is a JSON object. An exact number and ready-made JSON are objects to JavaScript only. */
export function isRecord(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof ExactNumber) &&
    !(value instanceof RawJson)
  )
}

/**
 * A member of what may be no object, or an entry of a list by its index. Undefined where it has none of its own, also
 * for `constructor` and the like.
 */
export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as JsonObject)[name]
    : undefined
}
