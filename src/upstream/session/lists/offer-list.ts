/**
 * Reads and keeps the lists of a child. Each list is read on its own, so one that fails or is never answered doesn't
 * delay the others. A list is never read twice at once, and less often when it changes all the time (list-pace.ts).
 *
 * A list that could not be read to its end is read again: after 1 s, 2 s, 4 s, … and at most 5 min, when the server
 * says that it has changed, and when a call names something unknown. Until then the old entries stay.
 */
import type { Connection } from '../connection.ts'
import type { Raw } from '../diagnosis.ts'
import { ListPace } from './list-pace.ts'
import { readList, type ListRead } from './list-read.ts'
import type { OfferKind, Offers } from '../../messages/offer.ts'
import { pause } from '../../wait.ts'

const LONGEST_MS = 300_000
const MAX_WARNED = 1000

/** As a start has read them. */
export interface FirstLists {
  readonly read: readonly ListRead[]
  /** Those that were not answered yet. */
  readonly pending: ReadonlyMap<OfferKind, Promise<ListRead>>
}

/** What is missing of a list, as people are told. */
export interface ListGap {
  readonly kind: OfferKind
  /** Ends a sentence that begins with "its list of tools". */
  readonly why: string
  /** The server's own words, quoted (said.ts). */
  readonly said?: string
}

export interface OfferListDeps {
  /** The connection of the child that runs now. */
  connection(): Connection | undefined
  readonly stop: AbortSignal
  warn(text: string): void
  /** Words of the server, masked and quoted. */
  quote(raw: Raw): string | undefined
  onChange(): void
}

interface Missing {
  readonly gap: ListGap
  readonly tries: number
  readonly timer: NodeJS.Timeout
}

export class OfferList {
  readonly #deps: OfferListDeps
  #offers: Offers | undefined
  readonly #missing = new Map<OfferKind, Missing>()
  readonly #pending = new Set<OfferKind>()
  readonly #dirty = new Set<OfferKind>()
  readonly #reading = new Set<OfferKind>()
  readonly #warned = new Set<string>()
  /** What was wrong with each list when it was last read. */
  readonly #faults = new Map<OfferKind, readonly string[]>()
  readonly #paces = new Map<OfferKind, ListPace>()
  #waiters: (() => void)[] = []

  constructor(deps: OfferListDeps) {
    this.#deps = deps
    deps.stop.addEventListener('abort', () => this.#forget())
  }

  /** Undefined until the child was ready once. */
  get offers(): Offers | undefined {
    return this.#offers
  }

  get gaps(): readonly ListGap[] {
    return [...this.#missing.values()].map(({ gap }) => gap)
  }

  /** What of its lists is left out or used without a part, a sentence each, not masked. */
  get faults(): readonly string[] {
    return [...this.#faults.values()].flat()
  }

  /** A list was asked for at the start and isn't there yet. */
  get isPending(): boolean {
    return this.#pending.size > 0
  }

  gap(kind: OfferKind): ListGap | undefined {
    return this.#missing.get(kind)?.gap
  }

  /**
   * Another process works.
   *
   * @param isSame it was launched as the one before, whose lists stand in for those that can't be read
   */
  adopt(connection: Connection, { read, pending }: FirstLists, isSame: boolean): void {
    this.#forget()
    const { capabilities, instructions } = connection
    const before = isSame ? this.#offers : undefined
    this.#offers = {
      ...(before ?? NOTHING),
      unread: before?.unread ?? KINDS,
      capabilities,
      cache: {},
    }
    const { instructions: _, ...offers } = this.#offers
    this.#offers = { ...offers, ...(instructions !== undefined && { instructions }) }
    for (const one of read) this.#put(one)
    for (const [kind, promise] of pending) {
      this.#pending.add(kind)
      void this.#arrives(connection, promise)
    }
  }

  /** Reads what it said to have changed while it was starting; what an earlier process said is past. */
  catchUp(changed: ReadonlySet<OfferKind>): void {
    this.#dirty.clear()
    for (const kind of changed) this.changed(kind)
  }

  changed(kind: OfferKind): void {
    this.#dirty.add(kind)
    void this.#readAnew(kind)
  }

  /** Reads a list again that is missing in part; resolves when it was read, whatever came of it. */
  async again(kind: OfferKind): Promise<void> {
    const before = this.#missing.get(kind)
    if (before === undefined) return
    this.changed(kind)
    while (this.#missing.get(kind) === before) await this.#news()
  }

  /** Resolves when each list was read, or was not answered. */
  async read(): Promise<void> {
    while (this.#pending.size > 0) await this.#news()
  }

  async #arrives(connection: Connection, promise: Promise<ListRead>): Promise<void> {
    const read = await promise
    // It may have been read anew since.
    if (this.#deps.connection() !== connection || !this.#pending.has(read.kind)) return
    this.#take(read)
  }

  async #readAnew(kind: OfferKind): Promise<void> {
    if (this.#reading.has(kind)) return
    this.#reading.add(kind)
    for (let of = this.#deps.connection(); of !== undefined && this.#dirty.delete(kind);) {
      const read = await readList(of, kind, this.#deps.stop)
      if (this.#deps.connection() === of) this.#take(read)
      await pause(this.#pace(kind).pauseMs, this.#deps.stop)
      of = this.#deps.connection()
    }
    this.#reading.delete(kind)
  }

  #take(read: ListRead): void {
    const before = JSON.stringify(this.#offers)
    this.#put(read)
    if (JSON.stringify(this.#offers) !== before) {
      this.#pace(read.kind).changed()
      this.#deps.onChange()
    }
    for (const wake of this.#waiters.splice(0)) wake()
  }

  #pace(kind: OfferKind): ListPace {
    const pace = this.#paces.get(kind) ?? new ListPace()
    this.#paces.set(kind, pace)
    return pace
  }

  #put({ kind, pages, gap }: ListRead): void {
    this.#pending.delete(kind)
    if (pages !== undefined && this.#offers !== undefined) {
      const { unread = [], partial = [], cache, ...offers } = this.#offers
      const broken = partial.filter((one) => one !== kind)
      const known = gap !== undefined && !unread.includes(kind) ? offers[kind] : []
      const { [kind]: _, ...others } = cache
      this.#offers = {
        ...offers,
        [kind]: withKnown(pages.entries, known),
        cache: { ...others, ...(pages.cache !== undefined && gap === undefined && { [kind]: pages.cache }) },
        unread: unread.filter((one) => one !== kind),
        partial: gap === undefined ? broken : [...broken, kind],
      }
      this.#faults.set(kind, pages.warnings)
      for (const warning of pages.warnings) this.#warn(warning)
    }
    this.#note(kind, gap)
  }

  #note(kind: OfferKind, gap: ListRead['gap']): void {
    const before = this.#missing.get(kind)
    clearTimeout(before?.timer)
    this.#missing.delete(kind)
    if (gap === undefined || this.#deps.stop.aborted) return
    const { why, raw } = gap
    const said = raw && this.#deps.quote(raw)
    this.#warn(`its list of ${kind} ${why}${said === undefined ? '' : `; ${said.replaceAll('\n', ' ')}`}`)
    const tries = (before?.tries ?? 0) + 1
    const timer = setTimeout(() => this.changed(kind), Math.min(1000 * 2 ** (tries - 1), LONGEST_MS)).unref()
    this.#missing.set(kind, { gap: { kind, why, ...(said !== undefined && { said }) }, tries, timer })
  }

  /** Once for each process, however often the list is read. */
  #warn(text: string): void {
    if (this.#warned.has(text)) return
    if (this.#warned.size > MAX_WARNED) this.#warned.clear()
    this.#warned.add(text)
    this.#deps.warn(text)
  }

  #forget(): void {
    for (const { timer } of this.#missing.values()) clearTimeout(timer)
    this.#missing.clear()
    this.#pending.clear()
    this.#warned.clear()
    this.#faults.clear()
    for (const wake of this.#waiters.splice(0)) wake()
  }

  async #news(): Promise<void> {
    await new Promise<void>((resolve) => this.#waiters.push(resolve))
  }
}

const KINDS: readonly OfferKind[] = ['tools', 'prompts', 'resources', 'templates']
const NOTHING = { tools: [], prompts: [], resources: [], templates: [] }

/** What was known of the pages that couldn't be read stays behind those that could. */
function withKnown(entries: readonly unknown[], known: readonly unknown[]): readonly unknown[] {
  const keys = new Set(entries.map(keyOf))
  return [...entries, ...known.filter((entry) => !keys.has(keyOf(entry)))]
}

function keyOf(entry: unknown): unknown {
  const { uriTemplate, uri, name } = entry as Readonly<Record<string, unknown>>
  return uriTemplate ?? uri ?? name
}
