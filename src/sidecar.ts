/**
 * The composition root: builds the rooms from a resolved Config and connects them. Wiring only; what any of this
 * means is decided in the rooms.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { elicitationChannel } from './approval/channels/elicitation.ts'
import type { Channel } from './approval/channels/channel.ts'
import { approvalFacts, ApprovalQueue } from './approval/queue.ts'
import { Seal } from './approval/seal.ts'
import { AuditLog } from './audit/log.ts'
import { Catalog } from './catalog/catalog.ts'
import { PinBook } from './catalog/pinBook.ts'
import type { Config } from './config/config.ts'
import { catalogServer, launchSpec, leaseOpening, limitsOf, timeoutOf } from './config/rooms.ts'
import type { Logger } from './log.ts'
import type { Next } from './pipeline/call.ts'
import { corridor } from './pipeline/order.ts'
import { Redactor } from './redact/redactor.ts'
import { leaseFacts } from './secrets/leases/hold.ts'
import { LeaseKeeper } from './secrets/leases/keeper.ts'
import { Resolver } from './secrets/resolve.ts'
import { storeCredentials } from './secrets/stores/shared/credentials.ts'
import { openStores } from './secrets/stores/index.ts'
import type { ChildEvent } from './upstream/child.ts'
import { logChildEvent } from './upstream/childLog.ts'
import { Fleet } from './upstream/fleet.ts'
import { prepareLaunch, type LaunchDeps } from './upstream/launch.ts'
import { pause } from './upstream/wait.ts'

export interface SidecarOptions {
  readonly stateDir: string
  readonly env: NodeJS.ProcessEnv
  readonly log: Logger
  readonly version: string
  /** The same one that the log scrubs with. */
  readonly redactor: Redactor
  /** Asked before those of the config, e.g. the terminal that a command was typed into. */
  readonly channels?: readonly Channel[]
}

export class Sidecar {
  readonly call: Next
  readonly catalog: Catalog
  readonly fleet: Fleet
  readonly #options: SidecarOptions
  readonly #config: Config
  readonly #audit: AuditLog
  readonly #resolver: Resolver
  readonly #keeper: LeaseKeeper
  readonly #pins: PinBook
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
    await sidecar.#record('server', {
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
    this.#keeper = new LeaseKeeper({
      opening: leaseOpening(config, options),
      onSettled: (settled) => {
        for (const facts of settled) this.#note('secret', { phase: 'settled', ...facts })
      },
    })
    this.#pins = new PinBook(options.stateDir, config.file)
    this.catalog = new Catalog(
      config.servers.map((server) => catalogServer(server, config)),
      this.#pins,
    )
    this.fleet = this.#createFleet()
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
    await this.fleet.stop()
    await this.#keeper.close()
    await this.#resolver.close()
    await this.#audit.close()
  }

  #createFleet(): Fleet {
    const { redactor, env } = this.#options
    const deps: LaunchDeps = {
      resolver: this.#resolver,
      keeper: this.#keeper,
      onLease: (id, event) => this.#note('secret', leaseFacts(id, event)),
      environment: env,
      platform: process.platform,
      execPath: process.execPath,
      onSecrets: (id, secrets) => redactor.add(id, secrets),
      onUses: async (id, uses) => {
        for (const use of uses) await this.#record('secret', { server: id, ...use })
      },
      onLaunch: (id) => this.#record('server', { phase: 'launch', server: id, launch: this.#launchHash(id) }),
      secretsIn: (text) => [...redactor.secretsIn(text).keys()],
    }
    const specs = this.#config.servers.flatMap((server) => {
      const spec = launchSpec(server, this.#config)
      if (spec === undefined) return []
      const launch = (signal: AbortSignal) => prepareLaunch(spec, deps, signal)
      return [{ id: server.id, startTimeoutMs: server.startTimeoutMs, launch }]
    })
    return new Fleet(specs, {
      onEvent: (event) => this.#onChildEvent(event),
      eras: {
        get: (id) => this.#attempt(`recall the era of ${id}`, () => this.#pins.era(id, this.#launchHash(id))),
        set: (id, era) =>
          this.#attempt(`remember the era of ${id}`, () => this.#pins.setEra(id, this.#launchHash(id), era)),
      },
      redactStream: () => redactor.stream(),
    })
  }

  #createCorridor(): Next {
    const { redactor, log } = this.#options
    const { approvals, hash: configHash } = this.#config
    const session = randomUUID()
    const queue = new ApprovalQueue({
      channels: [
        ...(this.#options.channels ?? []),
        ...(approvals.channels.includes('elicitation') ? [elicitationChannel] : []),
      ],
      seal: new Seal(session),
      waitMs: approvals.wait,
      expireMs: approvals.expire,
      now: Date.now,
      onEvent: (event) => this.#record('approval', approvalFacts(event)),
    })
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
      confirm: {
        decide: (request, asker, signal) => queue.decide(request, asker, signal),
        current: (emitted) => this.catalog.find(emitted)?.target,
        mask: (value) => redactor.maskJson(value).value,
        configHash,
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
      this.#attempt(`take the tools of ${id}`, () =>
        this.catalog.setTools(id, this.#options.redactor.maskJson(tools).value),
      ) ?? this.catalog.drop(id)
    if (changed) for (const listener of this.#listeners) listener()
  }

  #onChildEvent(event: ChildEvent): void {
    logChildEvent(event, this.#options.log)
    if (event.kind === 'launched' || event.kind === 'exited' || event.kind === 'failed') {
      const { kind, id, ...facts } = event
      this.#note('server', { phase: kind, server: id, ...facts })
    }
  }

  /** What has happened already, so that nothing is left to be refused when it can't be written. */
  #note(type: string, facts: Record<string, unknown>): void {
    this.#record(type, facts).catch(() => {
      this.#options.log.error(facts, 'a record could not be written to the audit log')
    })
  }

  /** @throws what the audit log throws, when the config requires it. */
  async #record(type: string, facts: Record<string, unknown>): Promise<void> {
    try {
      await this.#audit.append(type, facts)
    } catch (error) {
      if (this.#config.audit.required) throw error
      this.#options.log.warn('a record could not be written to the audit log')
    }
  }

  #attempt<T>(what: string, act: () => T): T | undefined {
    try {
      return act()
    } catch (error) {
      this.#options.log.error(
        `could not ${what}: ${error instanceof Error ? error.message : 'unknown error'}`,
      )
      return undefined
    }
  }

  #launchHash(id: string): string {
    return this.#config.servers.find((server) => server.id === id)?.launchHash ?? ''
  }
}
