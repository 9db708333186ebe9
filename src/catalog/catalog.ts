/** Everything that servers offer and the host could ask for, judged by what was accepted: on shelves (shelves.ts). */
import { SidemuxError } from '../errors.ts'
import type { CacheHint, OfferKind, Offers } from '../upstream/messages/offer.ts'
import { leastHint } from '../upstream/session/lists/pages.ts'
import { mergeInstructions } from './offers/instructions.ts'
import type { KeptOffers } from './listed/last-listed.ts'
import { Pages } from './offers/pages.ts'
import { PINNED_KINDS, type AcceptedOffers, type Pins } from './pins/pin.ts'
import type { ServersLock } from './lock/servers-lock.ts'
import { emittedName } from './names.ts'
import { catalogEntriesOf, unlisted } from './offers/entries.ts'
import { knownEntries, type HeardOffers, type KnownEntries } from './offers/known-entries.ts'
import { targetOfUri } from './offers/resources.ts'
import type { CatalogServer, Entry } from './offers/select.ts'
import type { HostView } from './offers/shelf.ts'
import { OFFER_KINDS, Shelves } from './offers/shelves.ts'
import type { TargetKind } from './target.ts'
import { hostUri, originalUri } from './addresses/uri.ts'

export class Catalog {
  readonly #pins: ServersLock
  readonly #lastListed: (server: CatalogServer) => KeptOffers | undefined
  readonly #shelves: Shelves
  /** What each server offered when it last said so, and launched by which command. */
  readonly #offers = new Map<string, HeardOffers>()
  /** Of these nothing may be listed, from an earlier run neither, until what they offer now could be judged. */
  readonly #unjudged = new Set<string>()
  /** Of these everything is known that their launch of now offers. */
  #ofNow: ReadonlySet<string> = new Set()
  readonly #pages = new Pages()
  #servers: readonly CatalogServer[]
  /** Of the pins that everything was judged by. */
  #revision: number

  /** @param lastListed what a server offered in an earlier run, where that is known */
  constructor(
    servers: readonly CatalogServer[],
    pins: ServersLock,
    lastListed: (server: CatalogServer) => KeptOffers | undefined = () => undefined,
  ) {
    this.#servers = servers
    this.#pins = pins
    this.#lastListed = lastListed
    this.#revision = pins.revision
    this.#shelves = new Shelves(servers.map(({ id }) => id))
  }

  /** All tools that were ever pinned, whoever offers them now: for what is judged without a server. */
  loadPinned(): void {
    for (const server of this.#servers) {
      const pinned = this.#pins.pins(server.id, server.launchHash)
      if (pinned === undefined) continue
      this.#shelves.put(server.id, catalogEntriesOf(server, offeredAsPinned(pinned), pinned), ['tools'])
    }
  }

  /**
   * Other servers, and other rules for those that stay; which of the host's lists changed by it. Of one that has said
   * nothing in this run stands there what it offered when it last ran. What a server offered stays listed also where
   * another command is launched for it, of which nothing is known, until that has said what it offers.
   * @throws SidemuxError when the pins can't be read; then nothing has changed.
   */
  reconfigure(servers: readonly CatalogServer[]): readonly OfferKind[] {
    const { revision } = this.#pins
    const all = servers.map((server) => [server.id, this.#known(server)] as const)
    this.#servers = servers
    this.#revision = revision
    this.#ofNow = new Set(all.flatMap(([id, known]) => (known?.isOfNow === true ? [id] : [])))
    for (const id of this.#offers.keys()) if (this.#server(id) === undefined) this.#offers.delete(id)
    for (const id of this.#unjudged) if (!this.#offers.has(id)) this.#unjudged.delete(id)
    return this.#shelves.replace(new Map(all.map(([id, known]) => [id, known?.entries])))
  }

  /**
   * Judges everything anew where the pins are others than it was judged by, as when a human accepted a change in another
   * process; which of the host's lists changed by it.
   * @throws SidemuxError when the pins can't be read; then nothing has changed, until they are others again.
   */
  refresh(): readonly OfferKind[] {
    const { revision } = this.#pins
    if (revision === this.#revision) return []
    this.#revision = revision
    this.#pins.check()
    // What is gone from the file is pinned anew, as for whoever starts now.
    for (const { id, launchHash } of this.#servers) {
      const offers = this.#offers.get(id)
      if (offers?.launchHash !== launchHash) continue
      try {
        this.#pins.see(id, launchHash, seenIn(offers))
        this.#unjudged.delete(id)
      } catch (error) {
        if (!(error instanceof SidemuxError)) throw error
        this.#unjudged.add(id)
      }
    }
    return this.reconfigure(this.#servers)
  }

  /** Judges everything anew, after a human accepted something here; which of the host's lists changed by it. */
  again(): readonly OfferKind[] {
    return this.reconfigure(this.#servers)
  }

  /** What of a server no human has accepted yet, and how much more of it is new than is listed. */
  waiting(serverId: string): { readonly waiting: readonly Entry[]; readonly more: number } {
    const waiting = PINNED_KINDS.flatMap((kind) => this.#shelves.entries(kind)).filter(
      ({ target: { server, changes, isNew } }) =>
        server === serverId && (isNew === true || changes.length > 0),
    )
    const server = this.#server(serverId)
    const offers = this.#offers.get(serverId)
    const pins = server && ifReadable(() => this.#pinned(server))
    return { waiting, more: offers === undefined || pins === undefined ? 0 : unlisted(offers, pins) }
  }

  /** What servers said holds secrets that were none when they said it; which of the host's lists changed by it. */
  mask(mask: <T>(value: T) => T): readonly OfferKind[] {
    for (const [id, offers] of this.#offers) this.#offers.set(id, mask(offers))
    return this.reconfigure(this.#servers)
  }

  /** Takes what a server offers now; which of the host's lists changed by it. */
  take(serverId: string, offers: Offers): readonly OfferKind[] {
    const server = this.#server(serverId)
    if (server === undefined) return []
    this.#offers.set(serverId, { ...offers, launchHash: server.launchHash })
    this.#seeInstructions(server, offers.instructions)
    const pins = this.#pins.see(server.id, server.launchHash, seenIn(offers))
    this.#unjudged.delete(serverId)
    if (offers.unread?.includes('tools') !== true) this.#ofNow = new Set([...this.#ofNow, serverId])
    // What could not be read yet stays as it was known before.
    const read = OFFER_KINDS.filter((kind) => offers.unread?.includes(kind) !== true)
    return this.#shelves.put(serverId, catalogEntriesOf(server, offers, pins), read)
  }

  /** Of servers that may not run any more nothing is listed until they have said it again. @throws as `reconfigure` */
  forget(servers: readonly string[]): readonly OfferKind[] {
    for (const id of servers) this.#offers.delete(id)
    return this.reconfigure(this.#servers)
  }

  /** For a server whose tools can't be judged: nothing of it is there until they can be. */
  drop(serverId: string): readonly OfferKind[] {
    this.#unjudged.add(serverId)
    this.#ofNow = new Set([...this.#ofNow].filter((id) => id !== serverId))
    return this.#shelves.drop(serverId)
  }

  /**
   * A line on each server: the operator's words, its own as they were when it was first seen (promise 5), its tools.
   * @param told.notices what else the host's user should know first, a line each
   * @param told.isUntrusted no human has agreed to this server's launch, so its own words are kept from the model
   * @param told.isSearched the tools are found by a search
   */
  instructions({
    notices = [],
    isUntrusted = () => false,
    isSearched = false,
  }: {
    readonly notices?: readonly string[]
    readonly isUntrusted?: (server: string) => boolean
    readonly isSearched?: boolean
  } = {}): string | undefined {
    const tools = this.#shelves.entries('tools')
    return mergeInstructions(
      this.#servers.map(({ id, launchHash, description }) => {
        const text = isUntrusted(id) ? undefined : this.#pins.instructions(id, launchHash)
        const listed = tools.filter(
          ({ target, listed: shown, pageOnly }) =>
            target.server === id && shown !== undefined && pageOnly !== true,
        )
        return {
          server: id,
          ...(description === undefined ? {} : { description }),
          ...(text === undefined ? {} : { text }),
          tools: listed.map(({ target }) => target.emitted.slice(id.length + 1)),
        }
      }),
      notices,
      isSearched,
    )
  }

  /** Servers that say something else now than when they were first seen. */
  get changedInstructions(): readonly string[] {
    return this.#servers.flatMap(({ id, launchHash }) => {
      const offers = this.#offers.get(id)
      const pinned = this.#pins.instructions(id, launchHash)
      const isChanged = offers?.launchHash === launchHash && pinned !== undefined
      return isChanged && offers?.instructions !== pinned ? [id] : []
    })
  }

  /** A human's answer to the change. */
  acceptInstructions(serverId: string, instructions: string | undefined): void {
    const server = this.#server(serverId)
    if (server === undefined || instructions === undefined) return
    this.#pins.accept(server.id, server.launchHash, {}, { instructions })
  }

  #seeInstructions({ id, launchHash }: CatalogServer, now: string | undefined): void {
    if (now !== undefined) this.#pins.seeInstructions(id, launchHash, now)
  }

  list(kind: OfferKind, view: HostView): readonly Readonly<Record<string, unknown>>[] {
    return this.#shelves.list(kind, view)
  }

  /** What a page asks for by its server's own name or URI (pages.ts). */
  findForPage(kind: TargetKind, name: string): Entry | undefined {
    if (kind === 'tool') return this.#pages.tool(name, this.#shelves.entries('tools'))
    const shown = new Set(this.#servers.filter(({ apps }) => apps === true).map(({ id }) => id))
    const entries = [...this.#shelves.entries('resources'), ...this.#shelves.entries('templates')]
    const id = this.#pages.serverOf(
      name,
      entries.filter(({ target }) => shown.has(target.server)),
    )
    const server = id === undefined ? undefined : this.#server(id)
    return server && this.find('resource', hostUri(server, name))
  }

  /** The host shows a page of this server, or is about to. */
  pageShown(server: string): void {
    this.#pages.add(server)
  }

  /** How long a list may be kept: as long as all servers say; undefined when one says nothing. */
  cacheHint(kind: OfferKind): CacheHint | undefined {
    return leastHint(this.#servers.map(({ id }) => this.#offers.get(id)?.cache[kind]))
  }

  /** By emitted name or routed URI. Also a resource that no list has, because templates make such. */
  find(kind: TargetKind, emitted: string): Entry | undefined {
    if (kind !== 'resource') return this.#shelves.find(kind, emitted)
    const original = originalUri(emitted)
    const server = original && this.#server(original.server)
    if (original === undefined || server === undefined) return undefined
    const listed = this.#shelves.named('resources', server.id, original.uri)
    if (listed !== undefined) return listed
    const templates = this.#shelves
      .entries('templates')
      .filter(({ target }) => target.server === server.id)
      .map(({ target }) => target.name)
    return { target: targetOfUri(server, original.uri, undefined, templates), edits: [], notes: [] }
  }

  /** What hosts call a server's tool; also one that isn't known (yet). */
  emittedName(server: string, tool: string): string {
    return this.#shelves.named('tools', server, tool)?.target.emitted ?? emittedName(server, tool)
  }

  entries(kind: OfferKind = 'tools'): readonly Entry[] {
    return this.#shelves.entries(kind)
  }

  knows(serverId: string): boolean {
    return this.#shelves.knows(serverId)
  }

  /** Its launch of now has said what it offers, in this run or an earlier one, so nothing is missing while it doesn't run. */
  knowsLaunch(serverId: string): boolean {
    return this.#ofNow.has(serverId)
  }

  #server(id: string): CatalogServer | undefined {
    return this.#servers.find((server) => server.id === id)
  }

  /**
   * Under the rules of now, as it was last heard of; undefined for a server that nothing is known of, or of which it can't
   * be told what was accepted.
   */
  #known(server: CatalogServer): KnownEntries | undefined {
    if (this.#unjudged.has(server.id)) return undefined
    return ifReadable(() =>
      knownEntries(server, {
        heard: this.#offers.get(server.id),
        accepted: (launchHash) => this.#pins.pins(server.id, launchHash),
        lastListed: () => this.#lastListed(server),
      }),
    )
  }

  #pinned({ id, launchHash }: CatalogServer): AcceptedOffers | undefined {
    return this.#pins.pins(id, launchHash)
  }
}

/** What can't be used of servers.lock is told elsewhere (`ServersLock.faults`); of the others all goes on. */
function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof SidemuxError) return undefined
    throw error
  }
}

/** What of these lists counts for a first listing: what could be read. */
function seenIn({ unread = [], partial = [], ...offers }: Offers): Parameters<ServersLock['see']>[2] {
  const read = PINNED_KINDS.filter((kind) => !unread.includes(kind))
  return {
    ...Object.fromEntries(
      read.map((kind) => [kind, { list: offers[kind], isWhole: !partial.includes(kind) }]),
    ),
    ...(!unread.includes('resources') && { resources: offers.resources }),
  }
}

function offeredAsPinned({ tools }: Pins): Pick<Offers, 'tools'> {
  // What was pinned among tools was normalised as one.
  return { tools: [...tools.pinned.values()] as unknown as Offers['tools'] }
}
