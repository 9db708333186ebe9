/**
 * The sidecar as the host's door and the verbs see it: what is called, listed, watched and accepted, and its beginning
 * and end. The rooms behind it are built in sidecar/rooms.ts, and what any of this means is decided in them.
 */
import { controllerForMany } from '../cancellation.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { hostTraits } from '../catalog/hosts.ts'
import type { Config } from '../config/config.ts'
import type { Unconfined } from '../confine/decision.ts'
import { keptDownWords } from '../config/kept-down.ts'
import type { Call, Ended } from '../pipeline/call.ts'
import type { Asker } from '../approval/facts/channel.ts'
import { faultWords } from '../catalog/lock/fault-words.ts'
import type { SidemuxError } from '../errors.ts'
import { waitingWords, type WaitingServer } from '../trust/waiting.ts'
import { applyConfig, configFacts } from './apply.ts'
import type { ConfigChanges } from './changes.ts'
import type { HostContact } from './host/host.ts'
import type { Pinning } from './pinning.ts'
import { Rooms, type SidecarOptions } from './rooms.ts'
import type { Fleet } from '../upstream/life/fleet.ts'
import type { CacheHint, OfferKind } from '../upstream/messages/offer.ts'
import type { JsonObject } from '../json/record.ts'
import { pause } from '../upstream/wait.ts'

/** Who asks for a list. */
interface ListingHost {
  /** As it calls itself. */
  readonly name: string | undefined
  /** It shows pages of servers (MCP Apps). */
  readonly pages: boolean
}

export class Sidecar {
  readonly #rooms: Rooms
  readonly #stopping = controllerForMany()
  #calls = 0
  /** When the children were started, in ms of `performance.now`, and when all are up or have failed. */
  #begun: { readonly at: number; readonly settled: Promise<unknown> } | undefined
  #isSettled = false
  #applying: Promise<unknown> = Promise.resolve()
  #stopped: Promise<void> | undefined

  static async open(config: Config, options: SidecarOptions): Promise<Sidecar> {
    const rooms = await Rooms.open(config, options)
    await rooms.journal.record('server', { phase: 'config', ...configFacts(config) })
    await rooms.trust.begin(options.whole ?? config)
    return new Sidecar(rooms)
  }

  private constructor(rooms: Rooms) {
    this.#rooms = rooms
    rooms.fleet.onChange((id) => this.#takeOffers(id))
    rooms.onHeldAgreed = () => void this.#applyAgain()
    rooms.whenListed = async () => this.#whenListed(hostTraits(undefined).listWaitMs)
  }

  get catalog(): Catalog {
    return this.#rooms.catalog
  }

  get fleet(): Fleet {
    return this.#rooms.fleet
  }

  get host(): HostContact {
    return this.#rooms.host
  }

  get config(): Config {
    return this.#rooms.generation.config
  }

  /** What the model is told first: what sidemux has to say, then what the servers say of themselves. */
  instructions(): string | undefined {
    const notices = [keptDownWords(this.config), faultWords(this.lockFaults), waitingWords(this.waiting)]
    const lines = notices.flatMap((notice) => notice?.split('\n') ?? [])
    return this.catalog.instructions({
      notices: lines,
      isUntrusted: (id) => this.#rooms.trust.waits(id),
      isSearched: this.config.surface.mode === 'search',
    })
  }

  /** What of servers.lock can't be used; nothing runs of what it says. */
  get lockFaults(): readonly SidemuxError[] {
    return this.#rooms.pins.faults()
  }

  /** Servers to whose launch nobody has agreed. */
  get waiting(): readonly WaitingServer[] {
    return this.#rooms.trust.waiting
  }

  /** A human can be asked whether servers may start. */
  askForLaunches(asker: Asker): void {
    this.#rooms.trust.open(asker)
  }

  /** The same, and it resolves when that is decided or can't be. */
  async askForLaunchesNow(which?: (id: string) => boolean): Promise<void> {
    await this.#rooms.trust.askNow(which)
  }

  /** Under the rules of now, to its end. */
  call(call: Call): Ended {
    return this.#rooms.generation.call(call)
  }

  /** @throws SidemuxError when it can't be; nothing has changed then. */
  async apply(config: Config): Promise<ConfigChanges> {
    return this.#applyInTurn(() => config)
  }

  /** Writes down an edit of servers.yaml that was not applied. */
  refused(hash: string, problems: number): void {
    this.#rooms.journal.note('server', { phase: 'config-refused', config: hash, problems })
  }

  /** A host is there, so a person may be asked; by this sidecar's page, or another's that finds it. */
  announce(): void {
    void this.#rooms.asking.announce()
    void this.#rooms.unconfined.tell(this.config)
  }

  /** Servers that nothing confines, by why. */
  async unconfined(): Promise<readonly Unconfined[]> {
    return this.#rooms.unconfined.of(this.config)
  }

  async weaklyConfined(): Promise<{ readonly message: string; readonly hint: string } | undefined> {
    return this.#rooms.unconfined.weakly(this.config)
  }

  /** Starts the children and returns at once; what the host can do should be known by then. */
  start(): void {
    if (this.#begun !== undefined) return
    const { known, journal, generation } = this.#rooms
    known.begin()
    journal.attempt('recall what servers offered', () => this.catalog.reconfigure(generation.catalog))
    this.fleet.start()
    const settled = this.fleet.settled((id) => !this.catalog.knows(id))
    this.#begun = { at: performance.now(), settled }
    void this.#noteWhen(settled)
  }

  async #noteWhen(settled: Promise<unknown>): Promise<void> {
    await settled
    this.#isSettled = true
  }

  /** When a server last said what it offers, in ms since 1970. */
  listedAt(server: string): number | undefined {
    return this.#rooms.known.listedAt(server)
  }

  /**
   * A list, as soon as each child of which nothing is known from an earlier run is up or has failed, and no later than
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
    if (!this.#rooms.generation.surface.isFixed(kind, pages)) await this.#whenListed(listWaitMs)
    const view = { flat, pages }
    this.#rooms.hearing.look()
    const entries = this.#rooms.lists.list(kind, view)
    this.host.listed(kind, entries, view)
    return { entries, cache: this.catalog.cacheHint(kind) }
  }

  /** How many tools a host is listed that shows no pages. */
  get listedTools(): number {
    return this.#rooms.lists.list('tools', { flat: false, pages: false }).length
  }

  async #whenListed(listWaitMs: number): Promise<void> {
    if (this.#begun === undefined) return
    const left = this.#begun.at + (this.config.listWaitMs ?? listWaitMs) - performance.now()
    if (left > 0) await Promise.race([this.#begun.settled, pause(left, this.#stopping.signal)])
  }

  /** The host was told this list before the rooms were there, as it was the last time; it hears if it is another one now. */
  listed(kind: OfferKind, { name, pages }: ListingHost, entries: readonly JsonObject[]): void {
    this.host.listed(kind, entries, { flat: hostTraits(name).flat, pages })
    this.host.onListsChanged([kind])
  }

  /** Each server has listed what it offers, in an earlier run or this one, or has failed. */
  get isWhole(): boolean {
    return this.#isSettled
  }

  /** A list as it is now, waited for by nobody. */
  peek(
    kind: OfferKind,
    { name, pages }: ListingHost,
  ): { readonly entries: readonly JsonObject[]; readonly cache: CacheHint | undefined } {
    const entries = this.#rooms.lists.list(kind, { flat: hostTraits(name).flat, pages })
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
    for (const child of this.fleet.children) child.rootsChanged()
  }

  /** What servers offer beside what was accepted of them, for a person who is to accept it. */
  async pinning(): Promise<Pinning> {
    // Few commands need it.
    const room = await import('./pinning.ts')
    return new room.Pinning(this.#rooms)
  }

  /** Ends children, leases and stores; idempotent, and done soon after the longest grace of a server. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  /** Somebody has agreed to what an edit of servers.yaml brought. */
  async #applyAgain(): Promise<void> {
    try {
      await this.#applyInTurn(() => this.#rooms.trust.config)
    } catch (error) {
      const why = error instanceof Error ? error.message : 'unknown error'
      this.#rooms.options.log.error(`what was agreed to could not be applied: ${why}`)
    }
  }

  /** One after the other, so that none that began before takes the place of a later one. */
  async #applyInTurn(config: () => Config): Promise<ConfigChanges> {
    const before = this.#applying
    const applied = before.then(() => applyConfig(config(), this.#rooms, this.#stopping.signal))
    this.#applying = applied.catch(() => undefined)
    const changes = await applied
    void this.#rooms.unconfined.tell(this.config)
    return changes
  }

  async #stop(): Promise<void> {
    this.#stopping.abort()
    await this.#rooms.close()
  }

  /** What a server offers is server-written text like any other: masked before anything keeps or shows it. */
  #takeOffers(id: string): void {
    // What the launch before an edit offered is known, and says nothing of the launch of now (promise 5).
    const offers = this.fleet.get(id)?.offersOfNow
    if (offers === undefined) return
    const changed =
      this.#rooms.journal.attempt(`take what ${id} offers`, () =>
        this.catalog.take(id, this.#rooms.options.redactor.maskJson(offers).value),
      ) ?? this.catalog.drop(id)
    this.#rooms.known.keep(id, offers)
    this.host.onListsChanged(changed)
    this.#rooms.hearing.tell(id, this.#rooms.generation.server(id)?.launchHash ?? '')
  }
}
