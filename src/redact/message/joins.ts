/**
 * What a message says when its strings are read one after the other, as a reader would put a value together that came
 * in parts (promise 3): all in their order, keys included; strings alone, without those that MCP itself asks for; keys
 * alone; and for each name all that stands under it, as the `text` of every block. Pure.
 */
import type { Leaf } from './leaves.ts'

/** Ends a line that wraps nothing. */
const LINE = ' \n'
/** Between what doesn't belong together: letters that no value goes on with. Plain ones keep the text fast to read. */
const BREAK = 'qz7jx'

/** A stretch of a leaf in the text of a join. */
export interface Part {
  /** Which leaf, and from where in it. */
  readonly leaf: number
  readonly offset: number
  /** Where in the text. */
  readonly start: number
  readonly end: number
}

export class Joined {
  readonly text: string
  readonly parts: readonly Part[]
  /** Each part is a line of its own; a line of base64; or goes on where the one before ends. */
  readonly kind: 'lines' | 'base64' | 'edges'

  constructor(text: string, parts: readonly Part[], kind: Joined['kind']) {
    this.text = text
    this.parts = parts
    this.kind = kind
  }

  /** Which part stands at a place of the text, or before it where none does; -1 before the first. */
  partAt(at: number): number {
    let [low, high] = [0, this.parts.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.parts[middle]?.start ?? Infinity) <= at) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}

/** Members that say what the others are. What is split over them too is found only where all are read. */
const OF_PROTOCOL: ReadonlySet<string> = new Set(
  'type role mimeType uri level logger progressToken format mode action method jsonrpc id requestId priority audience lastModified stopReason model'.split(
    ' ',
  ),
)
/** Keys that nearly every message has; a server chooses the others. */
const KEYS_OF_PROTOCOL: ReadonlySet<string> = new Set([
  ...OF_PROTOCOL,
  ...'content text data blob resource annotations structuredContent isError _meta messages message contents progress total'.split(
    ' ',
  ),
])
/** It says what the others are. */
export function isOfProtocol({ name }: Pick<Leaf, 'name'>): boolean {
  return OF_PROTOCOL.has(name)
}

/** Members that hold bytes as base64. */
const OF_BYTES: ReadonlySet<string> = new Set(['blob', 'data'])
/** Where parts meet, only so much of a long one's two ends can belong together with others. */
const EDGE = 16_384

export function joinsOf(leaves: readonly Leaf[]): readonly Joined[] {
  const lines = together(leaves, 'lines')
  if (leaves.length < 2) return [lines]
  const blobs = leaves.flatMap(({ name, kind }, i) => (kind === 'string' && OF_BYTES.has(name) ? [i] : []))
  const joins = [lines, edges(leaves, groupsOf(leaves))]
  return blobs.length < 2 ? joins : [...joins, together(leaves, 'base64', blobs)]
}

/** Strings, keys, and by name what is more than one. */
function groupsOf(leaves: readonly Leaf[]): readonly (readonly number[])[] {
  const strings: number[] = []
  const keys: number[] = []
  const names = new Map<string, number[]>()
  for (const [i, { kind, name }] of leaves.entries()) {
    if (kind === 'key') {
      if (!KEYS_OF_PROTOCOL.has(name)) keys.push(i)
      continue
    }
    if (kind === 'string' && !isOfProtocol({ name })) strings.push(i)
    const known = names.get(name)
    if (known === undefined) names.set(name, [i])
    else known.push(i)
  }
  return [strings, keys, ...names.values()].filter(
    (group, i) => group.length > 1 && (i < 2 || !isSame(group, strings)),
  )
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((each, i) => each === b[i])
}

/** Whole, a line each: what stands in one is found here. */
function together(leaves: readonly Leaf[], kind: Joined['kind'], only?: readonly number[]): Joined {
  const parts: Part[] = []
  const texts: string[] = []
  let start = 0
  for (const leaf of only ?? leaves.keys()) {
    const text = leaves[leaf]?.text ?? ''
    parts.push({ leaf, offset: 0, start, end: start + text.length })
    texts.push(text)
    start += text.length + LINE.length
  }
  return new Joined(texts.join(LINE), parts, kind)
}

/** Without anything between them, one group behind the other: what reaches over several is found here. */
function edges(leaves: readonly Leaf[], groups: readonly (readonly number[])[]): Joined {
  const texts: string[] = []
  const parts: Part[] = []
  let start = 0
  const add = (leaf: number, offset: number, text: string): void => {
    texts.push(text)
    parts.push({ leaf, offset, start, end: start + text.length })
    start += text.length
  }
  const end = (): void => {
    texts.push(BREAK)
    start += BREAK.length
  }
  for (const group of groups) {
    for (const leaf of group) {
      const text = leaves[leaf]?.text ?? ''
      if (text.length <= 2 * EDGE) add(leaf, 0, text)
      else {
        add(leaf, 0, text.slice(0, EDGE))
        end()
        add(leaf, text.length - EDGE, text.slice(-EDGE))
      }
    }
    end()
  }
  return new Joined(texts.join(''), parts, 'edges')
}
