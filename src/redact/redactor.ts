/**
 * Masks every secret value that was handed to a child, wherever it would leave the sidecar (promise 3).
 *
 * - A value is masked in each form of encodings.ts, read in each way of views.ts; so are the lines of a value that
 *   has several, and the secrets inside it (secrets/parts.ts). What is shorter than eight characters is not masked:
 *   ordinary text would be.
 * - A value stays known until the process ends, because a child may still hold it after it was rotated.
 * - Overlapping hits are masked as one, so that no fragment is left between them.
 * - What has no hit comes back as it is, the same string or the same object.
 */
import { partsOf } from '../secrets/parts.ts'
import type { Secret } from '../secrets/secret.ts'
import { formsOf } from './encodings.ts'
import type { Form } from './encodings.ts'
import { Scanner } from './scanner.ts'
import { merge, replace, replaceInPieces } from './spans.ts'
import type { Span } from './spans.ts'
import { TextStreamRedactor } from './stream.ts'
import type { Finder } from './stream.ts'
import { unfinishedViewsOf, viewsOf } from './views.ts'
import { textsOf, walk } from './walk.ts'

interface Pattern extends Form {
  readonly label: string
  readonly owners: Set<string>
}

export interface Added {
  readonly server: string
  readonly secret: Secret
}

export class Redactor implements Finder {
  readonly #patterns = new Map<string, Pattern>()
  readonly #added: Added[] = []
  #scanner: Scanner<Pattern> | undefined

  /** A value that two servers share keeps the label it came with first, and belongs to both. */
  add(serverId: string, secrets: readonly Secret[]): void {
    for (const secret of secrets) {
      if (!secret.maskable) continue
      this.#added.push({ server: serverId, secret })
      for (const text of [secret.reveal(), ...partsOf(secret.reveal())]) {
        for (const form of formsOf(text)) this.#enter(form, secret.label, serverId)
      }
    }
  }

  /** What was added, without the first so many. */
  secretsFrom(first: number): readonly Added[] {
    return this.#added.slice(first)
  }

  #enter(form: Form, label: string, serverId: string): void {
    const key = `${form.fold}${form.before}${form.after}${form.text}`
    const known = this.#patterns.get(key)
    if (known) {
      known.owners.add(serverId)
      return
    }
    this.#patterns.set(key, { ...form, label, owners: new Set([serverId]) })
    this.#scanner = undefined
  }

  get #ready(): Scanner<Pattern> {
    this.#scanner ??= new Scanner(this.#patterns.values())
    return this.#scanner
  }

  maskText(text: string): { text: string; hits: number } {
    const spans = this.spans(text)
    return { text: replace(text, spans), hits: spans.length }
  }

  /** Keys too. A value nested deeper than 256 levels is replaced, because it can't be looked at. */
  maskJson<T>(value: T): { value: T; hits: number } {
    if (this.#patterns.size === 0) return { value, hits: 0 }
    let hits = 0
    const masked = walk(value, (pieces) => {
      const spans = this.#spansOfPieces(pieces)
      hits += spans.length
      return spans.length === 0 ? pieces : replaceInPieces(pieces, spans)
    })
    return { value: masked.value as T, hits: hits + masked.masked }
  }

  /** Labels of the secrets that occur anywhere in the value, in any form, with the servers they were given to. */
  secretsIn(value: unknown): ReadonlyMap<string, ReadonlySet<string>> {
    const found = new Map<string, Set<string>>()
    for (const { label, owners } of this.#patternsIn(value)) {
      found.set(label, new Set([...(found.get(label) ?? []), ...owners]))
    }
    return found
  }

  /** Labels of the secrets in the value that this server was not given. */
  foreignSecrets(value: unknown, serverId: string): readonly string[] {
    const foreign = [...this.#patternsIn(value)].filter(({ owners }) => !owners.has(serverId))
    return [...new Set(foreign.map(({ label }) => label))]
  }

  #patternsIn(value: unknown): ReadonlySet<Pattern> {
    const found = new Set<Pattern>()
    if (this.#patterns.size === 0) return found
    for (const text of textsOf(value)) {
      for (const view of viewsOf(text)) {
        for (const { pattern } of this.#ready.find(view.text, true)) found.add(pattern)
      }
    }
    return found
  }

  stream(): TextStreamRedactor {
    return new TextStreamRedactor(this)
  }

  /** Where the text has to be masked: in order, apart from each other. */
  spans(text: string): readonly Span[] {
    if (this.#patterns.size === 0 || text.length < 8) return []
    const found: Span[] = []
    for (const view of viewsOf(text)) {
      for (const { start, end, pattern } of this.#ready.find(view.text)) {
        found.push({ start: view.start(start), end: view.end(end), mask: this.#mask(pattern.label) })
      }
    }
    return merge(found)
  }

  /** Where the end of an unfinished text starts that may become a secret, and whether most of one is there. */
  pending(text: string): { readonly start: number; readonly mask?: string } {
    let start = text.length
    let mask: string | undefined
    if (this.#patterns.size === 0) return { start }
    for (const view of unfinishedViewsOf(text)) {
      const stop = view.end(view.text.length)
      if (stop < start && /^[\\%&]/.test(text.slice(stop))) start = stop
      const held = this.#ready.pending(view.text)
      if (!held) continue
      start = Math.min(start, view.start(held.start))
      const size = view.text.length - held.start
      if (size >= 8 && size * 2 >= held.pattern.text.length) mask ??= this.#mask(held.pattern.label)
    }
    return mask === undefined ? { start } : { start, mask }
  }

  /** A label may contain what it labels, e.g. a value that is the variable's own name. */
  #mask(label: string): string {
    const mask = `[redacted:${label}]`
    return this.#ready.find(mask).length === 0 ? mask : '***'
  }

  #spansOfPieces(pieces: readonly string[]): readonly Span[] {
    if (pieces.length === 1) return this.spans(pieces[0] ?? '')
    const spans: Span[] = [...this.spans(pieces.join(''))]
    let offset = 0
    for (const piece of pieces) {
      for (const { start, end, mask } of this.spans(piece)) {
        spans.push({ start: start + offset, end: end + offset, mask })
      }
      offset += piece.length
    }
    return merge(spans)
  }
}
