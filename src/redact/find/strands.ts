/**
 * Finds pieces of strong values (strength.ts) in the skeleton of a text: the whole value with one or two characters
 * missing at either end; most of it; or several pieces, in any places and any order, that together make it up.
 *
 * In each value some places are chosen, so that every piece that counts contains one of them. A place is known by its
 * four characters. A text is read once. Where it has the four characters of a place, the piece is followed from there
 * to both its ends.
 */
import { between, type Bits } from '../forms/strength.ts'

/** A value to be known by its pieces. */
export interface Strand<K> {
  readonly known: K
  readonly text: string
  readonly bits: Bits
  /** The part that tells it from others of its kind; undefined when a piece alone tells nothing. */
  readonly core: { readonly from: number; readonly to: number } | undefined
  /** It may be made of words: several pieces are it only if one of them is no word. */
  readonly isWordy: boolean
  /** What it begins with says nothing. */
  readonly isAddress: boolean
  /** So many bits have to be left of it when its ends are cut off, where less may be chance; several pieces are none. */
  readonly leastLeft: number
}

/** A part of a value that stands in a text, and its place in the value. */
export interface Piece {
  readonly strand: Strand<unknown>
  readonly from: number
  readonly size: number
}

export interface Fragment<K> extends Piece {
  readonly strand: Strand<K>
  /** Its place in the skeleton. */
  readonly at: number
}

const SEED = 4
const LONGEST_LEAST = 4096
/** Of the table that most places are turned down by; a bit each, so that all of it stays at hand. */
const TABLE_BITS = 18
/** Beginnings are known from fewer characters, since the rest may come with the next message. */
const BEGINNING = 8
/** As many may be missing at an end. */
export const CUT = 2

/** The shortest piece that counts. */
export function leastPieceSize(size: number): number {
  return Math.min(LONGEST_LEAST, Math.max(SEED, Math.ceil(size / 24)))
}

export class Strands<K> {
  readonly #all = new Map<string, Strand<K>>()
  readonly #table = new Uint8Array(1 << (TABLE_BITS - 3))
  readonly #seeds = new Map<number, { strand: Strand<K>; offset: number }[]>()

  /** One skeleton is one strand; the one that is known already, or this one. */
  add(strand: Strand<K>): Strand<K> {
    const known = this.#all.get(strand.text)
    if (known !== undefined) return known
    this.#all.set(strand.text, strand)
    const size = strand.text.length
    const stride = leastPieceSize(size) - SEED + 1
    const offsets = new Set<number>()
    for (let offset = 0; offset <= size - SEED; offset += stride) offsets.add(offset)
    for (let offset = 0; offset <= Math.min(CUT + BEGINNING - SEED, size - SEED); offset++)
      offsets.add(offset)
    for (const offset of offsets) this.#enter(strand, offset)
    return strand
  }

  #enter(strand: Strand<K>, offset: number): void {
    const gram = gramAt(strand.text, offset)
    const at = slot(gram)
    this.#table[at >>> 3] = (this.#table[at >>> 3] ?? 0) | (1 << (at & 7))
    const places = this.#seeds.get(gram)
    if (places === undefined) this.#seeds.set(gram, [{ strand, offset }])
    else places.push({ strand, offset })
  }

  /** The chosen ones of all values. */
  *places(): Iterable<{ readonly strand: Strand<K>; readonly offset: number }> {
    for (const places of this.#seeds.values()) yield* places
  }

  /** Every piece that may count and holds a known place, as long as it goes on. */
  find(text: string): readonly Fragment<K>[] {
    const found: Fragment<K>[] = []
    if (this.#seeds.size === 0) return found
    const needed = neededBits(wordsIn(text.length))
    const followed = new Map<Strand<K>, { diagonal: number; end: number }>()
    const table = this.#table
    let gram = 0
    for (let i = 0; i < text.length; i++) {
      gram = (gram << 8) | text.charCodeAt(i)
      const place = slot(gram)
      if ((((table[place >>> 3] as number) >>> (place & 7)) & 1) === 0 || i < SEED - 1) continue
      const at = i - SEED + 1
      for (const { strand, offset } of this.#seeds.get(gram) ?? []) {
        const last = followed.get(strand)
        if (last !== undefined && last.diagonal === at - offset && at < last.end) continue
        const fragment = follow(text, at, strand, offset)
        followed.set(strand, { diagonal: at - offset, end: fragment.at + fragment.size })
        if (isWhole(fragment) || bitsIn(fragment) >= needed) found.push(fragment)
      }
    }
    return found
  }
}

function follow<K>(text: string, at: number, strand: Strand<K>, offset: number): Fragment<K> {
  let [from, start] = [offset, at]
  while (from > 0 && start > 0 && strand.text.charCodeAt(from - 1) === text.charCodeAt(start - 1)) {
    from -= 1
    start -= 1
  }
  let [to, end] = [offset + SEED, at + SEED]
  while (
    to < strand.text.length &&
    end < text.length &&
    strand.text.charCodeAt(to) === text.charCodeAt(end)
  ) {
    to += 1
    end += 1
  }
  return { strand, from, at: start, size: to - from }
}

function gramAt(text: string, at: number): number {
  let gram = 0
  for (let i = 0; i < SEED; i++) gram = (gram << 8) | text.charCodeAt(at + i)
  return gram
}

function slot(gram: number): number {
  return Math.imul(gram, 0x9e3779b1) >>> (32 - TABLE_BITS)
}

export interface SkeletonReading {
  /** Of the skeleton. */
  readonly size: number
  /** Nothing of a word goes on before and behind the piece. */
  isApart(fragment: Fragment<unknown>): boolean
  /** Nothing follows it in what may be the last for now; undefined where more can't come. */
  isLast: ((fragment: Fragment<unknown>) => boolean) | undefined
}

/** What of the pieces gives a value away. What costs least is asked first, since nearly always there is nothing. */
export function tellingFragments<K>(
  found: readonly Fragment<K>[],
  reading: SkeletonReading,
): readonly Fragment<K>[] {
  const telling: Fragment<K>[] = []
  const scattered = new Map<Strand<K>, Fragment<K>[]>()
  for (const fragment of found) {
    if (isWhole(fragment) || isBeginning(fragment, reading) || isMost(fragment, reading))
      telling.push(fragment)
    if (isWhole(fragment) || fragment.strand.leastLeft > 0) continue
    const others = scattered.get(fragment.strand)
    if (others === undefined) scattered.set(fragment.strand, [fragment])
    else others.push(fragment)
  }
  for (const [strand, fragments] of scattered) {
    if (!makeUp(strand, fragments)) continue
    const evidence = fragments.filter((fragment) => isEvidence(fragment, reading))
    if (makeUp(strand, evidence)) telling.push(...evidence)
  }
  return telling
}

function isWhole(fragment: Piece): boolean {
  const { strand, from, size } = fragment
  return (
    from <= CUT &&
    from + size >= strand.text.length - CUT &&
    (strand.leastLeft === 0 || (size >= BEGINNING && bitsIn(fragment) >= strand.leastLeft))
  )
}

/** Beyond what the text has by accident: a millionth of a chance. */
const CERTAIN = 20
const MOST_OF_CORE = 8

/**
 * Whether pieces of one value may give it away, wherever in a skeleton of this size they stand. Those that would be
 * found but stand in the same place of the value, behind a longer one, need not be among them.
 */
export function mayTell(strand: Strand<unknown>, pieces: readonly Piece[], size: number): boolean {
  const needed = neededBits(wordsIn(size))
  const found = pieces.filter((piece) => isWhole(piece) || bitsIn(piece) >= needed)
  return (
    found.some((piece) => isWhole(piece) || isLikeBeginning(piece) || isLikeMost(piece, size)) ||
    (strand.leastLeft === 0 && missingIn(strand, found) <= mayMiss(strand))
  )
}

/** Enough of what nobody else has: as a word of its own, or three quarters of the value also in the middle of one. */
function isMost(fragment: Fragment<unknown>, reading: SkeletonReading): boolean {
  const { strand, size } = fragment
  if (!isLikeMost(fragment, reading.size)) return false
  return size * 4 >= strand.text.length * 3 || reading.isApart(fragment)
}

function isLikeMost({ strand, from, size }: Piece, of: number): boolean {
  const { core, bits } = strand
  if (core === undefined) return false
  const start = Math.max(from, core.from)
  const end = Math.min(from + size, core.to)
  return end - start >= MOST_OF_CORE && between(bits, start, end) >= CERTAIN + Math.log2(of + 1)
}

const BEGINNING_BITS = 30

/** Enough of it at the end of a message. */
function isBeginning(fragment: Fragment<unknown>, { isLast }: SkeletonReading): boolean {
  return isLast !== undefined && isLikeBeginning(fragment) && isLast(fragment)
}

function isLikeBeginning(piece: Piece): boolean {
  const { strand, from, size } = piece
  return from <= CUT && size >= BEGINNING && !strand.isAddress && bitsIn(piece) >= BEGINNING_BITS
}

/** For several pieces together less is enough of each, as words of their own less than in the middle of one. */
const LIKELY = 6
/** A word in a short text has less. */
const LEAST_BITS = 11

function isEvidence(fragment: Fragment<unknown>, reading: SkeletonReading): boolean {
  const bits = bitsIn(fragment)
  if (bits >= neededBits(reading.size)) return true
  return bits >= neededBits(wordsIn(reading.size)) && reading.isApart(fragment)
}

function neededBits(places: number): number {
  return Math.max(LEAST_BITS, LIKELY + Math.log2(places + 1))
}

/** Near enough. */
function wordsIn(size: number): number {
  return size / 5
}

function bitsIn({ strand, from, size }: Piece): number {
  return between(strand.bits, from, from + size)
}

/** So many characters may be missing in all, fewer than any secret inside a longer value has; of a token a sixth. */
const MISSING = 4

function makeUp(strand: Strand<unknown>, fragments: readonly Fragment<unknown>[]): boolean {
  if (fragments.length < 2) return false
  if (strand.isWordy && !fragments.some((fragment) => bitsIn(fragment) >= CERTAIN)) return false
  return missingIn(strand, fragments) <= mayMiss(strand)
}

function mayMiss({ core, text }: Strand<unknown>): number {
  return core === undefined ? MISSING : Math.max(MISSING, text.length / 6)
}

/** How many characters of a value are in none of its pieces. */
function missingIn({ text }: Strand<unknown>, pieces: readonly Piece[]): number {
  let [missing, covered] = [0, 0]
  for (const { from, size } of pieces.toSorted((a, b) => a.from - b.from)) {
    missing += Math.max(0, from - covered)
    covered = Math.max(covered, from + size)
  }
  return missing + text.length - covered
}
