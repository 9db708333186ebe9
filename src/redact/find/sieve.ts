/**
 * Says of nearly every text at once that its skeleton (forms/skeleton.ts) holds nothing that is looked for in it, and
 * so spares making the skeleton. It never says so of a text in which something would be found.
 *
 * Each text that is looked for has places of four characters that it can't do without. A table says of four characters
 * whether they are of any such place. The text is gone through once, without what a skeleton leaves out. Where four
 * characters are in the table, it is compared on from there in both directions.
 */
import { foldOf, isBlankEscape, latinOf } from '../forms/skeleton.ts'
import type { Units } from '../forms/units.ts'
import { between, bitsOf } from '../forms/strength.ts'
import { mayTell, type Piece, type Strand, type Strands } from './strands.ts'

interface Place {
  /** A skeleton that counts where all of it stands, or a value that counts where enough of it does. */
  readonly sought: { readonly text: string; readonly strand?: Strand<unknown> }
  readonly offset: number
}

const SIZE = 4
/** Five bits a character: that some share a number costs a comparison and nothing else. */
const BITS = 5
const MASK = (1 << (SIZE * BITS)) - 1
const DROPPED = 0
const BACKSLASH = 0x5c
const UNKNOWN = 255
const NUMBERS = new Uint8Array(0x10000).fill(UNKNOWN)
for (let code = 0; code < 256; code++) NUMBERS[code] = numberOf(code)
/** When so many characters are the same it isn't by chance; whoever makes the skeleton finds out whether all are. */
const ENOUGH = 32

export class Sieve {
  /** How the numbers of four characters make one: by so many bits each, of which these are kept. */
  static readonly bits = BITS
  static readonly mask = MASK
  /** A bit for each number that four characters can have. */
  readonly table = new Int32Array((MASK + 1) / 32)
  readonly #places = new Map<number, Place[]>()

  /** @param whole skeletons */
  constructor(whole: Iterable<string>, strands: Strands<unknown>) {
    for (const text of whole) this.#enter({ sought: { text }, offset: rarestPlace(text) })
    for (const { strand, offset } of strands.places())
      this.#enter({ sought: { strand, text: strand.text }, offset })
  }

  #enter(place: Place): void {
    const { text } = place.sought
    let four = 0
    for (let i = 0; i < SIZE; i++) four = (four << BITS) | numberOf(text.charCodeAt(place.offset + i))
    this.table[four >>> 5] = (this.table[four >>> 5] as number) | (1 << (four & 31))
    const known = this.#places.get(four)
    if (known === undefined) this.#places.set(four, [place])
    else known.push(place)
  }

  mayHold(text: string): boolean {
    const latin = latinOf(text)
    return this.#mayHold(latin ?? text, text.length)
  }

  /** The same of the first so many bytes, a character each, where the letters of `\\n` and the like are blanks already. */
  mayHoldLatin(latin: Uint8Array, length: number): boolean {
    return this.#mayHold(latin, length)
  }

  #mayHold(text: string | Uint8Array, length: number): boolean {
    const run: Run = { four: 0, size: 0 }
    let pieces: Pieces | undefined
    for (let at = 0; ; at++) {
      at =
        typeof text === 'string'
          ? nextKnown(text, at, this.table, run)
          : nextKnownInLatin(text, at, length, this.table, run)
      if (at === length) return pieces?.mayTell(run.size) ?? false
      pieces ??= new Pieces()
      if (this.#isWhole(text, length, at, run, pieces)) return true
    }
  }

  /** The same of units, where no blank is escaped. */
  mayHoldUnits({ all, size }: Units): boolean {
    const run: Run = { four: 0, size: 0 }
    let pieces: Pieces | undefined
    for (let at = 0; ; at++) {
      at = nextKnownInUnits(all, at, size, this.table, run)
      if (at === size) return pieces?.mayTell(run.size) ?? false
      pieces ??= new Pieces()
      if (this.#isWhole(all, size, at, run, pieces)) return true
    }
  }

  #isWhole(text: Codes, length: number, at: number, { four, size }: Run, pieces: Pieces): boolean {
    for (const place of this.#places.get(four) ?? [])
      if (pieces.isWhole(text, length, at, size, place)) return true
    return false
  }
}

/** A text, its characters as Latin-1, or its units. */
type Codes = string | Uint8Array | Uint16Array

function codeIn(text: Codes, at: number): number {
  return typeof text === 'string' ? text.charCodeAt(at) : (text[at] ?? NaN)
}

/** The last four characters, and how many there were. */
interface Run {
  four: number
  size: number
}

/** Where the next four characters end that are in the table. The loop stands alone, since so it is compiled best. */
function nextKnownInLatin(
  latin: Uint8Array,
  from: number,
  length: number,
  table: Int32Array,
  run: Run,
): number {
  let { four, size } = run
  let at = from
  for (; at < length; at++) {
    const number = NUMBERS[latin[at] as number] as number
    if (number === DROPPED) continue
    size += 1
    four = ((four << BITS) | number) & MASK
    if ((((table[four >>> 5] as number) >>> four) & 1) !== 0) break
  }
  run.four = four
  run.size = size
  return at
}

function nextKnownInUnits(
  all: Uint16Array,
  from: number,
  length: number,
  table: Int32Array,
  run: Run,
): number {
  let { four, size } = run
  let at = from
  for (; at < length; at++) {
    const code = all[at] as number
    let number = NUMBERS[code] as number
    if (number === UNKNOWN) number = NUMBERS[code] = numberOf(code)
    if (number === DROPPED) continue
    size += 1
    four = ((four << BITS) | number) & MASK
    if ((((table[four >>> 5] as number) >>> four) & 1) !== 0) break
  }
  run.four = four
  run.size = size
  return at
}

function nextKnown(text: string, from: number, table: Int32Array, run: Run): number {
  let { four, size } = run
  let at = from
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    let number = NUMBERS[code] as number
    if (number === UNKNOWN) number = NUMBERS[code] = numberOf(code)
    if (number === DROPPED || (at > 0 && isBlankEscape(code) && text.charCodeAt(at - 1) === BACKSLASH))
      continue
    size += 1
    four = ((four << BITS) | number) & MASK
    if ((((table[four >>> 5] as number) >>> four) & 1) !== 0) break
  }
  run.four = four
  run.size = size
  return at
}

/** What of the values stands in one text. */
class Pieces {
  /** Of each value the longest piece from each of its places; and where its last one goes on, so that none is compared twice. */
  readonly #found = new Map<
    Strand<unknown>,
    { diagonal: number; end: number; readonly pieces: Map<number, Piece> }
  >()

  /**
   * Whether all of it stands there, or more than there is by chance; a smaller piece of a value is kept.
   *
   * @param last where the fourth of its four characters stands in the text, which is `length` long; `size` is so many that count up to there
   */
  isWhole(text: Codes, length: number, last: number, size: number, { sought, offset }: Place): boolean {
    const { text: wanted, strand } = sought
    const known = strand && this.#found.get(strand)
    const diagonal = size - offset
    if (known !== undefined && known.diagonal === diagonal && size <= known.end) return false
    const end = offset + SIZE
    const from = end - sameBefore(text, last, wanted, end - 1)
    if (from > offset) return false
    const to = end + sameBehind(text, length, last + 1, wanted, end)
    if (to - from >= Math.min(wanted.length, ENOUGH)) return true
    if (strand === undefined) return false
    const { pieces } = known ?? { pieces: new Map<number, Piece>() }
    this.#found.set(strand, { diagonal, end: size + to - end, pieces })
    if ((pieces.get(from)?.size ?? 0) < to - from) pieces.set(from, { strand, from, size: to - from })
    return false
  }

  mayTell(size: number): boolean {
    for (const [strand, { pieces }] of this.#found)
      if (mayTell(strand, [...pieces.values()], size)) return true
    return false
  }
}

/** How many characters are the same, the one at a place and those before it. */
function sameBefore(text: Codes, at: number, wanted: string, last: number): number {
  let place = last
  for (let i = at; i >= 0 && place >= 0 && last - place < ENOUGH; i--) {
    const folded = foldOf(codeIn(text, i))
    if (folded === DROPPED) continue
    if (codeIn(text, i - 1) === BACKSLASH && isBlankEscape(codeIn(text, i))) continue
    if (folded !== wanted.charCodeAt(place)) break
    place -= 1
  }
  return last - place
}

function sameBehind(text: Codes, length: number, at: number, wanted: string, first: number): number {
  let place = first
  for (let i = at; i < length && place < wanted.length && place - first < ENOUGH; i++) {
    const folded = foldOf(codeIn(text, i))
    if (folded === DROPPED) {
      if (codeIn(text, i) === BACKSLASH && isBlankEscape(codeIn(text, i + 1))) i += 1
      continue
    }
    if (folded !== wanted.charCodeAt(place)) break
    place += 1
  }
  return place - first
}

/** Where the four characters are least to be met by chance. */
function rarestPlace(text: string): number {
  const bits = bitsOf(text)
  let rarest = 0
  for (let at = 1; at <= text.length - SIZE; at++)
    if (between(bits, at, at + SIZE) > between(bits, rarest, rarest + SIZE)) rarest = at
  return rarest
}

/** From 1 to 31; DROPPED for what a skeleton leaves out. */
export function numberOf(code: number): number {
  const folded = foldOf(code)
  if (folded === DROPPED) return DROPPED
  if (folded >= 0x61 && folded <= 0x7a) return folded - 0x60
  return 27 + (folded % 5)
}
