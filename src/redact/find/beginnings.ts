/**
 * Finds out whether the end of an unfinished text may be the beginning of a pattern. A table of how patterns begin,
 * so that a chunk costs what its own length is, however many patterns there are; a key has thousands.
 */
import type { Form } from '../forms/encodings.ts'

const BLOCK = 3
export const TABLE = 1 << 16

export class Beginnings<P extends Form> {
  /** By the hash of their first three characters, longest first. */
  readonly #buckets = new Map<number, P[]>()
  readonly #known = new Uint8Array(TABLE)
  /** By their first character, and by their first two, as they are written and where they fold. */
  readonly #short = new Map<string, P>()
  readonly #longest: number

  /** Patterns have at least three characters; longest first. */
  constructor(patterns: readonly P[]) {
    this.#longest = patterns[0]?.text.length ?? 0
    for (const pattern of patterns) {
      const hash = hashAt(pattern.text, 0)
      this.#known[hash] = 1
      const bucket = this.#buckets.get(hash)
      if (bucket) bucket.push(pattern)
      else this.#buckets.set(hash, [pattern])
      for (const size of [1, 2]) {
        const key = `${pattern.fold}${pattern.text.slice(0, size)}`
        if (!this.#short.has(key)) this.#short.set(key, pattern)
      }
    }
  }

  /** The longest end of the text that a pattern begins with, and which; undefined when there is none. */
  at(text: string): { readonly start: number; readonly pattern: P } | undefined {
    const { length } = text
    for (let start = Math.max(0, length - this.#longest); start <= length - BLOCK; start++) {
      const hash = hashAt(text, start)
      if (this.#known[hash] === 0) continue
      const end = text.slice(start)
      let folded: string | undefined
      const fold = (): string => (folded ??= end.toLowerCase())
      const pattern = this.#buckets.get(hash)?.find((one) => mayGrow(one, end, fold))
      if (pattern) return { start, pattern }
    }
    for (let start = Math.max(0, length - BLOCK + 1); start < length; start++) {
      const end = text.slice(start)
      const pattern = this.#short.get(`false${end}`) ?? this.#short.get(`true${end.toLowerCase()}`)
      if (pattern) return { start, pattern }
    }
    return undefined
  }
}

/** Whole, it is found; but what follows may still belong to it. */
function mayGrow({ text, fold, after }: Form, end: string, folded: () => string): boolean {
  return end.length < text.length + after && text.startsWith(fold ? folded() : end)
}

/** Of three characters; setting bit 5 makes a letter's two cases equal. */
export function hashAt(text: string, at: number): number {
  const a = text.charCodeAt(at) | 32
  const b = text.charCodeAt(at + 1) | 32
  const c = text.charCodeAt(at + 2) | 32
  return (a * 0x9e5 + b * 0x61 + c * 0x1f3d) & (TABLE - 1)
}

/** The same of characters that are bytes. */
export function hashIn(latin: Uint8Array, at: number): number {
  const a = (latin[at] as number) | 32
  const b = (latin[at + 1] as number) | 32
  const c = (latin[at + 2] as number) | 32
  return (a * 0x9e5 + b * 0x61 + c * 0x1f3d) & (TABLE - 1)
}

/** The same of units. */
export function hashOfUnits(all: Uint16Array, at: number): number {
  const a = (all[at] as number) | 32
  const b = (all[at + 1] as number) | 32
  const c = (all[at + 2] as number) | 32
  return (a * 0x9e5 + b * 0x61 + c * 0x1f3d) & (TABLE - 1)
}
