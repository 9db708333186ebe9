/**
 * The sidecar as the host's door and the verbs see it: what is called, listed, watched and accepted, and its beginning
 * and end. The rooms behind it are built in sidecar/rooms.ts, and what any of this means is decided in them.
 */
import type { Catalog } from './catalog/catalog.ts'
import { hostTraits } from './catalog/hosts.ts'
import type { Config } from './config/config.ts'
import { keptDownWords } from './config/kept-down.ts'
import type { Call, Outcome } from './pipeline/call.ts'
import { applyConfig, configFacts } from './sidecar/apply.ts'
import type { Changes } from './sidecar/changes.ts'
import type { HostLink } from './sidecar/host.ts'
import { Rooms, type SidecarOptions } from './sidecar/rooms.ts'
import type { Fleet } from './upstream/fleet.ts'
import type { CacheHint, OfferKind } from './upstream/offer.ts'
import { pause } from './upstream/wait.ts'

/** Who asks for a list. */
interface ListingHost {
  /** As it calls itself. */
  readonly name: string | undefined
  /** It shows pages of servers (MCP Apps). */
  readonly pages: boolean
}

export class Sidecar {
  readonly #rooms: Rooms
  readonly #stopping = new AbortController()
  #calls = 0
  /** When the children were started, in ms of `performance.now`, and when all are up or have failed. */
  #begun: { readonly at: number; readonly settled: Promise<unknown> } | undefined
  #stopped: Promise<void> | undefined

  static async open(config: Config, options: SidecarOptions): Promise<Sidecar> {
    const rooms = await Rooms.open(config, options)
    await rooms.journal.record('server', { phase: 'config', ...configFacts(config) })
    return new Sidecar(rooms)
  }

  private constructor(rooms: Rooms) {
    this.#rooms = rooms
    rooms.fleet.onChange((id) => this.#takeOffers(id))
  }

  get catalog(): Catalog {
    return this.#rooms.catalog
  }

  get fleet(): Fleet {
    return this.#rooms.fleet
  }

  get host(): HostLink {
    return this.#rooms.host
  }

  get config(): Config {
    return this.#rooms.generation.config
  }

  /** What the model is told first: what sidemux has to say, then what the servers say of themselves. */
  instructions(): string | undefined {
    return this.catalog.instructions(keptDownWords(this.config)?.split('\n'))
  }

  /** Under the rules of now, to its end. */
  async call(call: Call): Promise<Outcome> {
    return this.#rooms.generation.call(call)
  }

  /** @throws SidemuxError when it can't be; nothing has changed then. */
  async apply(config: Config): Promise<Changes> {
    return applyConfig(config, this.#rooms, this.#stopping.signal)
  }

  /** Writes down an edit of servers.yaml that was not applied. */
  refused(hash: string, problems: number): void {
    this.#rooms.journal.note('server', { phase: 'config-refused', config: hash, problems })
  }

  /** Starts every child in parallel and returns at once; what the host can do should be known by then. */
  start(): void {
    if (this.#begun !== undefined) return
    this.fleet.start()
    this.#begun = { at: performance.now(), settled: this.fleet.settled() }
  }

  /**
   * A list, as soon as each child is up or has failed, and no later than
   * `defaults.listWait` after the start.
   */
  async list(
    kind: OfferKind,
    { name, pages }: ListingHost,
  ): Promise<{
    readonly entries: readonly Readonly<Record<string, unknown>>[]
    readonly cache: CacheHint | undefined
  }> {
    const { flat, listWaitMs } = hostTraits(name)
    if (this.#begun !== undefined) {
      const left = this.#begun.at + (this.config.listWaitMs ?? listWaitMs) - performance.now()
      if (left > 0) await Promise.race([this.#begun.settled, pause(left, this.#stopping.signal)])
    }
    const view = { flat, pages }
    const entries = this.catalog.list(kind, view)
    this.host.listed(kind, entries, view)
    return { entries, cache: this.catalog.cacheHint(kind) }
  }

  /** What the host calls itself, for people. */
  setHost(name: string): void {
    this.#rooms.setHost(name)
  }

  nextCallId(): string {
    this.#calls += 1
    return `${this.#rooms.audit.session}-${this.#calls}`
  }

  /** From which severity on the host wants log messages. */
  setLogLevel(level: string): void {
    this.host.setLogLevel(level)
    for (const child of this.fleet.children) child.setLogLevel(level)
  }

  /** The host wants to hear of a resource; whether it will. */
  async watch(uri: string): Promise<boolean> {
    const { signal } = new AbortController()
    const outcome = await this.call({
      id: this.nextCallId(),
      kind: 'subscription',
      name: uri,
      args: {},
      signal,
      asker: { kind: 'none', why: 'nothing is asked for this' },
      caller: { capabilities: {} },
    })
    return outcome.kind === 'result'
  }

  unwatch(uri: string): void {
    const entry = this.catalog.find('resource', uri)
    const child = entry && this.fleet.get(entry.target.server)
    if (entry !== undefined) child?.unwatch(entry.target.name)
  }

  rootsChanged(): void {
    for (const child of this.fleet.children) child.notify('notifications/roots/list_changed')
  }

  /** Takes a server's present definitions as the good ones. */
  acceptTools(serverId: string, only?: string): void {
    const server = this.#rooms.generation.server(serverId)
    const offers = this.fleet.get(serverId)?.offers
    if (server === undefined || offers === undefined) return
    const { tools, instructions } = this.#rooms.options.redactor.maskJson(offers).value
    if (only === undefined) this.catalog.acceptInstructions(serverId, instructions)
    this.#rooms.pins.accept(
      serverId,
      server.launchHash,
      only === undefined ? tools : tools.filter(({ name }) => name === only),
    )
    this.#takeOffers(serverId)
  }

  /** Ends children, leases and stores; idempotent, and done within 5 s. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    this.#stopping.abort()
    await this.#rooms.close()
  }

  /** What a server offers is server-written text like any other: masked before anything keeps or shows it. */
  #takeOffers(id: string): void {
    const child = this.fleet.get(id)
    // What the launch before an edit offered is known, and says nothing of the launch of now (promise 5).
    if (child?.offers === undefined || child.isOutdated) return
    const { offers } = child
    const changed =
      this.#rooms.journal.attempt(`take what ${id} offers`, () =>
        this.catalog.take(id, this.#rooms.options.redactor.maskJson(offers).value),
      ) ?? this.catalog.drop(id)
    this.host.onListsChanged(changed)
    if (this.catalog.changedInstructions.includes(id))
      this.#rooms.options.log.info(`${id} says something else of itself than when it was first seen`)
  }
}
