/** Keeps a shelf (shelf.ts) for each kind of offers, and tells of which kinds the host's list changed. */
import type { OfferKind } from '../../upstream/messages/offer.ts'
import type { TargetKind } from '../target.ts'
import type { Entries } from './entries.ts'
import type { Entry } from './select.ts'
import { Shelf, type HostView } from './shelf.ts'

export const OFFER_KINDS = ['tools', 'prompts', 'resources', 'templates'] as const

const OF_TARGET = { tool: 'tools', prompt: 'prompts', template: 'templates' } as const

export class Shelves {
  readonly #shelves: Readonly<Record<OfferKind, Shelf>>

  /** @param order the ids of servers, as their offers are listed */
  constructor(order: readonly string[]) {
    this.#shelves = {
      tools: new Shelf(order),
      prompts: new Shelf(order),
      resources: new Shelf(order),
      templates: new Shelf(order),
    }
  }

  /** Of a server these kinds become that; the others stay. */
  put(server: string, entries: Entries, kinds: readonly OfferKind[]): readonly OfferKind[] {
    return kinds.filter((kind) => this.#shelves[kind].put(server, entries[kind]))
  }

  /** All of it by the servers of now, in their order; of one that nothing is known of the entries are undefined. */
  replace(all: ReadonlyMap<string, Entries | undefined>): readonly OfferKind[] {
    return OFFER_KINDS.filter((kind) =>
      this.#shelves[kind].replace(new Map([...all].map(([id, entries]) => [id, entries?.[kind]]))),
    )
  }

  drop(server: string): readonly OfferKind[] {
    return OFFER_KINDS.filter((kind) => this.#shelves[kind].drop(server))
  }

  list(kind: OfferKind, view: HostView): readonly Readonly<Record<string, unknown>>[] {
    return this.#shelves[kind].list(view)
  }

  entries(kind: OfferKind): readonly Entry[] {
    return this.#shelves[kind].entries
  }

  /** By the name that hosts call it by. */
  find(kind: Exclude<TargetKind, 'resource'>, emitted: string): Entry | undefined {
    return this.#shelves[OF_TARGET[kind]].find(emitted)
  }

  /** By its server's own name. */
  named(kind: OfferKind, server: string, name: string): Entry | undefined {
    return this.#shelves[kind].named(server, name)
  }

  /** Its tools were told. */
  knows(server: string): boolean {
    return this.#shelves.tools.knows(server)
  }
}
