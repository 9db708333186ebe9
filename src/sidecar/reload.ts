/**
 * Keeps a running sidecar with its servers.yaml. An edit applies at once. What is wrong in it is told: where that is a
 * single entry, it alone is not applied (carry.ts), else nothing is, and what ran before goes on until the file is
 * mended. The same bytes are no edit, and a file that isn't there for a
 * moment, because somebody puts another in its place, is none either.
 */
import { sha256 } from '../canonical.ts'
import type { Config } from '../config/config.ts'
import { readConfigFile } from '../config/file.ts'
import { loadConfig, type ConfigChoice, type LoadedConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import { watchConfig } from '../config/watch.ts'
import { SidemuxError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Changes } from './changes.ts'

export interface ReloadDeps {
  /** As the running config was chosen. */
  readonly choice: ConfigChoice
  readonly log: Logger
  config(): Config
  apply(config: Config): Promise<Changes>
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
  /** Of the bytes that have an error in them; looked at once. */
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
    const { file } = this.#deps.config()
    try {
      const choice = { ...this.#deps.choice, path: file }
      const { bytes } = await readConfigFile(choice)
      this.#unreadable = 0
      if (!this.#isKnown(sha256(bytes))) await this.#judge(await loadConfig(choice))
    } catch (error) {
      this.#cannotRead(error)
    }
  }

  #isKnown(hash: string): boolean {
    if (hash !== this.#deps.config().hash) return hash === this.#refused
    if (this.#told !== undefined) this.#deps.log.info('servers.yaml is again as it runs')
    this.#refused = undefined
    this.#told = undefined
    return true
  }

  async #judge({ hash, runnable: config, problems }: LoadedConfig): Promise<void> {
    const { log } = this.#deps
    const { warnings, errors: known } = this.#deps.config()
    if (this.#isKnown(hash)) return
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
