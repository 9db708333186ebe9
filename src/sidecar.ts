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
import { catalogServer, leaseOpening, limitsOf, ruleHash, timeoutOf } from './config/rooms.ts'
import type { Logger } from './log.ts'
import type { Next } from './pipeline/call.ts'
import { corridor } from './pipeline/order.ts'
import type { Redactor } from './redact/redactor.ts'
import { Judge } from './schema/judge.ts'
import { LeaseKeeper } from './secrets/leases/keeper.ts'
import { Resolver } from './secrets/resolve.ts'
import { storeCredentials } from './secrets/stores/shared/credentials.ts'
import { openStores } from './secrets/stores/index.ts'
import { Asking } from './sidecar/asking.ts'
import { createFleet } from './sidecar/children.ts'
import { Journal } from './sidecar/journal.ts'
import type { Fleet } from './upstream/fleet.ts'
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
  readonly #options: SidecarOptions
  readonly #config: Config
  readonly #audit: AuditLog
  readonly #journal: Journal
  readonly #resolver: Resolver
  readonly #keeper: LeaseKeeper
  readonly #pins: PinBook
  readonly #asking: Asking
  #host: string | undefined
  readonly #listeners = new Set<() => void>()
  #calls = 0
  #listable: Promise<unknown> = Promise.resolve()
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
    this.fleet = createFleet(config, {
      env: options.env,
      log: options.log,
      redactor: options.redactor,
      resolver,
      keeper: this.#keeper,
      pins: this.#pins,
      journal: this.#journal,
    })
    this.#asking = new Asking(config, {
      stateDir: options.stateDir,
      env: options.env,
      log: options.log,
      journal: this.#journal,
      cli: CLI,
      host: () => this.#host,
      ...(options.channels === undefined ? {} : { channels: options.channels }),
    })
    this.call = this.#createCorridor()
  }

  /** Starts every child in parallel and returns at once. */
  start(): void {
    this.catalog.loadPinned()
    this.fleet.onChange((id) => this.#takeTools(id))
    this.fleet.start()
    this.#listable = Promise.race([
      this.fleet.settled(),
      pause(this.#config.listWaitMs, this.#stopping.signal),
    ])
  }

  /** The list, as soon as each child is up or has failed, and no later than `defaults.listWait` after the start. */
  async list(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    await this.#listable
    return this.catalog.list()
  }

  onListChanged(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What the host calls itself, for people. */
  setHost(name: string): void {
    this.#host = visibleLine(name.slice(0, MAX_HOST_NAME))
  }

  nextCallId(): string {
    this.#calls += 1
    return `${this.#audit.session}-${this.#calls}`
  }

  /** Takes a server's present definitions as the good ones. */
  acceptTools(serverId: string, only?: string): void {
    const server = this.#config.servers.find(({ id }) => id === serverId)
    const tools = this.fleet.get(serverId)?.tools
    if (server === undefined || tools === undefined) return
    const masked = this.#options.redactor.maskJson(tools).value
    this.#pins.accept(
      serverId,
      server.launchHash,
      only === undefined ? masked : masked.filter(({ name }) => name === only),
    )
    this.#takeTools(serverId)
  }

  /** Ends children, leases and stores; idempotent, and done within 5 s. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    this.#stopping.abort()
    await this.#asking.close()
    await this.fleet.stop()
    await this.#keeper.close()
    await this.#resolver.close()
    await this.#audit.close()
  }

  #createCorridor(): Next {
    const { redactor, log } = this.#options
    const { queue, session } = this.#asking
    const ruleHashes = new Map(
      this.#config.servers.map((server) => [server.id, ruleHash(server, this.#config)]),
    )
    return corridor({
      record: {
        required: this.#config.audit.required,
        append: (type, facts) => this.#audit.append(type, facts),
        maskText: (text) => redactor.maskText(text).text,
        now: () => performance.now(),
        warn: (message) => log.warn(message),
      },
      resolve: {
        find: (emitted) => this.catalog.find(emitted),
        listed: (id, signal) => this.fleet.listed(id, signal),
      },
      limit: { limits: limitsOf(this.#config), now: () => performance.now() },
      contain: redactor,
      validate: {
        find: (emitted) => this.catalog.find(emitted),
        judge: new Judge(),
        maskText: (text) => redactor.maskText(text).text,
      },
      confirm: {
        decide: (request, asker, signal) => queue.decide(request, asker, signal),
        current: (emitted) => this.catalog.find(emitted)?.target,
        mask: (value) => redactor.maskJson(value).value,
        ruleHash: (id) => ruleHashes.get(id) ?? '',
        configHash: this.#config.hash,
        session,
      },
      scrub: redactor,
      forward: {
        child: (id) => this.fleet.get(id),
        timeoutMs: timeoutOf(this.#config),
        current: (emitted) => this.catalog.find(emitted)?.target,
      },
    })
  }

  /** What a server lists is server-written text like any other: masked before anything keeps or shows it. */
  #takeTools(id: string): void {
    const tools = this.fleet.get(id)?.tools
    if (tools === undefined) return
    const changed =
      this.#journal.attempt(`take the tools of ${id}`, () =>
        this.catalog.setTools(id, this.#options.redactor.maskJson(tools).value),
      ) ?? this.catalog.drop(id)
    if (changed) for (const listener of this.#listeners) listener()
  }
}
