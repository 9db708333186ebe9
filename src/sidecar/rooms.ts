/**
 * What outlives every config, built once and connected, and the generation of now: what the config of this moment means.
 * All that depends on a config asks for it when it needs it, or is told of another one in apply.ts.
 */
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Channel } from '../approval/channels/channel.ts'
import { AuditLog } from '../audit/log.ts'
import { Catalog } from '../catalog/catalog.ts'
import { PinBook } from '../catalog/pinBook.ts'
import type { Config } from '../config/config.ts'
import { leaseOpening } from '../config/rooms.ts'
import { LargeReader } from '../large/reader.ts'
import type { Logger } from '../log.ts'
import { Continuations } from '../pipeline/continuation.ts'
import type { Redactor } from '../redact/redactor.ts'
import { Threads } from '../redact/threads.ts'
import { Judge } from '../schema/judge.ts'
import { settledFacts } from '../secrets/leases/hold.ts'
import { Resolver } from '../secrets/resolve.ts'
import { storeCredentials } from '../secrets/stores/shared/credentials.ts'
import type { Fleet } from '../upstream/fleet.ts'
import { LoginVault } from '../upstream/remote/oauth/vault.ts'
import { visibleLine } from '../visible.ts'
import { Asking } from './asking.ts'
import { Children } from './children.ts'
import { createGeneration, type Generation, type GenerationRooms } from './generation.ts'
import { HostLink } from './host.ts'
import { Journal } from './journal.ts'
import { Leases } from './leases.ts'
import { tellLeaseLooks } from './lookouts.ts'
import { Stores } from './stores.ts'

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

const MAX_HOST_NAME = 64
/** By which sidecars know each other's processes. */
const CLI = fileURLToPath(new URL(`../cli${extname(import.meta.url)}`, import.meta.url))

export class Rooms {
  readonly options: SidecarOptions
  readonly audit: AuditLog
  readonly journal: Journal
  readonly stores: Stores
  readonly resolver: Resolver
  readonly leases: Leases
  readonly pins: PinBook
  readonly asking: Asking
  readonly large: LargeReader
  readonly host: HostLink
  readonly catalog: Catalog
  readonly children: Children
  /** For those of the generations. */
  readonly shared: GenerationRooms
  /** Of now; apply.ts puts the next one in its place. */
  generation: Generation
  #hostName: string | undefined

  static async open(config: Config, options: SidecarOptions): Promise<Rooms> {
    const { stateDir, env, redactor } = options
    const dir = join(stateDir, 'audit')
    const audit = await AuditLog.open({ dir, required: config.audit.required, now: Date.now })
    redactor.add('', storeCredentials(config.stores, env))
    const stores = new Stores(env)
    const opened = await stores.prepare(config)
    opened.use()
    return new Rooms(config, options, audit, stores)
  }

  private constructor(config: Config, options: SidecarOptions, audit: AuditLog, stores: Stores) {
    const { stateDir, env, log, redactor, channels } = options
    const now = (): Config => this.generation.config
    const threads = new Threads(redactor)
    const mask = <T>(server: string, value: T): T => threads.of(server).maskJson(value).value
    this.options = options
    this.audit = audit
    this.stores = stores
    this.journal = new Journal(audit, () => now().audit.required, log)
    this.resolver = new Resolver({ stores: stores.open, env, baseDir: config.dir })
    this.leases = new Leases(leaseOpening(config, options), {
      onSettled: (settled) => {
        for (const one of settled) this.journal.note('secret', settledFacts(one))
      },
      onNews: (news) => tellLeaseLooks(news, this.journal, log),
    })
    this.pins = new PinBook(stateDir, config.file)
    this.catalog = new Catalog([], this.pins)
    this.asking = new Asking(config, {
      stateDir,
      env,
      log,
      journal: this.journal,
      cli: CLI,
      host: () => this.#hostName,
      ...(channels === undefined ? {} : { channels }),
    })
    this.large = new LargeReader(redactor)
    this.host = new HostLink({
      mask,
      list: (kind, view) => this.catalog.list(kind, view),
      rules: () => ({ ...this.generation, parkMs: now().approvals.expire }),
    })
    this.shared = {
      audit,
      log,
      redactor,
      threads,
      catalog: this.catalog,
      fleet: () => this.fleet,
      asking: this.asking,
      continuations: new Continuations({
        session: this.asking.session,
        get expireMs() {
          return now().approvals.expire
        },
        now: Date.now,
      }),
      judge: new Judge(),
      buckets: new Map(),
      config: now,
      relaying: {
        mask,
        foreignSecrets: (value, server) => redactor.foreignSecrets(value, server),
        record: (facts) => this.journal.record('question', { ...facts }),
        note: (facts) => this.journal.note('question', { ...facts }),
      },
    }
    this.generation = createGeneration(config, this.shared)
    this.catalog.reconfigure(this.generation.catalog)
    this.children = new Children({
      config: now,
      env,
      log,
      redactor,
      resolver: this.resolver,
      keeper: this.leases,
      pins: this.pins,
      vault: new LoginVault(stateDir),
      journal: this.journal,
      host: this.host,
      large: this.large,
    })
  }

  get fleet(): Fleet {
    return this.children.fleet
  }

  /** What the host calls itself, for people. */
  setHost(name: string): void {
    this.#hostName = visibleLine(name.slice(0, MAX_HOST_NAME))
  }

  /** Ends children, leases and stores; within 5 s. */
  async close(): Promise<void> {
    this.host.close()
    await this.asking.close()
    await this.fleet.stop()
    await this.large.close()
    await this.leases.close()
    await this.resolver.close()
    await this.audit.close()
  }
}
