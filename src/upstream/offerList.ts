/**
 * What a child offered when it last said so. A list that changes all the time is read once a second at most, and
 * never twice at once.
 */
import type { Connection } from './client.ts'
import { PROMPTS, RESOURCES, TEMPLATES, TOOLS } from './lists.ts'
import type { OfferKind, Offers } from './offer.ts'
import type { ListedPages } from './pages.ts'
import { pause } from './wait.ts'

const AGAIN_MS = 1000
const TIMEOUT_MS = 30_000

export interface OfferListDeps {
  /** The connection of the child that runs now. */
  connection(): Connection | undefined
  readonly stop: AbortSignal
  warn(text: string): void
  onChange(): void
}

export class OfferList {
  readonly #deps: OfferListDeps
  #offers: Offers | undefined
  #reading = false
  readonly #dirty = new Set<OfferKind>()

  constructor(deps: OfferListDeps) {
    this.#deps = deps
  }

  /** Undefined until the child has listed them once. */
  get offers(): Offers | undefined {
    return this.#offers
  }

  /** Whether they differ from those that were known. */
  adopt({ offers, warnings }: { offers: Offers; warnings: readonly string[] }): boolean {
    for (const warning of warnings) this.#deps.warn(warning)
    const differs = JSON.stringify(offers) !== JSON.stringify(this.#offers)
    this.#offers = offers
    return differs
  }

  /** Another process works: reads what it said to have changed while it was starting; what an earlier one said is past. */
  catchUp(changed: ReadonlySet<OfferKind>): void {
    this.#dirty.clear()
    for (const kind of changed) this.#dirty.add(kind)
    if (this.#dirty.size > 0) void this.#readDirty()
  }

  changed(kind: OfferKind): void {
    this.#dirty.add(kind)
    void this.#readDirty()
  }

  async #readDirty(): Promise<void> {
    const connection = this.#deps.connection()
    if (connection === undefined || this.#reading) return
    this.#reading = true
    while (this.#dirty.size > 0 && this.#deps.connection() === connection) {
      const kinds = [...this.#dirty]
      this.#dirty.clear()
      const lists = await Promise.all(kinds.map(async (kind) => this.#read(connection, kind)))
      if (this.#deps.connection() === connection && this.#take(lists)) this.#deps.onChange()
      await pause(AGAIN_MS, this.#deps.stop)
    }
    this.#reading = false
    // What another process said to have changed while this one was read.
    if (this.#deps.connection() !== connection) void this.#readDirty()
  }

  #take(lists: readonly (Partial<Offers> & { warnings: readonly string[] })[]): boolean {
    if (this.#offers === undefined) return false
    let offers = this.#offers
    for (const { warnings, cache, ...list } of lists) {
      for (const warning of warnings) this.#deps.warn(warning)
      offers = { ...offers, ...list, cache: { ...offers.cache, ...cache } }
    }
    return this.adopt({ offers, warnings: [] })
  }

  /** One list anew; what can't be read stays as it was. */
  async #read(
    connection: Connection,
    kind: OfferKind,
  ): Promise<Partial<Offers> & { warnings: readonly string[] }> {
    const { stop } = this.#deps
    try {
      const { entries, warnings, cache } = await LISTS[kind](connection, stop)
      return { [kind]: entries, warnings, cache: cache === undefined ? {} : { [kind]: cache } }
    } catch {
      return { warnings: stop.aborted ? [] : [`its list of ${kind} could not be read again`] }
    }
  }
}

type Read = (connection: Connection, stop: AbortSignal) => Promise<ListedPages<unknown>>

const LISTS: Readonly<Record<OfferKind, Read>> = {
  tools: async (connection, stop) => connection.list(TOOLS, stop, TIMEOUT_MS),
  prompts: async (connection, stop) => connection.list(PROMPTS, stop, TIMEOUT_MS),
  resources: async (connection, stop) => connection.list(RESOURCES, stop, TIMEOUT_MS),
  templates: async (connection, stop) => connection.list(TEMPLATES, stop, TIMEOUT_MS),
}
