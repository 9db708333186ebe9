/**
 * Builds the fleet: what each server is launched with, and where its secrets, leases and events are told. A server is
 * launched as the config of that moment has it.
 */
import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import type { ServersLock } from '../../catalog/lock/servers-lock.ts'
import type { Config, ServerConfig } from '../../config/config.ts'
import { ABOVE, markBelow } from '../../config/loop/above.ts'
import { launchSpec } from '../../config/for-rooms.ts'
import { SidemuxError } from '../../errors.ts'
import type { LargeReader } from '../../large/reader.ts'
import type { Logger } from '../../log.ts'
import type { Redactor } from '../../redact/redactor.ts'
import { leaseFacts } from '../../secrets/leases/hold.ts'
import { whenMended } from '../../secrets/resolve/mended.ts'
import type { Resolver } from '../../secrets/resolve/resolve.ts'
import { WatchHealth } from '../../secrets/resolve/watch-health.ts'
import type { HostSide } from '../../upstream/messages/caller.ts'
import type { ChildEvent, ChildSpec } from '../../upstream/life/child.ts'
import type { SleepRule } from '../../upstream/life/idle-watch.ts'
import { logChildEvent } from '../../upstream/life/told/child-log.ts'
import { Fleet } from '../../upstream/life/fleet.ts'
import { prepareLaunch, launchRequests, type LaunchDeps } from '../../upstream/launch/launch.ts'
import { remoteLife, type RemoteLife } from '../../upstream/remote/remote-life.ts'
import type { LoginVault } from '../../upstream/remote/oauth/vault.ts'
import type { Journal } from '../journal.ts'
import type { KnownOffers } from './known.ts'
import { tellWatch } from './lookouts.ts'

export interface ChildrenDeps {
  /** The config of now. */
  config(): Config
  readonly env: NodeJS.ProcessEnv
  readonly log: Logger
  readonly redactor: Redactor
  readonly resolver: Resolver
  readonly keeper: LaunchDeps['keeper']
  readonly pins: ServersLock
  readonly known: Pick<KnownOffers, 'launching'>
  /** Its tools are listed, from an earlier run or this one. */
  isKnown(id: string): boolean
  /** Nothing is missing of what its launch of now offers while it doesn't run. */
  knowsLaunch(id: string): boolean
  /** A person wants to see all of them run. */
  readonly allRun: boolean
  readonly vault: LoginVault
  readonly confinement: LaunchDeps['confinement']
  readonly journal: Journal
  /** A line of stderr, masked. */
  onPrinted(id: string, line: string): void
  /** @throws SidemuxError where no human has agreed to this launch */
  allow(server: ServerConfig, config: Config): Promise<void>
  packaging: LaunchDeps['packaging']
  onSecrets: LaunchDeps['onSecrets']
  /** Resolves when what servers would get is masked (values-ahead.ts); undefined when it is. */
  maskedAhead(): Promise<void> | undefined
  readonly host: HostSide
  readonly large: LargeReader
}

export class Children {
  readonly fleet: Fleet
  readonly #deps: ChildrenDeps
  readonly #launching: LaunchDeps

  constructor(deps: ChildrenDeps) {
    const { redactor, journal, pins, log } = deps
    this.#deps = deps
    this.#launching = {
      resolver: deps.resolver,
      keeper: deps.keeper,
      health: new WatchHealth((news) => tellWatch(news, journal, log)),
      onLease: (id, event) => journal.note('secret', leaseFacts(id, event)),
      environment: deps.env,
      platform: process.platform,
      execPath: process.execPath,
      confinement: deps.confinement,
      packaging: async () => deps.packaging(),
      vault: deps.vault,
      refreshApart: async (order) =>
        (await import('../../upstream/remote/oauth/refresh-apart.ts')).refreshApart(order, deps.env),
      above: aboveMark(deps),
      onSecrets: (id, secrets) => deps.onSecrets(id, secrets),
      placeholderSeed: randomBytes(16).toString('hex'),
      onDelivery: async (id, { phase, field, ...more }) => {
        const facts = { phase, server: id, field, deliver: 'broker', ...more }
        if (phase === 'delivered') await journal.record('secret', facts)
        else journal.note('secret', facts)
      },
      onUses: async (id, uses) => {
        for (const use of uses) await journal.record('secret', { server: id, ...use })
      },
      onLaunch: (id, confinement) =>
        journal.record('server', {
          phase: 'launch',
          server: id,
          launch: this.#launchHash(id),
          ...confinement,
        }),
      secretsIn: (text) => [...redactor.secretsIn(text).keys()],
    }
    this.fleet = new Fleet(this.#specs(), {
      onEvent: (event) => {
        tell(event, journal, log)
        if (event.kind === 'stderr') deps.onPrinted(event.id, event.line)
      },
      eras: {
        get: (id) => journal.attempt(`recall the era of ${id}`, () => pins.era(id, this.#launchHash(id))),
        set: (id, era) =>
          journal.attempt(`remember the era of ${id}`, () => pins.setEra(id, this.#launchHash(id), era)),
      },
      redactStream: () => redactor.stream(),
      redactLines: () => {
        const thread = redactor.thread()
        return (line) => thread.maskText(line)
      },
      isKnown: (id) => deps.isKnown(id),
      host: deps.host,
      readLarge: (id, line, facts) =>
        deps.large.read(line, facts, { id, apps: this.#server(id)?.apps === true }),
    })
  }

  /** The servers of the config are others now; these of them keep their process. */
  change(goesOn: (id: string) => boolean): void {
    this.fleet.change(this.#specs(), goesOn)
  }

  /** They may start now, or by another launch than before. */
  begin(ids: readonly string[]): void {
    this.change((id) => !ids.includes(id))
  }

  /** They may not run any more; calls under way may end. */
  end(ids: readonly string[]): void {
    const specs = this.#specs()
    this.fleet.change(
      specs.filter(({ id }) => !ids.includes(id)),
      () => true,
    )
    this.fleet.change(specs, () => true)
  }

  #specs(): readonly ChildSpec[] {
    return this.#deps.config().servers.map((server): ChildSpec => {
      const { id, startTimeoutMs, launch } = server
      const remote = launch.kind === 'remote' ? remoteLife(this.#deps.vault) : undefined
      return {
        id,
        startTimeoutMs,
        launch: async (...given) => this.#launch(id, ...given),
        // These need no other process when they are edited.
        drainMs: () => (this.#server(id) ?? server).drainMs,
        stopGraceMs: () => (this.#server(id) ?? server).stopGraceMs,
        limits: () => (this.#server(id) ?? server).limits,
        replace: () => (this.#server(id) ?? server).replace,
        ...(!this.#deps.allRun && { sleep: () => this.#sleep(this.#server(id) ?? server) }),
        ...(remote && { pace: remote.pace }),
        mended: async (signal) => this.#mended(server, signal, remote),
      }
    })
  }

  #sleep({ id, start, idle }: ServerConfig): SleepRule {
    const untilCalled = start === 'lazy' && this.#deps.knowsLaunch(id)
    return { untilCalled, idleMs: idle.ms, endsWorking: idle.isOwn }
  }

  async #mended(server: ServerConfig, signal: AbortSignal, remote: RemoteLife | undefined): Promise<void> {
    const config = this.#deps.config()
    try {
      await this.#deps.allow(server, config)
    } catch {
      // No secret is asked for, and no store's program run, for what nobody has agreed to; a yes begins it anew.
      return new Promise(() => undefined)
    }
    const requests = launchRequests(launchSpec(server, config))
    await Promise.race([
      whenMended(this.#deps.resolver, server.id, requests, signal),
      ...(remote === undefined ? [] : [remote.mended(signal)]),
    ])
  }

  async #launch(id: string, ...given: Parameters<ChildSpec['launch']>): ReturnType<ChildSpec['launch']> {
    const server = this.#server(id)
    if (server === undefined) throw new SidemuxError(`"${id}" is not in servers.yaml any more.`)
    const config = this.#deps.config()
    await this.#deps.allow(server, config)
    refuseUnlocked(server, this.#deps.pins)
    await refuseUninstalled(server, this.#deps.pins)
    // Nothing that any server says can come before the mask.
    await this.#deps.maskedAhead()
    this.#deps.known.launching(id, server.launchHash)
    return prepareLaunch(launchSpec(server, config), this.#launching, ...given)
  }

  #server(id: string): ServerConfig | undefined {
    return this.#deps.config().servers.find((server) => server.id === id)
  }

  #launchHash(id: string): string {
    return this.#server(id)?.launchHash ?? ''
  }
}

/** @throws SidemuxError */
function refuseUnlocked({ id, launchHash }: ServerConfig, lock: ServersLock): void {
  if (lock.mayStart(id, launchHash)) return
  throw new SidemuxError(
    `it may not start: it is strict (\`pin: strict\` or --frozen), and ${basename(lock.path)} does not hold it as it is launched now`,
    { hint: `run "sidemux pin ${id}" to see what it offers, and "sidemux pin ${id} --all" to accept that` },
  )
}

/** @throws SidemuxError where servers.lock holds a package, and its entry has it started as it is written */
async function refuseUninstalled({ id, launchHash, launch }: ServerConfig, lock: ServersLock): Promise<void> {
  if (launch.kind === 'remote' || launch.install !== 'off') return
  const { refuseAsWritten } = await import('../../packages/chosen.ts')
  refuseAsWritten(id, lock.packageOf(id, launchHash), 'its entry says `install: off`')
}

function aboveMark(deps: ChildrenDeps): LaunchDeps['above'] {
  const value = markBelow(deps.config().file, deps.env)
  return value === undefined ? undefined : { name: ABOVE, value }
}

const NOTED: ReadonlySet<ChildEvent['kind']> = new Set([
  'launched',
  'exited',
  'connected',
  'lost',
  'waits',
  'replacing',
  'not-replaced',
  'failed',
])

function tell(event: ChildEvent, journal: Journal, log: Logger): void {
  logChildEvent(event, log)
  if (NOTED.has(event.kind)) {
    const { kind, id, ...facts } = event
    journal.note('server', { phase: kind, server: id, ...facts })
  }
}
