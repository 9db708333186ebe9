/**
 * Gives servers their one way out: a door for each run (door.ts), in a directory of its own, and what the sandbox needs to
 * have a network that ends there (inside/). The directory goes as soon as the server has come in, since the sandbox holds
 * the door from then on; so no other program finds it, and a sidemux that is killed leaves nothing (promise 8).
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, closeSync, lstatSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemPerl } from '../confine/confiner/programs.ts'
import { systemCallsOf } from '../confine/confiner/landlock/system-calls.ts'
import type { Enter, Mount } from '../confine/mounts.ts'
import type { NetworkRules } from '../confine/network.ts'
import { realFiles } from '../confine/real-files.ts'
import { SidemuxError } from '../errors.ts'
import { makeDirectory } from '../state/directory.ts'
import { stateFile, stateRoom } from '../state/paths.ts'
import type { EgressRules } from './decide.ts'
import { openDoor, type DoorDeps } from './door.ts'
import { DOOR_NAME, enterNetwork, networkFiles, networkMounts } from './inside/own-network.ts'
import type { Destination, Interceptor } from './interceptor.ts'
import { Lookups, SharedLookups, type ResolveName } from './lookup.ts'
import type { RefusedPlaces } from './refused-places.ts'
import { shownBy, withPorts, type ShownLaunch } from './shown.ts'

export interface EgressDeps {
  readonly stateDir: string
  /** sidemux's own: where its company's proxy is, and its programs. */
  readonly env: NodeJS.ProcessEnv
  readonly refused: RefusedPlaces
  readonly doors: DoorDeps['doors']
  /** The system's, when absent. */
  readonly resolve?: ResolveName
}

export interface WayOrder {
  readonly server: string
  readonly network: NetworkRules
  readonly launch: ShownLaunch
  /** Who puts brokered secrets into its requests. */
  readonly interceptor?: Interceptor | undefined
  /** What he answers for, reached whatever `network` names. */
  readonly also?: readonly Destination[]
  /** What more stands in the sandbox. */
  readonly files?: readonly InsideFile[]
}

export interface InsideFile {
  /** One part of a path. */
  readonly name: string
  readonly text: string
  /** Where it stands inside. */
  readonly paths: readonly string[]
}

export interface OpenedWay {
  readonly mounts: readonly Mount[]
  readonly enter: Enter
  /** When the server is gone, or never came to be. May be called again. */
  close(): void
}

/** The longest name of a socket that every Unix takes. */
const MAX_SOCKET_PATH = 100

export class Egress {
  readonly #deps: EgressDeps
  readonly #lookups: SharedLookups
  #isSwept = false

  constructor(deps: EgressDeps) {
    this.#deps = deps
    this.#lookups = new SharedLookups(deps.resolve)
  }

  /** @throws SidemuxError where this machine lacks what it takes */
  async open({ server, network, launch, interceptor, also = [], files = [] }: WayOrder): Promise<OpenedWay> {
    const { stateDir, env, refused, doors } = this.#deps
    const perl = systemPerl(env['PATH'])
    const calls = systemCallsOf(process.arch)
    if (calls === undefined)
      throw new SidemuxError(
        `"${server}" may reach named hosts only, which this version can't see to on ${process.arch}`,
        {
          hint: `set sandbox.network of "${server}" in servers.yaml to all or none`,
        },
      )
    if (perl === undefined)
      throw new SidemuxError(
        `"${server}" may reach named hosts only, and perl, which sees to that, is not installed`,
        {
          hint: `install it: apt install perl, dnf install perl, pacman -S perl, apk add perl; or set sandbox.network of "${server}" to all or none`,
        },
      )
    const shown = [...shownBy(launch), ...also]
    const rules: EgressRules = {
      network: withPorts(withHosts(network, also), shown),
      shown: shown.flatMap(({ host, port }) => (host === 'localhost' ? port : [])),
    }
    this.#sweep()
    const directory = stateFile(stateDir, 'network', { token: randomBytes(12).toString('hex') })
    makeDirectory(directory)
    const remove = (): void => rmSync(directory, { recursive: true, force: true })
    try {
      for (const { name, text } of [...networkFiles(), ...files])
        writeFileSync(join(directory, name), text, { mode: 0o600, flag: 'wx' })
      const door = await openAt(directory, {
        server,
        rules,
        interceptor,
        lookups: new Lookups(async (name) => this.#lookups.find(name)),
        env,
        doors,
        onRefused: (refusal) => refused.add(refusal),
        onEntered: remove,
      })
      const user = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
      return {
        mounts: [
          ...networkMounts(directory, realFiles),
          ...files.flatMap((file) => mountsOf(file, directory)),
        ],
        enter: enterNetwork(
          { perl, calls, ...user },
          rules,
          also.map(({ port }) => port),
        ),
        close() {
          door.close()
          remove()
        },
      }
    } catch (error) {
      remove()
      throw error
    }
  }
  /** What a sidemux left behind that was killed before its server had come in. */
  #sweep(): void {
    if (this.#isSwept) return
    this.#isSwept = true
    const room = stateRoom(this.#deps.stateDir, 'network')
    makeDirectory(room)
    for (const name of readdirSync(room)) {
      const path = join(room, name)
      // Another sidemux may have removed its own meanwhile.
      const { mtimeMs } = lstatSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Infinity }
      if (Date.now() - mtimeMs > LEFT_BEHIND_MS) rmSync(path, { recursive: true, force: true })
    }
  }
}

function withHosts(network: NetworkRules, also: readonly Destination[]): NetworkRules {
  if (network.kind !== 'named') return network
  return {
    kind: 'named',
    hosts: [...network.hosts, ...also.map(({ host, port }) => ({ host, ports: [port] }))],
  }
}

function mountsOf({ name, paths }: InsideFile, directory: string): Mount[] {
  return paths.map((path) => ({ kind: 'read', path, from: join(directory, name) }))
}

/** Longer than any server takes to come in. */
const LEFT_BEHIND_MS = 10 * 60_000

async function openAt(directory: string, deps: DoorDeps): ReturnType<typeof openDoor> {
  const path = join(directory, DOOR_NAME)
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) return withMode(path, await openDoor(path, deps))
  // A longer path is reached over the directory's own number.
  const number = openSync(directory, 'r')
  try {
    return withMode(path, await openDoor(`/proc/self/fd/${number}/${DOOR_NAME}`, deps))
  } finally {
    closeSync(number)
  }
}

function withMode<T>(path: string, door: T): T {
  chmodSync(path, 0o600)
  return door
}
