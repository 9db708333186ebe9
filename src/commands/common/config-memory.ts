/** Has what servers.yaml means remembered for the next start, beside what is going on (config/remembered/). */
import type { ConfigChoice, LoadedConfig } from '../../config/load.ts'
import { systemErrorCode } from '../../errors.ts'
import type { Logger } from '../../log.ts'

export class ConfigMemory {
  readonly #choice: ConfigChoice
  readonly #stateDir: string
  readonly #log: Logger
  /** One after the other, so that the last one stays. */
  #writing: Promise<void> = Promise.resolve()

  constructor(choice: ConfigChoice, stateDir: string, log: Logger) {
    this.#choice = choice
    this.#stateDir = stateDir
    this.#log = log
  }

  keep(loaded: LoadedConfig): void {
    this.#writing = this.#writing.then(() => this.#write(loaded))
  }

  /** Never rejects. */
  async end(): Promise<void> {
    await this.#writing
  }

  async #write(loaded: LoadedConfig): Promise<void> {
    try {
      const { rememberConfig } = await import('../../config/remembered/remember.ts')
      await rememberConfig(loaded, this.#choice, this.#stateDir)
    } catch (error) {
      this.#log.debug({ reason: systemErrorCode(error) }, 'what servers.yaml means could not be remembered')
    }
  }
}
