/** What is told of a child's life: as its state to whoever calls, and as events to the log and the audit log. */
import { LOOK, type Down } from './diagnosis.ts'
import type { ChildLog } from './events.ts'
import type { Standing } from './standing.ts'
import type { Tries } from './tries.ts'

export class Telling {
  readonly #id: string
  readonly #log: ChildLog
  readonly #standing: Standing
  readonly #tries: Tries

  constructor(id: string, log: ChildLog, standing: Standing, tries: Tries) {
    this.#id = id
    this.#log = log
    this.#standing = standing
    this.#tries = tries
  }

  starting(): void {
    this.#standing.set({ kind: 'starting', ...this.#tries.awaited })
  }

  /** @param retryAt milliseconds since 1970 */
  waiting(retryAt: number): void {
    const { reason = '', hint = LOOK } = this.#tries.last ?? {}
    const { awaited } = this.#tries.awaited
    this.#standing.set({ kind: 'waiting', reason, hint, retryAt, ...this.#tries.awaited })
    if (awaited !== undefined && this.#tries.failures === 1)
      this.#log.event({ kind: 'waits', id: this.#id, ...awaited })
  }

  failed(): void {
    const { reason: why = '', hint = LOOK, again } = this.#tries.last ?? {}
    const reason =
      again === 'never' ? why : `${sentence(why)} It went down too often and is not started again.`
    this.#standing.set({ kind: 'failed', reason, hint })
    this.#log.event({ kind: 'failed', id: this.#id, reason })
  }

  replacing(reason: string): void {
    this.#log.event({ kind: 'replacing', id: this.#id, reason })
  }

  replacingWhenIdle(why: string): void {
    this.#log.ours('info', `"${this.#id}" is replaced when it is idle, with nothing ready beside it: ${why}`)
  }

  notReplaced({ reason, hint }: Down): void {
    const id = this.#id
    if (this.#tries.failures === 1) this.#log.event({ kind: 'not-replaced', id, reason, hint })
    this.#log.ours('warning', `"${id}" can't be replaced yet: ${reason}`)
  }
}

function sentence(words: string): string {
  return /[.!?]$/.test(words) ? words : `${words}.`
}
