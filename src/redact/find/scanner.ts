/**
 * Finds any of many patterns in a text, fast when there is nothing to find (Wu and Manber's algorithm).
 *
 * A window as long as the shortest pattern is moved over the text. Its last three characters, hashed, say how far
 * it may jump without passing a pattern; most of a text is never looked at. Where it may not jump, the patterns
 * that have these three characters there are compared. The hash folds case; comparing decides.
 */
import { Beginnings, hashAt, hashIn, hashOfUnits, TABLE } from './beginnings.ts'
import type { Form } from '../forms/encodings.ts'
import type { Units } from '../forms/units.ts'

export interface Hit<P> {
  readonly start: number
  readonly end: number
  readonly pattern: P
}

const NONE: readonly never[] = []
const LONGEST_WINDOW = 32
const BLOCK = 3

export class Scanner<P extends Form> {
  readonly #patterns: readonly P[]
  /** As long as the shortest pattern. */
  readonly #window: number
  readonly #jumps: Uint8Array
  /** Patterns by the hash of the block that ends their window, longest first. */
  readonly #buckets = new Map<number, P[]>()
  #beginnings: Beginnings<P> | undefined

  /** Patterns are at least 8 characters long. */
  constructor(patterns: Iterable<P>) {
    this.#patterns = [...patterns].toSorted((a, b) => b.text.length - a.text.length)
    this.#window = Math.min(LONGEST_WINDOW, this.#patterns.at(-1)?.text.length ?? LONGEST_WINDOW)
    this.#jumps = new Uint8Array(TABLE).fill(this.#window - BLOCK + 1)
    for (const pattern of this.#patterns) this.#enter(pattern)
  }

  #enter(pattern: P): void {
    for (let end = BLOCK; end <= this.#window; end++) {
      const hash = hashAt(pattern.text, end - BLOCK)
      const jump = this.#window - end
      if (jump < (this.#jumps[hash] ?? 0)) this.#jumps[hash] = jump
      if (jump > 0) continue
      const bucket = this.#buckets.get(hash)
      if (bucket) bucket.push(pattern)
      else this.#buckets.set(hash, [pattern])
    }
  }

  /** The longest hit at each position, or with `all` every one; hits may overlap. */
  find(text: string, all = false): readonly Hit<P>[] {
    let hits: Hit<P>[] | undefined
    const jumps = this.#jumps
    const length = text.length
    const window = this.#window
    let last = window - 1
    while (last < length) {
      const hash = hashAt(text, last - BLOCK + 1)
      const jump = jumps[hash] ?? 0
      if (jump === 0) hits = this.#compared(text, last - window + 1, hash, all, hits)
      last += jump === 0 ? 1 : jump
    }
    return hits ?? NONE
  }

  /** Whether one may stand in the first so many bytes, a character of Latin-1 each. Never false where `find` finds one. */
  mayFindIn(latin: Uint8Array, length: number): boolean {
    const jumps = this.#jumps
    const window = this.#window
    let last = window - 1
    while (last < length) {
      const hash = hashIn(latin, last - BLOCK + 1)
      const jump = jumps[hash] as number
      if (jump === 0 && this.#mayStandAt(latin, length, last - window + 1, hash)) return true
      last += jump === 0 ? 1 : jump
    }
    return false
  }

  /** The same of units. The loop is written twice, since one for both is slower for either. */
  mayFindInUnits({ all, size }: Units): boolean {
    const jumps = this.#jumps
    const window = this.#window
    let last = window - 1
    while (last < size) {
      const hash = hashOfUnits(all, last - BLOCK + 1)
      const jump = jumps[hash] as number
      if (jump === 0 && this.#mayStandAt(all, size, last - window + 1, hash)) return true
      last += jump === 0 ? 1 : jump
    }
    return false
  }

  #mayStandAt(latin: Uint8Array | Uint16Array, length: number, start: number, hash: number): boolean {
    for (const { text } of this.#buckets.get(hash) ?? NONE) {
      const size = text.length
      if (start + size > length) continue
      let at = 0
      while (at < size && mayBeSame(latin[start + at] as number, text.charCodeAt(at))) at += 1
      if (at === size) return true
    }
    return false
  }

  /** @returns the hits, with those at this place */
  #compared(
    text: string,
    start: number,
    hash: number,
    all: boolean,
    before: Hit<P>[] | undefined,
  ): Hit<P>[] | undefined {
    let hits = before
    for (const pattern of this.#buckets.get(hash) ?? NONE) {
      if (!matches(text, start, pattern)) continue
      hits ??= []
      hits.push({ start, end: start + pattern.text.length, pattern })
      if (!all) break
    }
    return hits
  }

  /**
   * Where the longest end of the text starts that is the beginning of a pattern, and of which; undefined when
   * there is none. More text may complete it.
   */
  pending(text: string): { readonly start: number; readonly pattern: P } | undefined {
    this.#beginnings ??= new Beginnings(this.#patterns)
    return this.#beginnings.at(text)
  }
}

/** In either case, and whatever the case of what isn't ASCII; outside of Latin-1 are letters that are one of ASCII then. */
function mayBeSame(a: number, b: number): boolean {
  return a === b || (a | 0x20) === (b | 0x20) || (a > 0x7f && (b > 0x7f || a > 0xff))
}

function matches(text: string, start: number, pattern: Form): boolean {
  if (!pattern.fold) return text.startsWith(pattern.text, start)
  return text.slice(start, start + pattern.text.length).toLowerCase() === pattern.text
}

/** With the characters around it that hold bits of the value too. */
export function widened<P extends Form>(text: string, { start, end, pattern }: Hit<P>): Hit<P> {
  return {
    start: pattern.before === 1 && isBase64(text, start - 1) ? start - 1 : start,
    end: pattern.after === 1 && isBase64(text, end) ? end + 1 : end,
    pattern,
  }
}

function isBase64(text: string, at: number): boolean {
  return at >= 0 && at < text.length && /[A-Za-z0-9+/_-]/.test(text.charAt(at))
}
