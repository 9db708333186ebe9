/**
 * Builds the fleet: what each server is launched with, and where its secrets, leases and events are told. A server is
 * launched as the config of that moment has it.
 */
import type { PinBook } from '../catalog/pinBook.ts'
import type { Config, ServerConfig } from '../config/config.ts'
import { ABOVE, markBelow } from '../config/loop/above.ts'
import { launchSpec } from '../config/rooms.ts'
import { SidemuxError } from '../errors.ts'
import type { LargeReader } from '../large/reader.ts'
import type { Logger } from '../log.ts'
import type { Redactor } from '../redact/redactor.ts'
import { leaseFacts } from '../secrets/leases/hold.ts'
import { whenMended } from '../secrets/mended.ts'
import type { Resolver } from '../secrets/resolve.ts'
import { WatchHealth } from '../secrets/watch-health.ts'
import type { HostSide } from '../upstream/caller.ts'
import type { ChildEvent, ChildSpec } from '../upstream/child.ts'
import { logChildEvent } from '../upstream/childLog.ts'
import { Fleet } from '../upstream/fleet.ts'
import { prepareLaunch, requests, type LaunchDeps } from '../upstream/launch.ts'
import { remoteLife } from '../upstream/remote/life.ts'
import type { LoginVault } from '../upstream/remote/oauth/vault.ts'
import type { Journal } from './journal.ts'
import { tellWatch } from './lookouts.ts'

export interface ChildrenDeps {
  /** The config of now. */
  config(): Config
  readonly env: NodeJS.ProcessEnv
  readonly log: Logger
  readonly redactor: Redactor
  readonly resolver: Resolver
  readonly keeper: LaunchDeps['keeper']
  readonly pins: PinBook
  readonly vault: LoginVault
  readonly journal: Journal
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
      vault: deps.vault,
      above: aboveMark(deps),
      onSecrets: (id, secrets) => redactor.add(id, secrets),
      onUses: async (id, uses) => {
        for (const use of uses) await journal.record('secret', { server: id, ...use })
      },
      onLaunch: (id) =>
        journal.record('server', { phase: 'launch', server: id, launch: this.#launchHash(id) }),
      secretsIn: (text) => [...redactor.secretsIn(text).keys()],
    }
    this.fleet = new Fleet(this.#specs(), {
      onEvent: (event) => tell(event, journal, log),
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
      host: deps.host,
      readLarge: (id, line, facts) =>
        deps.large.read(line, facts, { id, apps: this.#server(id)?.apps === true }),
    })
  }

  /** The servers of the config are others now; these of them keep their process. */
  change(goesOn: (id: string) => boolean): void {
    this.fleet.change(this.#specs(), goesOn)
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
        replace: () => (this.#server(id) ?? server).replace,
        ...(remote && { pace: remote.pace }),
        mended: async (signal) =>
          Promise.race([
            whenMended(this.#deps.resolver, id, requests(launchSpec(server, this.#deps.config())), signal),
            ...(remote ? [remote.mended(signal)] : []),
          ]),
      }
    })
  }

  async #launch(id: string, ...given: Parameters<ChildSpec['launch']>): ReturnType<ChildSpec['launch']> {
    const server = this.#server(id)
    if (server === undefined) throw new SidemuxError(`"${id}" is not in servers.yaml any more.`)
    return prepareLaunch(launchSpec(server, this.#deps.config()), this.#launching, ...given)
  }

  #server(id: string): ServerConfig | undefined {
    return this.#deps.config().servers.find((server) => server.id === id)
  }

  #launchHash(id: string): string {
    return this.#server(id)?.launchHash ?? ''
  }
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
