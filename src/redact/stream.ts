/**
 * Masks a text that arrives in chunks, such as a child's stderr. What may be the beginning of a secret is held back
 * until more text has decided it, at most as much as the longest form of a secret; everything else passes at once.
 * A little of what has passed is remembered, because whether a line break belongs to wrapped base64 depends on it.
 */
import { merge, replace } from './spans.ts'
import type { Span } from './spans.ts'

/** What is known about a text so far; the redactor. */
export interface Finder {
  /** Where it has to be masked: in order and apart. */
  spans(text: string): readonly Span[]
  /** Where its end starts that may become a secret; `mask` when most of one is there already. */
  pending(text: string): { readonly start: number; readonly mask?: string }
}

const CONTEXT = 64
/** So much of a beginning may show; shorter than any value that is masked. */
const LONGEST_GUESS = 7
/** A masked stretch that goes on and on is let out in parts of this size. */
const LONGEST_SPAN = 65_536

export class TextStreamRedactor {
  readonly #finder: Finder
  /** The end of what has passed, and behind it, from `#passed`, what is held back. */
  #text = ''
  #passed = 0
  /** The rest of a stretch of which a part was let out. */
  #rest: Span | undefined

  constructor(finder: Finder) {
    this.#finder = finder
  }

  push(text: string): string {
    this.#text += text
    const pending = this.#finder.pending(this.#text)
    const spans = this.#spans()
    const from = Math.max(pending.start, this.#passed)
    const crossing = spans.find((span) => span.end > from && span.start < from)
    if (!crossing) return this.#release(from, spans)
    if (from - crossing.start < LONGEST_SPAN) return this.#release(crossing.start, spans)
    this.#rest = { ...crossing, start: from }
    return this.#release(from, spans)
  }

  /**
   * After a pause: lets out what is held back if it is little, so that a last line isn't kept from the log for as long
   * as nothing follows it. What follows is still judged together with what has passed, of which the context is kept;
   * more than a few characters of a secret are never let out on the chance that the rest doesn't come.
   */
  settle(): string {
    const { start } = this.#finder.pending(this.#text)
    if (this.#text.length - start > LONGEST_GUESS) return ''
    return this.#release(this.#text.length, this.#spans())
  }

  /** At the end. Most of a secret, cut off, is masked as well. */
  flush(): string {
    const { start, mask } = this.#finder.pending(this.#text)
    const cutOff =
      mask === undefined ? [] : [{ start: Math.max(start, this.#passed), end: this.#text.length, mask }]
    const output = this.#release(this.#text.length, merge([...this.#spans(), ...cutOff]))
    this.#text = ''
    this.#passed = 0
    this.#rest = undefined
    return output
  }

  #spans(): readonly Span[] {
    const found = this.#rest
      ? [this.#rest, ...this.#finder.spans(this.#text)]
      : this.#finder.spans(this.#text)
    return merge(found)
      .filter((span) => span.end > this.#passed)
      .map((span) => ({ ...span, start: Math.max(span.start, this.#passed) }))
  }

  /** Lets out what stands before `stop`, and forgets it but for the context. */
  #release(stop: number, spans: readonly Span[]): string {
    const from = this.#passed
    const inside = spans
      .filter((span) => span.start < stop)
      .map((span) => ({ ...span, start: span.start - from, end: Math.min(span.end, stop) - from }))
    const output = replace(this.#text.slice(from, stop), inside)
    const forgotten = Math.max(0, stop - CONTEXT)
    this.#text = this.#text.slice(forgotten)
    this.#passed = stop - forgotten
    if (this.#rest) {
      const { start, end, mask } = this.#rest
      this.#rest = end > stop ? { start: start - forgotten, end: end - forgotten, mask } : undefined
    }
    return output
  }
}
