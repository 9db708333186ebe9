/**
 * Joins the strings of a message in several ways, as a reader could put together a value that came in parts (promise
 * 3). Pure. The ways are:
 *
 * - all strings in their order, keys included;
 * - the strings without the keys, and without those that MCP itself asks for;
 * - the keys without those of MCP;
 * - for each name, all that stands under it, such as the `text` of every block;
 * - the members that hold bytes as base64.
 */
import type { Leaf } from './leaves.ts'
import { KEY_OF_PROTOCOL, OF_BYTES, OF_PROTOCOL, usesOf } from './names.ts'

/** Ends a line that wraps nothing. */
export const LINE = ' \n'
/** Between what doesn't belong together: letters that no value goes on with. Plain ones keep the text fast to read. */
export const BREAK = 'qz7jx'

/** A stretch of a leaf in the text of a join. */
export interface JoinPart {
  /** Which leaf, and from where in it. */
  readonly leaf: number
  readonly offset: number
  /** Where in the text. */
  readonly start: number
  readonly end: number
}

export class Joined {
  readonly text: string
  /** Each part is a line of its own; a line of base64; or goes on where the one before ends. */
  readonly kind: 'lines' | 'base64' | 'edges'
  /** What one behind the other is the text, for whoever can spare making one of them. */
  readonly pieces: readonly string[]
  readonly #place: () => readonly JoinPart[]
  #parts: readonly JoinPart[] | undefined

  /** @param place says what stands where, for the few texts in which something is found */
  constructor(
    text: string,
    kind: Joined['kind'],
    place: () => readonly JoinPart[],
    pieces: readonly string[] = [text],
  ) {
    this.text = text
    this.kind = kind
    this.pieces = pieces
    this.#place = place
  }

  get parts(): readonly JoinPart[] {
    return (this.#parts ??= this.#place())
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

/** Where parts meet, only so much of a long one's two ends can belong together with others. */
export const EDGE = 16_384

export function joinsOf(leaves: readonly Leaf[]): readonly Joined[] {
  const joins = [together(leaves, 'lines')]
  const groups = groupsOf(leaves)
  if (groups.length > 0) joins.push(edges(leaves, groups))
  let blobs = 0
  for (const leaf of leaves) if (isOfBytes(leaf)) blobs += 1
  if (blobs > 1) joins.push(together(leaves, 'base64', new Set(leaves.filter(isOfBytes))))
  return joins
}

function isOfBytes({ name, kind }: Leaf): boolean {
  return kind === 'string' && (usesOf(name) & OF_BYTES) !== 0
}

/** Strings, keys, and by name what is more than one. */
function groupsOf(leaves: readonly Leaf[]): readonly (readonly number[])[] {
  const strings = indexesOf(
    leaves,
    ({ kind, name }) => kind === 'string' && (usesOf(name) & OF_PROTOCOL) === 0,
  )
  const keys = indexesOf(leaves, ({ kind, name }) => kind === 'key' && (usesOf(name) & KEY_OF_PROTOCOL) === 0)
  const names = namesAgain(leaves)
  if (strings.length < 2 && keys.length < 2 && names.size === 0) return NONE
  const groups = [...names.values()].filter((group) => !isSame(group, strings))
  return [strings, keys, ...groups].filter((group) => group.length > 1)
}

const NONE: readonly never[] = []

function indexesOf(leaves: readonly Leaf[], isOne: (leaf: Leaf) => boolean): readonly number[] {
  let found: number[] | undefined
  for (let i = 0; i < leaves.length; i++)
    if (isOne(leaves[i] as Leaf)) {
      if (found === undefined) found = [i]
      else found.push(i)
    }
  return found ?? NONE
}

/** The most leaves that are compared each with each other, since that needs no memory. */
const FEW = 12

/** What has the name of another one and isn't a key, by its name. */
function namesAgain(leaves: readonly Leaf[]): ReadonlyMap<string, readonly number[]> {
  if (leaves.length <= FEW && !hasNameAgain(leaves)) return NO_NAMES
  const names = new Map<string, number[]>()
  for (let i = 0; i < leaves.length; i++) {
    const { kind, name } = leaves[i] as Leaf
    if (kind === 'key') continue
    const known = names.get(name)
    if (known === undefined) names.set(name, [i])
    else known.push(i)
  }
  for (const [name, { length }] of names) if (length < 2) names.delete(name)
  return names
}

const NO_NAMES: ReadonlyMap<string, never> = new Map<string, never>()

function hasNameAgain(leaves: readonly Leaf[]): boolean {
  for (let i = 1; i < leaves.length; i++) {
    const leaf = leaves[i] as Leaf
    if (leaf.kind === 'key') continue
    for (let j = 0; j < i; j++) {
      const other = leaves[j] as Leaf
      if (other.name === leaf.name && other.kind !== 'key') return true
    }
  }
  return false
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((each, i) => each === b[i])
}

/** Whole, a line each: what stands in one is found here. */
function together(leaves: readonly Leaf[], kind: 'lines' | 'base64', only?: ReadonlySet<Leaf>): Joined {
  let joined = ''
  let isFirst = true
  for (const leaf of leaves) {
    if (only?.has(leaf) === false) continue
    joined = isFirst ? leaf.text : `${joined}${LINE}${leaf.text}`
    isFirst = false
  }
  const place = (): readonly JoinPart[] => {
    let start = 0
    const parts: JoinPart[] = []
    for (const [leaf, each] of leaves.entries()) {
      if (only?.has(each) === false) continue
      parts.push({ leaf, offset: 0, start, end: start + each.text.length })
      start += each.text.length + LINE.length
    }
    return parts
  }
  const areLong = only === undefined && joined.length >= LONG_LEAF * leaves.length
  return new Joined(joined, kind, place, areLong ? linesOf(leaves) : undefined)
}

/** Of leaves that are as long as this on average the text needn't be made to be looked through. */
const LONG_LEAF = 4096

function linesOf(leaves: readonly Leaf[]): readonly string[] {
  return leaves.flatMap(({ text }, at) => (at === 0 ? [text] : [LINE, text]))
}

/** Without anything between them, one group behind the other: what reaches over several is found here. */
function edges(leaves: readonly Leaf[], groups: readonly (readonly number[])[]): Joined {
  let joined = ''
  for (const group of groups) {
    for (const leaf of group) {
      const text = leaves[leaf]?.text ?? ''
      joined += text.length <= 2 * EDGE ? text : text.slice(0, EDGE) + BREAK + text.slice(-EDGE)
    }
    joined += BREAK
  }
  return new Joined(joined, 'edges', () => edgeParts(leaves, groups))
}

function edgeParts(leaves: readonly Leaf[], groups: readonly (readonly number[])[]): readonly JoinPart[] {
  const parts: JoinPart[] = []
  let start = 0
  const add = (leaf: number, offset: number, size: number): void => {
    parts.push({ leaf, offset, start, end: start + size })
    start += size
  }
  for (const group of groups) {
    for (const leaf of group) {
      const size = leaves[leaf]?.text.length ?? 0
      if (size <= 2 * EDGE) add(leaf, 0, size)
      else {
        add(leaf, 0, EDGE)
        start += BREAK.length
        add(leaf, size - EDGE, EDGE)
      }
    }
    start += BREAK.length
  }
  return parts
}
