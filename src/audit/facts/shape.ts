/**
 * Describes the shape of a call's arguments and result for the audit log: which members there were and how large,
 * never a value (promises 3 and 6). The names come from a model, so they are masked first, then bounded in length and
 * number.
 */
import { ExactNumber } from '../../json/number.ts'

const MAX_KEYS = 64
const MAX_KEY_LENGTH = 64

/** For example `{ path: 'string(24)', recursive: 'boolean', list: 'array(3)' }`. */
export function argumentsShape(
  args: Readonly<Record<string, unknown>>,
  maskKey: (key: string) => string,
): Record<string, string> {
  const keys = Object.keys(args)
  const shape = new Map<string, string>()
  for (const key of keys.slice(0, MAX_KEYS)) {
    const masked = maskKey(key)
    const name =
      masked.length > MAX_KEY_LENGTH ? `${masked.slice(0, MAX_KEY_LENGTH).toWellFormed()}…` : masked
    let unique = name
    for (let n = 2; shape.has(unique); n++) unique = `${name}#${n}`
    shape.set(unique, shapeOf(args[key]))
  }
  if (keys.length > MAX_KEYS) shape.set('…', `${keys.length - MAX_KEYS} more`)
  // Unlike an assignment, this makes `__proto__` a member like any other.
  return Object.fromEntries(shape)
}

/** Kind and size, for example `string(24)`. */
export function shapeOf(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return `string(${value.length})`
  if (Array.isArray(value)) return `array(${value.length})`
  if (value instanceof ExactNumber) return 'number'
  return typeof value === 'object' ? `object(${Object.keys(value).length})` : typeof value
}
