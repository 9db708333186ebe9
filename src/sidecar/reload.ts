/**
 * Keeps a running sidecar with its servers.yaml. An edit applies at once. What is wrong in it is told: where that is a
 * single entry, it alone is not applied (carry.ts), else nothing is, and what ran before goes on until the file is
 * mended. The same bytes are no edit. A file that isn't there for a moment is none either, because somebody puts
 * another in its place. What is wrong, or ends a server, is looked at a second time before it counts: half of a file may
 * have been read.
 */
import { sha256 } from '../json/canonical.ts'
import type { Config } from '../config/config.ts'
import { readConfigFile } from '../config/file/file.ts'
import type { ConfigChoice, LoadedConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import { watchConfig } from '../config/file/watch.ts'
import { SidemuxError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { ConfigChanges } from './changes.ts'

export interface ReloadDeps {
  /** As the running config was chosen. */
  readonly choice: ConfigChoice
  readonly log: Logger
  config(): Config
  apply(config: Config): Promise<ConfigChanges>
  /** It is what runs now. */
  applied(loaded: LoadedConfig): void
  /** Writes down that what has this hash was not applied. */
  refused(hash: string, problems: number): void
}

const LOOK_AGAIN_MS = 500
/** In a row. Then it is told; who replaces a file takes no two seconds. */
const MAX_UNREADABLE = 4
const GOES_ON = 'sidemux goes on with the configuration that it has'

export class Reload {
  readonly #deps: ReloadDeps
  readonly #unwatch: () => void
  /** The bytes that were seen last, where they may be half of a file, and since when (performance.now). */
  #doubted: { readonly hash: string; readonly from: number } | undefined
  /** Of the bytes that have an error in them; looked at twice. */
  #refused: string | undefined
  /** Of the bytes that people were told of; what only failed to apply is tried again. */
  #told: string | undefined
  #unreadable = 0
  #again = false
  #turn: Promise<void> | undefined
  #stopped = false

  constructor(deps: ReloadDeps) {
    this.#deps = deps
    this.#unwatch = watchConfig(deps.config().file, () => this.#look())
  }

  /** Resolves when nothing is being applied any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#unwatch()
    await this.#turn
  }

  /** One edit after the other; of those that come meanwhile the last one counts. */
  #look(): void {
    this.#again = true
    this.#turn ??= this.#work().finally(() => {
      this.#turn = undefined
    })
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false
      await this.#read()
    }
  }

  async #read(): Promise<void> {
    const { file, believed } = this.#deps.config()
    try {
      // Named by its whole path now, and believed no more than before.
      const choice = { ...this.#deps.choice, path: file, believed }
      const { bytes } = await readConfigFile(choice)
      this.#unreadable = 0
      if (this.#isKnown(sha256(bytes))) return
      // What reads the file isn't loaded before it is edited.
      const { loadConfig } = await import('../config/load.ts')
      await this.#judge(await loadConfig(choice))
    } catch (error) {
      this.#cannotRead(error)
    }
  }

  #isKnown(hash: string): boolean {
    if (hash !== this.#deps.config().hash) return hash === this.#refused
    if (this.#told !== undefined) this.#deps.log.info('servers.yaml is again as it runs')
    this.#doubted = undefined
    this.#refused = undefined
    this.#told = undefined
    return true
  }

  async #judge(loaded: LoadedConfig): Promise<void> {
    const { hash, runnable: config, problems } = loaded
    const { log } = this.#deps
    const { warnings, errors: known } = this.#deps.config()
    if (this.#isKnown(hash)) return
    if (this.#isDoubtful(config) && !this.#isOld(hash)) return
    this.#doubted = undefined
    if (config === undefined) {
      const errors = problems.filter(({ severity }) => severity === 'error').map(formatProblem)
      this.#refused = hash
      this.#tell(hash, errors.length, errors.join('\n'))
      return
    }
    const told = new Set([...warnings, ...known].map(({ message }) => message))
    try {
      const changes = await this.#deps.apply(config)
      this.#refused = undefined
      this.#told = undefined
      this.#deps.applied(loaded)
      log.info({ ...changes }, 'servers.yaml has changed and applies')
    } catch (error) {
      if (!this.#stopped) this.#tell(hash, 1, reasonOf(error))
      return
    }
    for (const problem of [...config.errors, ...config.warnings])
      if (!told.has(problem.message)) log.warn(formatProblem(problem))
    for (const { id, line, runs } of this.#deps.config().odd)
      log.warn(
        `${id === '' ? `the entry in line ${line}` : id} ${runs === true ? 'goes on as it was before the edit' : 'is kept down'}`,
      )
  }

  /** It may be half of a file: it has an error in it, or a server that runs isn't there any more. */
  #isDoubtful(config: Config | undefined): boolean {
    if (config === undefined || config.errors.length > 0) return true
    const ids = new Set(config.servers.map(({ id }) => id))
    return this.#deps.config().servers.some(({ id }) => !ids.has(id))
  }

  /** These bytes are still there after a while. Until they are, they are looked at again. */
  #isOld(hash: string): boolean {
    const now = performance.now()
    const { from } = (this.#doubted = this.#doubted?.hash === hash ? this.#doubted : { hash, from: now })
    if (now - from >= LOOK_AGAIN_MS) return true
    setTimeout(() => this.#look(), LOOK_AGAIN_MS - (now - from) + 1).unref()
    return false
  }

  #tell(hash: string, problems: number, what: string): void {
    if (hash === this.#told) return
    this.#told = hash
    this.#deps.refused(hash, problems)
    this.#deps.log.warn({ hint: 'correct it, then run "sidemux check"' }, `${what}\n${GOES_ON}`)
  }

  #cannotRead(error: unknown): void {
    this.#unreadable += 1
    if (this.#unreadable < MAX_UNREADABLE) setTimeout(() => this.#look(), LOOK_AGAIN_MS).unref()
    if (this.#unreadable !== MAX_UNREADABLE) return
    const hint = error instanceof SidemuxError ? error.hint : undefined
    this.#deps.log.warn({ hint }, `${reasonOf(error)}; ${GOES_ON}`)
  }
}

function reasonOf(error: unknown): string {
  return error instanceof SidemuxError ? error.message : 'servers.yaml could not be applied'
}
