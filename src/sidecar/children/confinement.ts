/**
 * Says what confined servers have and what they never see: each its own home in the state directory, and none of
 * servers.yaml, servers.lock, the state directory and the files of stores (promises 2 and 5).
 */
import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { closedSettings } from '../../confine/closed.ts'
import { findConfiner, type Confiner } from '../../confine/confiner/confiner.ts'
import { homeName } from '../../confine/own-home.ts'
import { lockPath } from '../../catalog/lock/lock-path.ts'
import type { Config } from '../../config/config.ts'
import { readRuns } from '../../dashboard/neighbours/runs.ts'
import type { Egress } from '../../egress/egress.ts'
import type { RefusedPlaces } from '../../egress/refused-places.ts'
import { makeDirectory } from '../../state/directory.ts'
import { stateFile } from '../../state/paths.ts'
import type { Confinement } from '../../upstream/launch/confined.ts'

export interface ConfinementDeps {
  /** The one of now. */
  readonly config: () => Config
  readonly stateDir: string
  readonly env: NodeJS.ProcessEnv
  readonly refused: RefusedPlaces
}

/** By PATH. What a machine confines with is found out once a process, for that takes three others. */
const found = new Map<string | undefined, Promise<Confiner>>()

function confinerOf(path: string | undefined): Promise<Confiner> {
  const known = found.get(path) ?? findConfiner({ platform: process.platform, path })
  found.set(path, known)
  return known
}

export function confinementOf({ config, stateDir, env, refused }: ConfinementDeps): Confinement {
  let egress: Promise<Egress> | undefined
  return {
    confiner: async () => confinerOf(env['PATH']),
    closed: async () => (process.getuid?.() === 0 ? closedSettings(env['PATH']) : []),
    protect: () => [config().file, lockPath(config().file), stateDir, ...storeFiles(config())],
    home: (server) => {
      const home = stateFile(stateDir, 'home', { server: homeName({ ...server, config: config().file }) })
      makeDirectory(home)
      return home
    },
    wayOut: async (order) => {
      // Few have servers that need one.
      egress ??= import('../../egress/egress.ts').then(
        (room) => new room.Egress({ stateDir, env, refused, doors: () => doorsOf(stateDir) }),
      )
      return (await egress).open(order)
    },
  }
}

/** Where sidemuxes of this user listen, this one too. */
async function doorsOf(stateDir: string): Promise<ReadonlySet<number>> {
  return new Set((await readRuns(stateDir)).map(({ port }) => port))
}

/** The files that a store's settings name, whatever the key is called, and the directory of a store of files. */
function storeFiles({ stores, dir, environment }: Config): string[] {
  return [...stores.values()].flatMap((store) =>
    textsIn(store)
      .flatMap((text) => [text.replaceAll('{environment}', environment), ...ofOthers(text, dir)])
      .map((path) => resolve(dir, path))
      .filter((path) => store.type === 'file' || isFile(path)),
  )
}

/** What the store would read in other environments, where their names stand in that of the file. */
function ofOthers(text: string, dir: string): string[] {
  const [before = '', after] = basename(text).split('{environment}')
  if (after === undefined || dirname(text).includes('{environment}')) return []
  const folder = resolve(dir, dirname(text))
  return namesIn(folder)
    .filter((name) => name.startsWith(before) && name.endsWith(after))
    .map((name) => join(folder, name))
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : []
}
