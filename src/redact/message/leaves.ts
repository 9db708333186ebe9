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

export interface Leaves {
  readonly all: readonly Leaf[]
  /** Arrays and objects that lie deeper than was asked for; nothing of them is among the leaves. */
  readonly tooDeep: number
  /** Secrets that are masked in what is JSON already (large/), of which nothing is among the leaves either. */
  readonly masked: number
}

/** A list, or an object with its keys, and how far it was gone through. */
interface Frame {
  readonly keys: readonly string[] | undefined
  readonly inside: Readonly<Record<string | number, unknown>>
  readonly length: number
  readonly name: string
  at: number
}

function frameOf(inside: object, name: string): Frame {
  const keys = Array.isArray(inside) ? undefined : Object.keys(inside)
  const length = keys?.length ?? (inside as readonly unknown[]).length
  return { keys, inside: inside as Frame['inside'], length, name, at: 0 }
}

/** @param depth arrays and objects below it are left out */
export function leavesOf(value: unknown, depth = Infinity): Leaves {
  const all: Leaf[] = []
  let tooDeep = 0
  let masked = 0
  const frames = [frameOf([value], '')]
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    if (frame.at === frame.length) {
      frames.pop()
      continue
    }
    const { keys, inside, at } = frame
    frame.at += 1
    const name = keys?.[at] ?? frame.name
    const next = inside[keys === undefined ? at : name]
    if (keys !== undefined) all.push({ kind: 'key', text: name, name })
    if (typeof next === 'string') all.push({ kind: 'string', text: next, name })
    else if (isNumber(next)) all.push({ kind: 'number', text: String(next), name })
    else if (next instanceof RawJson) masked += next.masked
    else if (!isInner(next)) continue
    else if (frames.length > depth) tooDeep += 1
    else frames.push(frameOf(next, name))
  }
  return { all, tooDeep, masked }
}

export function isNumber(value: unknown): value is number | ExactNumber {
  return typeof value === 'number' || value instanceof ExactNumber
}

/** What has leaves. */
export function isInner(value: unknown): value is object {
  return value !== null && typeof value === 'object' && !(value instanceof RawJson) && !isNumber(value)
}
