/**
 * Writes to the audit log, as strictly as the config wants it. Where that fails and nothing is left to be refused, it
 * writes to the log.
 */
import type { AuditLog } from '../audit/write/log.ts'
import type { Logger } from '../log.ts'

export class Journal {
  readonly #audit: AuditLog
  readonly #required: () => boolean
  readonly #log: Logger

  constructor(audit: AuditLog, required: () => boolean, log: Logger) {
    this.#audit = audit
    this.#required = required
    this.#log = log
  }

  /** @throws what the audit log throws, when the config requires it. */
  async record(type: string, facts: Record<string, unknown>): Promise<void> {
    try {
      await this.#audit.append(type, facts)
    } catch (error) {
      if (this.#required()) throw error
      this.#log.warn('a record could not be written to the audit log')
    }
  }

  /** What has happened already. */
  note(type: string, facts: Record<string, unknown>): void {
    this.record(type, facts).catch(() => {
      this.#log.error(facts, 'a record could not be written to the audit log')
    })
  }

  /** Undefined when it failed, and then the log says what did. */
  attempt<T>(what: string, act: () => T): T | undefined {
    try {
      return act()
    } catch (error) {
      this.#log.error(`could not ${what}: ${error instanceof Error ? error.message : 'unknown error'}`)
      return undefined
    }
  }
}
