/**
 * Builds and connects once the rooms that outlive every config, and holds the present generation: what the config of
 * this moment means. All that depends on a config asks for it when it needs it, or is told of another one in
 * apply.ts.
 */
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AuditLog } from '../audit/write/log.ts'
import { tellJournal } from '../audit/seals/system-journal.ts'
import { Catalog } from '../catalog/catalog.ts'
import { LastListed } from '../catalog/listed/last-listed.ts'
import type { LockableServer } from '../catalog/lock/lock-store.ts'
import { ServersLock, type LockWriting } from '../catalog/lock/servers-lock.ts'
import { FileDenials } from '../confine/denied/denials.ts'
import { realFiles } from '../confine/real-files.ts'
import type { Config } from '../config/config.ts'
import { leaseOpening, lockableServers } from '../config/for-rooms.ts'
import { LargeReader } from '../large/reader.ts'
import type { Logger } from '../log.ts'
import { Continuations } from '../pipeline/continuation.ts'
import type { Redactor } from '../redact/redactor.ts'
import { Threads } from '../redact/threads.ts'
import { Refusals } from '../pipeline/stages/turn-away.ts'
import { Bucket } from '../policy/bucket.ts'
import { SchemaJudge } from '../schema/judge.ts'
import type { Secret } from '../secrets/secret.ts'
import { settledFacts } from '../secrets/leases/hold.ts'
import { Resolver } from '../secrets/resolve/resolve.ts'
import { storeCredentials } from '../secrets/stores/shared/credentials.ts'
import { KeptResults, sweepResults } from '../spill/kept-results.ts'
import type { ToolSearch } from '../surface/search/tool-search.ts'
import type { Fleet } from '../upstream/life/fleet.ts'
import { LoginVault } from '../upstream/remote/oauth/vault.ts'
import { visibleLine } from '../visible.ts'
import { Approvals, type AskingDeps } from './asking.ts'
import { Children } from './children/children.ts'
import { RefusedPlaces } from '../egress/refused-places.ts'
import type { Confinement } from '../upstream/launch/confined.ts'
import { confinementOf } from './children/confinement.ts'
import { tellRefused } from './children/refused.ts'
import { tellDenied } from './children/denied.ts'
import { UnconfinedServers } from './children/unconfined.ts'
import { createGeneration, type Generation, type GenerationRooms } from './generation.ts'
import { Hearing } from './host/hearing.ts'
import { HostContact } from './host/host.ts'
import { ListedForHost } from './host/listed-for-host.ts'
import { Journal } from './journal.ts'
import { LaunchTrust } from './trust/launch-trust.ts'
import { KnownOffers } from './children/known.ts'
import { Leases } from './children/leases.ts'
import { LoadedPackages } from './children/loaded-packages.ts'
import { tellLeaseLooks } from './children/lookouts.ts'
import { Stores } from './children/stores.ts'
import { ValuesAhead } from './children/values-ahead.ts'
import { stateRoom } from '../state/paths.ts'

export interface SidecarOptions {
  readonly stateDir: string
  readonly env: NodeJS.ProcessEnv
  readonly log: Logger
  readonly version: string
  /** The same one that the log scrubs with. */
  readonly redactor: Redactor
  /** In place of those of the config, e.g. the terminal that a command was typed into. */
  readonly channels?: AskingDeps['channels']
  /** All of servers.yaml, where the config is a part of it. */
  readonly whole?: Config
  /** Whether servers.lock takes what servers list first; they don't where a person is to be shown it before. */
  readonly lock?: LockWriting
  /** A person asks what there is, as no host in particular. */
  readonly anyHost?: boolean
}

const MAX_HOST_NAME = 64
/** Calls of our own tools: as many as of a server where nothing else is said. */
const OWN_RATE = '600/minute'
/** Our own program, by which sidecars know each other. */
export const CLI = fileURLToPath(new URL(`../cli${extname(import.meta.url)}`, import.meta.url))

export class Rooms {
  readonly options: SidecarOptions
  readonly audit: AuditLog
  readonly journal: Journal
  readonly stores: Stores
  readonly resolver: Resolver
  readonly leases: Leases
  readonly pins: ServersLock
  readonly asking: Approvals
  readonly trust: LaunchTrust
  /** A server that goes on as it was may start as servers.yaml has it now. */
  onHeldAgreed: () => void = () => undefined
  /** Resolves when a host's first list would be answered. */
  whenListed: () => Promise<void> = async () => undefined
  readonly results: KeptResults
  readonly large: LargeReader
  readonly host: HostContact
  readonly lists: ListedForHost
  readonly catalog: Catalog
  readonly known: KnownOffers
  readonly hearing: Hearing
  readonly children: Children
  readonly ahead: ValuesAhead
  /** What servers reached for in vain. */
  readonly refusedPlaces: RefusedPlaces
  readonly denials: FileDenials
  readonly unconfined: UnconfinedServers
  /** For those of the generations. */
  readonly shared: GenerationRooms
  /** Of now; apply.ts puts the next one in its place. */
  generation: Generation
  #hostName: string | undefined
  #toolSearch: Promise<ToolSearch> | undefined
  readonly #packages: LoadedPackages

  static async open(config: Config, options: SidecarOptions): Promise<Rooms> {
    const { stateDir, env, redactor } = options
    const dir = stateRoom(stateDir, 'audit')
    const audit = await AuditLog.open({
      dir,
      required: config.audit.required,
      now: Date.now,
      tell: tellJournal,
    })
    redactor.add('', storeCredentials(config.stores, env))
    const stores = new Stores(env)
    const opened = await stores.prepare(config)
    opened.use()
    const lockable = await lockableServers(options.whole ?? config)
    return new Rooms(config, options, { audit, stores, lockable })
  }

  private constructor(
    config: Config,
    options: SidecarOptions,
    { audit, stores, lockable }: { audit: AuditLog; stores: Stores; lockable: readonly LockableServer[] },
  ) {
    const { stateDir, env, log, redactor, channels } = options
    const now = (): Config => this.generation.config
    const threads = new Threads(redactor)
    const mask = <T>(server: string, value: T): T => threads.of(server).maskJson(value).value
    this.options = options
    this.results = new KeptResults(stateDir)
    sweepResults(stateDir)
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
    const writing = config.frozen ? 'never' : (options.lock ?? 'seen')
    this.pins = new ServersLock(stateDir, config.file, lockable, writing)
    this.catalog = new Catalog([], this.pins, ({ id, launchHash }) =>
      this.trust.waits(id) ? undefined : this.known.of(id, launchHash),
    )
    this.refusedPlaces = new RefusedPlaces((refused) => tellRefused(refused, this.journal, log, redactor))
    const confinement: Confinement = {
      ...confinementOf({ config: now, stateDir, env, refused: this.refusedPlaces }),
      onConfined: (id, sandbox) => this.denials.confined(id, sandbox),
    }
    this.#packages = new LoadedPackages({
      stateDir,
      configFile: () => now().file,
      env,
      log,
      lock: this.pins,
      confinement,
      journal: this.journal,
      settle: async (id, isFresh) => this.#settle(id, isFresh),
    })
    this.unconfined = new UnconfinedServers(confinement, log)
    this.asking = new Approvals(config, {
      stateDir,
      env,
      log,
      journal: this.journal,
      cli: CLI,
      host: () => this.#hostName,
      onLaunchDenied: async (event) => this.trust.denied(event),
      notices: () => [...this.unconfined.told, ...this.lists.tooMany].map(({ message }) => message),
      ...(channels === undefined ? {} : { channels }),
    })
    this.trust = new LaunchTrust(config, {
      stateDir,
      log,
      journal: this.journal,
      queue: () => this.asking.queue,
      session: () => this.asking.session,
      running: now,
      onAgreed: (ids) => {
        this.ahead.change()
        this.children.begin(ids)
      },
      onHeldAgreed: () => this.onHeldAgreed(),
      onRevoked: (ids) => {
        this.children.end(ids)
        const changed = this.journal.attempt('forget what they offered', () => this.catalog.forget(ids))
        if (changed !== undefined) this.host.onListsChanged(changed)
      },
      onChange: () => this.host.onListsChanged(['tools']),
    })
    this.large = new LargeReader(redactor)
    this.lists = new ListedForHost({
      catalog: this.catalog,
      asking: this.asking,
      now: () => this.generation,
      onGrants: () => this.host.onListsChanged(['tools']),
    })
    this.host = new HostContact({
      mask,
      list: (kind, view) => this.lists.list(kind, view),
      rules: () => ({ ...this.generation, parkMs: now().approvals.expire }),
    })
    this.known = new KnownOffers({
      kept: new LastListed(stateDir, config.file, (text) => log.warn(text)),
      config: now,
      capabilities: (id) => this.host.capabilities(id),
      mask: (offers) => redactor.maskJson(offers).value,
      locked: (id, launchHash) => this.pins.offers(id, launchHash),
      anyHost: options.anyHost === true,
    })
    this.hearing = new Hearing({
      catalog: this.catalog,
      pins: this.pins,
      known: this.known,
      mask: (value) => redactor.maskJson(value).value,
      host: this.host,
      journal: this.journal,
      log,
    })
    const onSecrets = (id: string, secrets: readonly Secret[]): void => {
      if (redactor.add(id, secrets)) this.hearing.learnt()
    }
    this.ahead = new ValuesAhead({
      // A command that starts one server knows the values of the others too.
      config: () => options.whole ?? now(),
      env,
      stores: stores.open,
      agreed: async (of) => this.trust.agreed(of),
      onSecrets,
      log,
    })
    this.denials = new FileDenials(realFiles, (denial) => tellDenied(denial, this.journal, log, redactor))
    this.shared = {
      audit,
      log,
      redactor,
      threads,
      ahead: this.ahead,
      catalog: this.catalog,
      hearing: this.hearing,
      fleet: () => this.fleet,
      denials: this.denials,
      asking: this.asking,
      trust: this.trust,
      continuations: new Continuations({
        session: this.asking.session,
        get expireMs() {
          return now().approvals.expire
        },
        now: Date.now,
      }),
      judge: new SchemaJudge(),
      buckets: new Map(),
      ownCalls: new Bucket(OWN_RATE),
      results: this.results,
      toolSearch: async () => (this.#toolSearch ??= newToolSearch()),
      listed: async () => this.whenListed(),
      refusals: new Refusals({
        append: (type, facts) => audit.append(type, facts),
        warn: (message) => log.warn(message),
      }),
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
      known: this.known,
      isKnown: (id) => this.catalog.knows(id),
      knowsLaunch: (id) => this.catalog.knowsLaunch(id),
      allRun: options.anyHost === true,
      vault: new LoginVault(stateDir),
      confinement,
      onPrinted: (id, line) => this.denials.heard(id, line),
      journal: this.journal,
      allow: async (server, of) => this.trust.allow(server, of),
      packaging: async () => this.#packages.packaging(),
      onSecrets,
      maskedAhead: () => this.ahead.known(),
      host: this.host,
      large: this.large,
    })
  }

  async #settle(id: string, isFresh: boolean): Promise<void> {
    const { config } = this.generation
    const server = config.servers.find((one) => one.id === id)
    if (server === undefined) return
    await (isFresh ? this.trust.settle(server, config) : this.trust.allow(server, config))
  }

  get fleet(): Fleet {
    return this.children.fleet
  }

  /** What the host calls itself, for people. */
  setHost(name: string): void {
    this.#hostName = visibleLine(name.slice(0, MAX_HOST_NAME))
  }

  /** Ends children, leases and stores; what may hold up an end doesn't hold up that of the children. */
  async close(): Promise<void> {
    this.lists.close()
    this.ahead.close()
    this.results.close()
    this.hearing.close()
    this.host.close()
    await this.trust.close()
    await Promise.all([this.asking.close(), this.fleet.stop(), this.known.write(), this.#packages.close()])
    await this.large.close()
    await this.leases.close()
    await this.resolver.close()
    await this.shared.refusals.tell()
    await this.audit.close()
  }
}

/** Few hosts search, so what ranks is loaded when one does. */
async function newToolSearch(): Promise<ToolSearch> {
  const { ToolSearch: Search } = await import('../surface/search/tool-search.ts')
  return new Search()
}
