/**
 * Notices about the door for people: on the page, in the audit log and in the log. Their number is limited, because
 * strangers can cause them.
 */
import type { Logger } from '../log.ts'
import { Bucket } from '../policy/bucket.ts'
import type { callerFacts, DashboardEvent } from './event.ts'

export interface NoticesOptions {
  readonly log: Logger
  readonly now: () => number
  onEvent(event: DashboardEvent): Promise<void>
  /** The page has something new to show. */
  onChange(): void
}

const MAX_NOTICES = 20
const MAX_REFUSED_NAMES = 5
const REFUSALS_TOLD = '20/minute'

export class Notices {
  readonly #options: NoticesOptions
  readonly #shown: string[] = []
  readonly #refusedNames = new Set<string>()
  readonly #refusalsTold = new Bucket(REFUSALS_TOLD)
  #untold = 0

  constructor(options: NoticesOptions) {
    this.#options = options
  }

  /** Oldest first. */
  get shown(): readonly string[] {
    return this.#shown
  }

  refused(door: 'page' | 'local', why: string, facts: ReturnType<typeof callerFacts>): void {
    if (why === 'inside' || why === 'other-process' || why === 'other-user') this.#showRefused(facts.names)
    if (!this.#refusalsTold.take(this.#options.now()).ok) {
      this.#untold += 1
      return
    }
    const unwritten = this.#untold
    this.#untold = 0
    void this.#tell({ phase: 'caller-refused', door, why, ...facts, unwritten })
  }

  async voided(session: string, takenBack: number): Promise<void> {
    const answers =
      takenBack === 1
        ? '1 answer given on it and not used yet is'
        : `${takenBack} answers given on it and not used yet are`
    this.#show(
      `The link of a page was used twice, so another program may have seen it. That page is closed, and ${answers} void.`,
    )
    this.#options.log.warn({ session, takenBack }, 'the link of the page was used twice; its session is void')
    await this.#tell({ phase: 'session-voided', session, takenBack })
  }

  /** What has happened already; nothing is left to be refused when it can't be written. */
  async #tell(event: DashboardEvent): Promise<void> {
    try {
      await this.#options.onEvent(event)
    } catch {
      this.#options.log.error({ phase: event.phase }, 'a record could not be written to the audit log')
    }
  }

  /** Under ever new names it would drive out what else people must know. */
  #showRefused(names: readonly string[]): void {
    const name = names.join(', ') || 'unknown'
    if (this.#refusedNames.size < MAX_REFUSED_NAMES) this.#refusedNames.add(name)
    this.#show(
      this.#refusedNames.has(name)
        ? `Another program (${name}) tried to use the page or its door, and was refused.`
        : 'Further programs tried to use the page or its door, and were refused.',
    )
  }

  #show(text: string): void {
    if (this.#shown.includes(text)) return
    this.#shown.push(text)
    if (this.#shown.length > MAX_NOTICES) this.#shown.shift()
    this.#options.onChange()
  }
}
