/**
 * Masks every secret value that was handed to a child, or would be if it were started, wherever it would leave the sidecar
 * (promise 3).
 *
 * - A value is looked for in each form of encodings.ts, and the text is read in each way of views.ts. The same is done
 *   for each line of a value that has several, and for the secrets inside it (secrets/parts/parts.ts).
 * - A value of fewer than eight characters is not masked: ordinary text would be hit.
 * - A value that isn't easily hit by accident (strength.ts) is also found when other characters stand between its own
 *   (skeleton.ts), and when it comes in pieces (search.ts), in one message or over a thread of messages (joins.ts).
 * - A value stays known until the process ends, because a child may still hold it after it was rotated.
 * - Overlapping hits are masked as one, so that no fragment is left between them.
 * - A text or an object without a hit is returned as it is, the same string or the same object.
 */
import { isDocument, isTelling } from '../secrets/parts/document.ts'
import { partsOf } from '../secrets/parts/parts.ts'
import { MIN_MASKABLE_LENGTH, type Secret } from '../secrets/secret.ts'
import { joinsOf } from './message/joins.ts'
import { leavesOf, type Leaf } from './message/leaves.ts'
import { ShortMessage } from './message/short-message.ts'
import { widened } from './find/scanner.ts'
import { isBareOf } from './message/bytes.ts'
import { Search, type FoundSecret, type KnownValue } from './find/search.ts'
import { merge, replace, type Span } from './spans.ts'
import { TextStreamRedactor, type Finder } from './stream.ts'
import { Thread } from './thread.ts'
import { textReadings, unfinishedViewsOf } from './views/views.ts'
import { walkMessage } from './message/walk.ts'

export interface AddedSecret {
  readonly server: string
  readonly secret: Secret
}

interface Masked {
  readonly texts: readonly string[]
  readonly hits: number
}

export class Redactor implements Finder {
  readonly #search = new Search()
  readonly #added: AddedSecret[] = []
  readonly #values = new Set<string>()
  /** What was added, as one text each. */
  readonly #known = new Set<string>()
  /** By label. */
  #masks = new Map<string, string>()

  /** True when a value was none of the known ones, so that what was looked at before may hold it. */
  add(serverId: string, secrets: readonly Secret[]): boolean {
    const before = this.#values.size
    for (const secret of secrets) {
      const key = JSON.stringify([serverId, secret.label, secret.reveal()])
      // Servers start again and again, and their files are read again, with the same values.
      if (!secret.maskable || this.#known.has(key)) continue
      this.#known.add(key)
      this.#added.push({ server: serverId, secret })
      const value = secret.reveal()
      this.#values.add(value)
      const parts = partsOf(value)
      // A document that is printed another way shows what is no secret of it; its parts are masked there.
      const how = isDocument(value, parts)
        ? ({ strength: 'exact', isTelling: (line: string) => isTelling(line, parts) } as const)
        : {}
      this.#search.learn(value, secret.label, serverId, how)
      for (const part of parts) this.#search.learn(part, secret.label, serverId)
    }
    this.#masks = new Map()
    return this.#values.size > before
  }

  /** What was added, without the first so many. */
  secretsFrom(first: number): readonly AddedSecret[] {
    return this.#added.slice(first)
  }

  maskText(text: string): { text: string; hits: number } {
    if (this.#isBare(text)) return { text, hits: 0 }
    const masked = this.#mask([leafOf(text)])
    return { text: masked?.texts[0] ?? text, hits: masked?.hits ?? 0 }
  }

  /** Keys too. A value nested deeper than 256 levels is replaced, because it can't be looked at. */
  maskJson<T>(value: T): { value: T; hits: number } {
    if (this.#isBare(value)) return { value, hits: 0 }
    let hits = 0
    const walked = walkMessage(value, (leaves) => {
      const masked = this.#mask(leaves)
      hits += masked?.hits ?? 0
      return masked?.texts
    })
    return { value: walked.value as T, hits: hits + walked.masked }
  }

  /**
   * The value, masked, and of how many secrets none is in it, where that is so. Then none is in a part of it either, as
   * long as no more are known.
   */
  look<T>(value: T): { value: T; bareOf: number | undefined } {
    const masked = this.maskJson(value)
    return { value: masked.value, bareOf: masked.hits === 0 ? this.known : undefined }
  }

  /**
   * Whether no secret is in a message of which long texts are given as bytes, a character of ASCII each; false also where
   * that can't be told at once.
   */
  isBare(leaves: readonly Leaf[], bytesOf: (leaf: Leaf) => Uint8Array | undefined): boolean {
    return this.#search.isEmpty || isBareOf(leaves, bytesOf, this.#search)
  }

  /** How many secrets are known. */
  get known(): number {
    return this.#added.length
  }

  /** For messages that belong together. */
  thread(): Thread {
    return new Thread((leaves, first) => {
      if (this.#search.isEmpty || (short.takeLeaves(leaves) && !this.#search.mayHold(short))) return undefined
      return this.#mask(leaves, { first, open: true })
    })
  }

  stream(): TextStreamRedactor {
    return new TextStreamRedactor(this)
  }

  /** Labels of the secrets that occur anywhere in the value, in any form, with the servers they were given to. */
  secretsIn(value: unknown): ReadonlyMap<string, ReadonlySet<string>> {
    const found = new Map<string, Set<string>>()
    for (const { known } of this.#allIn(value).flat()) {
      found.set(known.label, new Set([...(found.get(known.label) ?? []), ...known.owners]))
    }
    return found
  }

  /** Labels of the secrets in the value that this server was not given. */
  foreignSecrets(value: unknown, serverId: string): readonly string[] {
    const all = this.#allIn(value)
    if (all.length === 0) return NONE
    const foreign = all.flatMap((found) => {
      const own = found.filter(({ known }) => known.owners.has(serverId))
      return found.filter((one) => !one.known.owners.has(serverId) && !isWithinExact(one, own))
    })
    return [...new Set(foreign.map(({ known }) => known.label))]
  }

  /** Whether it is sure at first sight that nothing is in it. */
  #isBare(value: unknown): boolean {
    return this.#search.isEmpty || (short.take(value) && !this.#search.mayHold(short))
  }

  /** By each way of reading it in which something is found. */
  #allIn(value: unknown): readonly (readonly FoundSecret[])[] {
    if (this.#isBare(value)) return NONE
    let all: (readonly FoundSecret[])[] | undefined
    for (const joined of joinsOf(leavesOf(value).all)) {
      const found = this.#search.in(joined, { all: true })
      if (found.length > 0) all = [...(all ?? NONE), found]
    }
    return all ?? NONE
  }

  /** Where a text that comes in chunks has to be masked, by exact forms alone: in order, apart from each other. */
  spans(text: string): readonly Span[] {
    if (this.#search.isEmpty || text.length < MIN_MASKABLE_LENGTH) return []
    const found = textReadings(text).flatMap((view) =>
      this.#search.exact.find(view.text).map((hit): Span => {
        const { start, end, pattern } = widened(view.text, hit)
        return { start: view.start(start), end: view.end(end), mask: this.#maskOf(pattern) }
      }),
    )
    return merge(found)
  }

  /** Where the end of an unfinished text starts that may become a secret, and whether most of one is there. */
  pending(text: string): { readonly start: number; readonly mask?: string } {
    let start = text.length
    let mask: string | undefined
    if (this.#search.isEmpty) return { start }
    for (const view of unfinishedViewsOf(text)) {
      const stop = view.end(view.text.length)
      if (stop < start && /^[\\%&]/.test(text.slice(stop))) start = stop
      const held = this.#search.exact.pending(view.text)
      if (!held) continue
      start = Math.min(start, view.start(held.start))
      const size = view.text.length - held.start
      if (size >= 8 && size * 2 >= held.pattern.text.length) mask ??= this.#maskOf(held.pattern)
    }
    return mask === undefined ? { start } : { start, mask }
  }

  /**
   * The leaves, masked; undefined when there is nothing to mask.
   *
   * @param first those before it were masked already, and what stands in both is looked for
   * @param open more may follow
   */
  #mask(leaves: readonly Leaf[], { first = 0, open = false } = {}): Masked | undefined {
    if (this.#search.isEmpty) return undefined
    const spans = this.#spansIn(leaves, first, open)
    if (spans.size === 0) return undefined
    let hits = 0
    const texts = leaves.slice(first).map(({ text }, i) => {
      const merged = merge(spans.get(first + i) ?? [])
      hits += merged.length
      return replace(text, merged)
    })
    return { texts, hits }
  }

  /** By leaf, without the first so many. */
  #spansIn(leaves: readonly Leaf[], first: number, open: boolean): ReadonlyMap<number, Span[]> {
    let spans: Map<number, Span[]> | undefined
    for (const joined of joinsOf(leaves)) {
      if (joined.text.length < MIN_MASKABLE_LENGTH) continue
      for (const found of this.#search.in(joined, { open })) {
        spans ??= new Map<number, Span[]>()
        for (let i = Math.max(0, joined.partAt(found.start)); i < joined.parts.length; i++) {
          const part = joined.parts[i]
          if (part === undefined || part.start >= found.end) break
          const from = Math.max(found.start, part.start)
          const to = Math.min(found.end, part.end)
          if (part.leaf < first || from >= to) continue
          const shift = part.offset - part.start
          const span = { start: from + shift, end: to + shift, mask: this.#maskOf(found.known) }
          const known = spans.get(part.leaf)
          if (known === undefined) spans.set(part.leaf, [span])
          else known.push(span)
        }
      }
    }
    return spans ?? NO_SPANS
  }

  /** A label may contain what it labels, e.g. a value that is the variable's own name. */
  #maskOf({ label }: KnownValue): string {
    const known = this.#masks.get(label)
    if (known !== undefined) return known
    const mask = `[redacted:${label}]`
    const isSafe = joinsOf([leafOf(mask)]).every((joined) => this.#search.in(joined).length === 0)
    this.#masks.set(label, isSafe ? mask : '***')
    return isSafe ? mask : '***'
  }
}

/** The one that is looked at; what is in it is of no use to the next. */
const short = new ShortMessage()
const NONE: readonly never[] = []
const NO_SPANS: ReadonlyMap<number, Span[]> = new Map<number, Span[]>()

function leafOf(text: string): Leaf {
  return { kind: 'string', text, name: '' }
}

/** What the server was given whole it may be given a part of, or what looks much like it. */
function isWithinExact(one: FoundSecret, own: readonly FoundSecret[]): boolean {
  return !one.exact && own.some(({ exact, start, end }) => exact && start <= one.start && one.end <= end)
}
