/**
 * Says which servers run unconfined: in the log when that changes, and for whoever lists servers. One that does weakens
 * the promises to all of them, so nobody should have to look for it.
 */
import type { Config } from '../../config/config.ts'
import { confinables } from '../../config/for-rooms.ts'
import { unconfinedServers, weaklyConfined, type Unconfined } from '../../confine/decision.ts'
import type { Logger } from '../../log.ts'
import type { Confinement } from '../../upstream/launch/confined.ts'

export class UnconfinedServers {
  readonly #confinement: Pick<Confinement, 'confiner'>
  readonly #log: Logger
  #told: readonly Unconfined[] = []
  #weakly: string | undefined

  constructor(confinement: Pick<Confinement, 'confiner'>, log: Logger) {
    this.#confinement = confinement
    this.#log = log
  }

  /** As it was told last, for the page. */
  get told(): readonly Unconfined[] {
    return this.#told
  }

  async of(config: Config): Promise<readonly Unconfined[]> {
    const servers = confinables(config)
    return servers.length === 0 ? [] : unconfinedServers(servers, await this.#confinement.confiner())
  }

  /** Who is confined by what closes less. */
  async weakly(config: Config): Promise<ReturnType<typeof weaklyConfined>> {
    const servers = confinables(config)
    return servers.length === 0 ? undefined : weaklyConfined(servers, await this.#confinement.confiner())
  }

  /** Writes what is new of it to the log. Never rejects. */
  async tell(config: Config): Promise<void> {
    const before = new Set(this.#told.map(({ message }) => message))
    this.#told = await this.of(config)
    for (const { message, hint, reason } of this.#told.filter((one) => !before.has(one.message))) {
      const text = `${message}\n  hint: ${hint}`
      // The rest was decided by who wrote the entries.
      if (reason === 'nothing') this.#log.warn(text)
      else this.#log.info(text)
    }
    const weakly = (await this.weakly(config))?.message
    if (weakly !== undefined && weakly !== this.#weakly) this.#log.info(weakly)
    this.#weakly = weakly
  }
}
