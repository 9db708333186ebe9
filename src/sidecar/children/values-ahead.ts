/**
 * Has what servers would get masked before they are started (promise 3). A server that sleeps has its values in files that
 * another one may read, and shows that one's host the file. So before the first server of a session is launched, and before
 * the first call is looked at, the values of all servers are read that lie on this machine in clear: in the environment,
 * .env files, mounted files, and servers.yaml itself. They are read for masking alone: no server gets them, nothing is
 * started, asked or unlocked for it, and no use of a secret is written down, for there is none. What can't be read is told
 * when its server is started.
 *
 * It is read anew when servers.yaml, what a human has agreed to, or one of the files changes. Before a server was launched
 * or a call came nobody can show anything, so nothing is read: a start costs no more for it.
 */
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Config } from '../../config/config.ts'
import { launchSpec } from '../../config/for-rooms.ts'
import { errorKind } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { resolvePath } from '../../secrets/text/read-text.ts'
import { references } from '../../secrets/reference.ts'
import { Resolver } from '../../secrets/resolve/resolve.ts'
import type { Secret } from '../../secrets/secret.ts'
import type { Store } from '../../secrets/store.ts'
import { storeFor } from '../../secrets/stores/identity.ts'
import { watchDirectories } from '../../secrets/stores/shared/watch-directory.ts'
import { tellLaunchSecrets } from '../../upstream/launch/launch-secrets.ts'
import { launchRequests, type LaunchSpec } from '../../upstream/launch/launch.ts'

/** A disk that doesn't answer holds up calls no longer than this. */
const WITHIN_MS = 2000

export interface AheadDeps {
  /** The config of now. */
  config(): Config
  readonly env: NodeJS.ProcessEnv
  /** Those that are open at any time. */
  readonly stores: ReadonlyMap<string, Store>
  /** Ids of servers to whose launch a human has agreed: for others no file is read that they name. */
  agreed(config: Config): Promise<ReadonlySet<string>>
  onSecrets(id: string, secrets: readonly Secret[]): void
  readonly log: Pick<Logger, 'debug'>
}

export class ValuesAhead {
  readonly #deps: AheadDeps
  #hasBegun = false
  #isClosed = false
  #reading: Promise<void> | undefined
  #watched = ''
  #unwatch: () => void = () => undefined

  constructor(deps: AheadDeps) {
    this.#deps = deps
  }

  /** Resolves when they are known; undefined when they are. Who asks first begins the reading. Never rejects. */
  known(): Promise<void> | undefined {
    if (!this.#hasBegun) this.#read()
    return this.#reading
  }

  /** There may be others now. */
  change(): void {
    if (this.#hasBegun) this.#read()
  }

  close(): void {
    this.#isClosed = true
    this.#unwatch()
  }

  #read(): void {
    if (this.#isClosed) return
    this.#hasBegun = true
    const reading = this.#readAll()
      .catch((error: unknown) =>
        this.#deps.log.debug({ reason: errorKind(error) }, 'what servers would get could not be read'),
      )
      .finally(() => {
        if (this.#reading === reading) this.#reading = undefined
      })
    this.#reading = reading
  }

  async #readAll(): Promise<void> {
    const { env, stores } = this.#deps
    const config = this.#deps.config()
    const ids = await this.#deps.agreed(config)
    if (this.#isClosed) return
    const specs = config.servers.filter(({ id }) => ids.has(id)).map((server) => launchSpec(server, config))
    const inClear = new Map([...stores].filter(([, store]) => store.filesInClear !== undefined))
    // Before it is read, so that no change falls in between.
    this.#watch(filesOf(specs, inClear, config.dir))
    const resolver = new Resolver({ stores: inClear, env, baseDir: config.dir, deadlineMs: WITHIN_MS })
    const launches = await Promise.all(
      specs.map(async (spec) => ({
        spec,
        resolution: await resolver.resolve(spec.id, launchRequests(spec)),
      })),
    )
    const { platform, execPath } = process
    await tellLaunchSecrets(launches, { environment: env, platform, execPath }, (id, secrets) =>
      this.#deps.onSecrets(id, secrets),
    )
  }

  #watch(files: readonly string[]): void {
    const all = JSON.stringify(files)
    if (all === this.#watched) return
    this.#watched = all
    this.#unwatch()
    this.#unwatch = files.length === 0 ? () => undefined : this.#watchOver(files)
  }

  #watchOver(files: readonly string[]): () => void {
    let hasLooked = false
    return watchDirectories({
      directories: files.map((file) => dirname(file)),
      items: files,
      read: signOfNow,
      onChange: () => this.#read(),
      // What changed before the first look is no change to that one.
      onLook: () => {
        if (!hasLooked) this.#read()
        hasLooked = true
      },
    })
  }
}

/** Of what isn't there too, as it may come. Never blocks, unlike that of watch/sign.ts: a file may lie anywhere. */
async function signOfNow(file: string): Promise<string> {
  try {
    const { dev, ino, size, mode, mtimeNs, ctimeNs } = await stat(file, { bigint: true })
    return [dev, ino, size, mode, mtimeNs, ctimeNs].join(' ')
  } catch {
    return ''
  }
}

function filesOf(
  specs: readonly LaunchSpec[],
  stores: ReadonlyMap<string, Store>,
  dir: string,
): readonly string[] {
  const files = specs.flatMap((spec) =>
    launchRequests(spec)
      .flatMap(({ template }) => references(template))
      .flatMap(({ reference }) => {
        if (reference.kind === 'file') return [resolvePath(reference.path, dir)]
        if (reference.kind !== 'store') return []
        const store = stores.get(storeFor(stores, reference.store, spec.id))
        return store?.filesInClear?.([{ path: reference.path }]) ?? []
      }),
  )
  return [...new Set(files)].toSorted()
}
