/** Builds the fleet: what each server is launched with, and where its secrets, leases and events are told. */
import type { PinBook } from '../catalog/pinBook.ts'
import type { Config } from '../config/config.ts'
import { launchSpec } from '../config/rooms.ts'
import type { LargeReader } from '../large/reader.ts'
import type { Logger } from '../log.ts'
import type { Redactor } from '../redact/redactor.ts'
import { leaseFacts } from '../secrets/leases/hold.ts'
import type { LeaseKeeper } from '../secrets/leases/keeper.ts'
import type { Resolver } from '../secrets/resolve.ts'
import type { HostSide } from '../upstream/caller.ts'
import type { ChildEvent, ChildSpec } from '../upstream/child.ts'
import { logChildEvent } from '../upstream/childLog.ts'
import { Fleet } from '../upstream/fleet.ts'
import { prepareLaunch, type LaunchDeps } from '../upstream/launch.ts'
import { remoteLife } from '../upstream/remote/life.ts'
import type { LoginVault } from '../upstream/remote/oauth/vault.ts'
import type { Journal } from './journal.ts'

export interface ChildrenDeps {
  readonly env: NodeJS.ProcessEnv
  readonly log: Logger
  readonly redactor: Redactor
  readonly resolver: Resolver
  readonly keeper: LeaseKeeper
  readonly pins: PinBook
  readonly vault: LoginVault
  readonly journal: Journal
  readonly host: HostSide
  readonly large: LargeReader
}

export function createFleet(config: Config, deps: ChildrenDeps): Fleet {
  const { redactor, journal, pins, log } = deps
  const hashes = new Map(config.servers.map(({ id, launchHash }) => [id, launchHash]))
  const apps = (id: string): boolean => config.servers.find((server) => server.id === id)?.apps === true
  const launchHash = (id: string): string => hashes.get(id) ?? ''
  const launching: LaunchDeps = {
    resolver: deps.resolver,
    keeper: deps.keeper,
    onLease: (id, event) => journal.note('secret', leaseFacts(id, event)),
    environment: deps.env,
    platform: process.platform,
    execPath: process.execPath,
    vault: deps.vault,
    onSecrets: (id, secrets) => redactor.add(id, secrets),
    onUses: async (id, uses) => {
      for (const use of uses) await journal.record('secret', { server: id, ...use })
    },
    onLaunch: (id) => journal.record('server', { phase: 'launch', server: id, launch: launchHash(id) }),
    secretsIn: (text) => [...redactor.secretsIn(text).keys()],
  }
  const specs = config.servers.map((server): ChildSpec => {
    const spec = launchSpec(server, config)
    const launch = (signal: AbortSignal) => prepareLaunch(spec, launching, signal)
    const life = spec.kind === 'remote' ? remoteLife(deps.vault) : {}
    return { id: server.id, startTimeoutMs: server.startTimeoutMs, launch, ...life }
  })
  return new Fleet(specs, {
    onEvent: (event) => tell(event, journal, log),
    eras: {
      get: (id) => journal.attempt(`recall the era of ${id}`, () => pins.era(id, launchHash(id))),
      set: (id, era) =>
        journal.attempt(`remember the era of ${id}`, () => pins.setEra(id, launchHash(id), era)),
    },
    redactStream: () => redactor.stream(),
    host: deps.host,
    readLarge: (id, line, facts) => deps.large.read(line, facts, { id, apps: apps(id) }),
  })
}

const NOTED: ReadonlySet<ChildEvent['kind']> = new Set(['launched', 'exited', 'connected', 'lost', 'failed'])

function tell(event: ChildEvent, journal: Journal, log: Logger): void {
  logChildEvent(event, log)
  if (NOTED.has(event.kind)) {
    const { kind, id, ...facts } = event
    journal.note('server', { phase: kind, server: id, ...facts })
  }
}
