/**
 * The composition root: builds the rooms from a resolved Config and connects them. Wiring only; what any of this
 * means is decided in the rooms.
 */
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Channel } from './approval/channels/channel.ts'
import { AuditLog } from './audit/log.ts'
import { Catalog } from './catalog/catalog.ts'
import { PinBook } from './catalog/pinBook.ts'
import type { Config } from './config/config.ts'
import { catalogServer, leaseOpening, serverOf } from './config/rooms.ts'
import { LargeReader } from './large/reader.ts'
import type { Logger } from './log.ts'
import type { Next } from './pipeline/call.ts'
import type { Redactor } from './redact/redactor.ts'
import { Relay } from './relay/caller.ts'
import { LeaseKeeper } from './secrets/leases/keeper.ts'
import { Resolver } from './secrets/resolve.ts'
import { storeCredentials } from './secrets/stores/shared/credentials.ts'
import { openStores } from './secrets/stores/index.ts'
import { Asking } from './sidecar/asking.ts'
import { createFleet } from './sidecar/children.ts'
import { createCorridor } from './sidecar/corridor.ts'
import { HostLink } from './sidecar/host.ts'
import { Journal } from './sidecar/journal.ts'
import { confirmSampling } from './sidecar/sampling.ts'
import type { Fleet } from './upstream/fleet.ts'
import type { CacheHint, OfferKind } from './upstream/offer.ts'
import { LoginVault } from './upstream/remote/oauth/vault.ts'
import { pause } from './upstream/wait.ts'
import { visibleLine } from './visible.ts'

const MAX_HOST_NAME = 64
/** By which sidecars know each other's processes. */
const CLI = fileURLToPath(new URL(`./cli${extname(import.meta.url)}`, import.meta.url))

export interface SidecarOptions {
  readonly stateDir: string
  readonly env: NodeJS.ProcessEnv
  readonly log: Logger
  readonly version: string
  /** The same one that the log scrubs with. */
  readonly redactor: Redactor
  /** In place of those of the config, e.g. the terminal that a command was typed into. */
  readonly channels?: readonly Channel[]
}

export class Sidecar {
  readonly call: Next
  readonly catalog: Catalog
  readonly fleet: Fleet
  readonly host: HostLink
  readonly #options: SidecarOptions
  readonly #config: Config
  readonly #audit: AuditLog
  readonly #journal: Journal
  readonly #resolver: Resolver
  readonly #keeper: LeaseKeeper
  readonly #pins: PinBook
  readonly #asking: Asking
  #hostName: string | undefined
  #calls = 0
  #listable: Promise<unknown> | undefined
  readonly #large: LargeReader
  readonly #stopping = new AbortController()
  #stopped: Promise<void> | undefined

  static async open(config: Config, options: SidecarOptions): Promise<Sidecar> {
    const audit = await AuditLog.open({
      dir: join(options.stateDir, 'audit'),
      required: config.audit.required,
      now: Date.now,
    })
    options.redactor.add('', storeCredentials(config.stores, options.env))
    const stores = await openStores(config.stores, {
      environment: config.environment,
      baseDir: config.dir,
      env: options.env,
    })
    const sidecar = new Sidecar(
      config,
      options,
      audit,
      new Resolver({ stores, env: options.env, baseDir: config.dir }),
    )
    await sidecar.#journal.record('server', {
      phase: 'config',
      config: config.hash,
      environment: config.environment,
      profile: config.profile?.name ?? null,
    })
    return sidecar
  }

  private constructor(config: Config, options: SidecarOptions, audit: AuditLog, resolver: Resolver) {
    this.#config = config
    this.#options = options
    this.#audit = audit
    this.#resolver = resolver
    this.#journal = new Journal(audit, config.audit.required, options.log)
    this.#keeper = new LeaseKeeper({
      opening: leaseOpening(config, options),
      onSettled: (settled) => {
        for (const facts of settled) this.#journal.note('secret', { phase: 'settled', ...facts })
      },
    })
    this.#pins = new PinBook(options.stateDir, config.file)
    this.catalog = new Catalog(
      config.servers.map((server) => catalogServer(server, config)),
      this.#pins,
    )
    this.#asking = new Asking(config, {
      stateDir: options.stateDir,
      env: options.env,
      log: options.log,
      journal: this.#journal,
      cli: CLI,
      host: () => this.#hostName,
      ...(options.channels === undefined ? {} : { channels: options.channels }),
    })
    const { redactor, log } = options
    const mask = <T>(value: T): T => redactor.maskJson(value).value
    const relay = new Relay({
      mask,
      foreignSecrets: (value, server) => redactor.foreignSecrets(value, server),
      confirm: confirmSampling(config, this.#asking.queue, this.#asking.session),
      note: (facts) => this.#journal.note('question', { ...facts }),
    })
    this.#large = new LargeReader(redactor)
    this.host = new HostLink({ relay, rules: serverOf(config), mask, parkMs: config.approvals.expire })
    this.fleet = createFleet(config, {
      env: options.env,
      log,
      redactor,
      resolver,
      keeper: this.#keeper,
      pins: this.#pins,
      vault: new LoginVault(options.stateDir),
      journal: this.#journal,
      host: this.host,
      large: this.#large,
    })
    this.call = createCorridor(config, {
      audit,
      log,
      redactor,
      catalog: this.catalog,
      fleet: this.fleet,
      asking: this.#asking,
      relay,
    })
    this.catalog.loadPinned()
    this.fleet.onChange((id) => this.#takeOffers(id))
  }

  /** Starts every child in parallel and returns at once; what the host can do should be known by then. */
  start(): void {
    if (this.#listable !== undefined) return
    this.fleet.start()
    this.#listable = Promise.race([
      this.fleet.settled(),
      pause(this.#config.listWaitMs, this.#stopping.signal),
    ])
  }

  /** A list, as soon as each child is up or has failed, and no later than `defaults.listWait` after the start. */
  async list(kind: OfferKind): Promise<{
    readonly entries: readonly Readonly<Record<string, unknown>>[]
    readonly cache: CacheHint | undefined
  }> {
    await this.#listable
    return { entries: this.catalog.list(kind), cache: this.catalog.cacheHint(kind) }
  }

  /** What the host calls itself, for people. */
  setHost(name: string): void {
    this.#hostName = visibleLine(name.slice(0, MAX_HOST_NAME))
  }

  nextCallId(): string {
    this.#calls += 1
    return `${this.#audit.session}-${this.#calls}`
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
    const server = this.#config.servers.find(({ id }) => id === serverId)
    const offers = this.fleet.get(serverId)?.offers
    if (server === undefined || offers === undefined) return
    const { tools, instructions } = this.#options.redactor.maskJson(offers).value
    if (only === undefined) this.catalog.acceptInstructions(serverId, instructions)
    this.#pins.accept(
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
    this.host.close()
    await this.#asking.close()
    await this.fleet.stop()
    await this.#large.close()
    await this.#keeper.close()
    await this.#resolver.close()
    await this.#audit.close()
  }

  /** What a server offers is server-written text like any other: masked before anything keeps or shows it. */
  #takeOffers(id: string): void {
    const offers = this.fleet.get(id)?.offers
    if (offers === undefined) return
    const changed =
      this.#journal.attempt(`take what ${id} offers`, () =>
        this.catalog.take(id, this.#options.redactor.maskJson(offers).value),
      ) ?? this.catalog.drop(id)
    this.host.onListsChanged(changed)
    if (this.catalog.changedInstructions.includes(id))
      this.#options.log.info(`${id} says something else of itself than when it was first seen`)
  }
}
