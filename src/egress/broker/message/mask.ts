/**
 * Masks the values of brokered secrets in what hosts answer, so that a host that shows what it was sent tells the server
 * nothing (an echo, an error page, a redirect).
 *
 * - Texts are taken as bytes, a character each, so nothing else of an answer changes.
 * - A value is found in the forms of redact/forms/encodings.ts, also where it is split over chunks. What stands there
 *   instead is the placeholder in the same form, and as long: a length that was announced stays right, and so do the
 *   frames of a WebSocket.
 * - A text that is there as a whole is also looked through for values in other alphabets and with something between
 *   their characters, as results of servers are.
 * - What was the value before it changed is masked too.
 */
import { widened } from '../../../redact/find/scanner.ts'
import { Search } from '../../../redact/find/search.ts'
import { joinsOf } from '../../../redact/message/joins.ts'
import { merge, type Span } from '../../../redact/spans.ts'
import { textReadings, unfinishedViewsOf } from '../../../redact/views/views.ts'
import { itself } from '../../../redact/views/view.ts'
import type { BrokeredSecret } from '../brokered.ts'
import { likeFound } from './writings.ts'

/** Of what has passed; a stretch that begins in it may go on. */
const CONTEXT = 64
/** Shorter beginnings of a value are let out when nothing follows them for a while. */
const LONGEST_GUESS = 7
/** Two of a kind begin alike, so a piece of one says nothing. */
const ALIKE = /^eyJ/

export class AnswerMask {
  readonly #search = new Search()
  /** What each placeholder stands for, and has stood for. */
  readonly #values = new Map<string, Set<string>>()

  learn(secrets: readonly BrokeredSecret[]): void {
    for (const { placeholder, secret } of secrets) {
      const value = secret.reveal()
      const known = this.#values.get(placeholder) ?? new Set()
      if (known.has(value)) continue
      this.#values.set(placeholder, known.add(value))
      for (const text of new Set([value, Buffer.from(value, 'utf8').toString('latin1')])) {
        this.#search.learn(text, placeholder, '', { strength: ALIKE.test(text) ? 'exact' : 'loose' })
        this.#search.learn(Array.from(text).toReversed().join(''), placeholder, '', { strength: 'exact' })
      }
    }
  }

  /** All of a text. */
  whole(text: string): string {
    const spans = joinsOf([{ kind: 'string', text, name: '' }]).flatMap((joined) =>
      this.#search.in(joined).map(({ start, end, known }) => ({ start, end, mask: known.label })),
    )
    return this.replaced(text, merge([...spans, ...this.spans(text, true)]), 0, text.length)
  }

  /** @param isText escapes in it are undone to look */
  stream(isText: boolean): AnswerStream {
    return new AnswerStream(this, isText)
  }

  spans(text: string, isText: boolean): readonly Span[] {
    const found = (isText ? textReadings(text) : [itself(text)]).flatMap((view) =>
      this.#search.exact.find(view.text).map((hit): Span => {
        const { start, end, pattern } = widened(view.text, hit)
        return { start: view.start(start), end: view.end(end), mask: pattern.label }
      }),
    )
    return merge(found)
  }

  /** Where the end of an unfinished text begins that may become a value; `mask` where most of one is there. */
  pending(text: string, isText: boolean): { readonly start: number; readonly mask?: string } {
    let start = text.length
    let mask: string | undefined
    for (const view of isText ? unfinishedViewsOf(text) : [itself(text)]) {
      const stop = view.end(view.text.length)
      if (stop < start && /^[\\%&]/.test(text.slice(stop))) start = stop
      const held = this.#search.exact.pending(view.text)
      if (held === undefined) continue
      start = Math.min(start, view.start(held.start))
      const size = view.text.length - held.start
      if (size > LONGEST_GUESS && size * 2 >= held.pattern.text.length) mask ??= held.pattern.label
    }
    return { start, ...(mask !== undefined && { mask }) }
  }

  /** The part from one place to another, masked. */
  replaced(text: string, spans: readonly Span[], from: number, to: number): string {
    const parts: string[] = []
    let at = from
    for (const span of spans) {
      const start = Math.max(span.start, at)
      const end = Math.min(span.end, to)
      if (start >= end) continue
      const found = text.slice(span.start, span.end)
      const instead = likeFound(found, span.mask, this.#values.get(span.mask) ?? [])
      parts.push(text.slice(at, start), instead.slice(start - span.start, end - span.start))
      at = end
    }
    parts.push(text.slice(at, to))
    return parts.join('')
  }
}

/** A text that comes in parts. */
export class AnswerStream {
  readonly #mask: AnswerMask
  readonly #isText: boolean
  /** The end of what has passed, and behind it, from `#passed`, what is held back. */
  #text = ''
  #passed = 0

  constructor(mask: AnswerMask, isText: boolean) {
    this.#mask = mask
    this.#isText = isText
  }

  get holds(): boolean {
    return this.#text.length > this.#passed
  }

  push(text: string): string {
    this.#text += text
    const spans = this.#mask.spans(this.#text, this.#isText)
    const stop = Math.max(this.#passed, this.#mask.pending(this.#text, this.#isText).start)
    // What may still grow waits for its end.
    const crossing = spans.find(({ start, end }) => start < stop && end > stop)
    return this.#release(Math.max(this.#passed, crossing?.start ?? stop), spans)
  }

  /** After a pause: what is held back, where it is little. Pauses do not add up: what they let out before counts too. */
  settle(): string {
    const { start } = this.#mask.pending(this.#text, this.#isText)
    if (this.#text.length - Math.min(start, this.#passed) > LONGEST_GUESS) return ''
    return this.#release(this.#text.length, this.#mask.spans(this.#text, this.#isText))
  }

  /** At the end. Most of a value, cut off, is masked as well. */
  flush(): string {
    const { start, mask } = this.#mask.pending(this.#text, this.#isText)
    const spans = this.#mask.spans(this.#text, this.#isText)
    const end = this.#text.length
    return this.#release(end, mask === undefined ? spans : merge([...spans, { start, end, mask }]))
  }

  #release(stop: number, spans: readonly Span[]): string {
    const output = this.#mask.replaced(this.#text, spans, this.#passed, stop)
    const forgotten = Math.max(0, stop - CONTEXT)
    this.#text = this.#text.slice(forgotten)
    this.#passed = stop - forgotten
    return output
  }
}
