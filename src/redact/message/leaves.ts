/** A JSON value as the texts in it, in their order, each key before what stands under it. Pure; nothing throws. */
import { ExactNumber } from '../../json/number.ts'
import { RawJson } from '../../json/write.ts'

export interface Leaf {
  readonly kind: 'key' | 'string' | 'number'
  /** A number's is the one that it is sent with, be it kept by a double or not. */
  readonly text: string
  /** The nearest key. */
  readonly name: string
}

interface Frame {
  readonly keys: readonly string[] | undefined
  readonly values: readonly unknown[]
  readonly name: string
  at: number
}

/** @param depth arrays and objects below it are left out */
export function leavesOf(value: unknown, depth = Infinity): Leaf[] {
  const leaves: Leaf[] = []
  const frames: Frame[] = [{ keys: undefined, values: [value], name: '', at: 0 }]
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    if (frame.at === frame.values.length) {
      frames.pop()
      continue
    }
    const { keys, values, at } = frame
    frame.at += 1
    const next = values[at]
    const name = keys?.[at] ?? frame.name
    if (keys !== undefined) leaves.push({ kind: 'key', text: name, name })
    if (typeof next === 'string') leaves.push({ kind: 'string', text: next, name })
    else if (isNumber(next)) leaves.push({ kind: 'number', text: String(next), name })
    else if (isInner(next) && frames.length <= depth)
      frames.push(
        Array.isArray(next)
          ? { keys: undefined, values: next, name, at: 0 }
          : { keys: Object.keys(next), values: Object.values(next), name, at: 0 },
      )
  }
  return leaves
}

export function isNumber(value: unknown): value is number | ExactNumber {
  return typeof value === 'number' || value instanceof ExactNumber
}

/** What has leaves. */
export function isInner(value: unknown): value is object {
  return value !== null && typeof value === 'object' && !(value instanceof RawJson) && !isNumber(value)
}
