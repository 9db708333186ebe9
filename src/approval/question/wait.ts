/**
 * A call's wait for a question: until it is settled. What ends it meanwhile is told: the host's cancelling, and the end
 * of the wait, which doesn't pass while the machine sleeps (awake.ts). It leaves nothing behind.
 */
import { awakeTimeout } from '../../awake.ts'

const STILL_WAITING_MS = 5000

export interface Wait {
  readonly ms: number
  /** The host cancelled, or went away. */
  readonly signal: AbortSignal
  readonly onTimeout: () => void
  readonly onAbort: () => void
  /** Now and then while it lasts. */
  readonly onWaiting: () => void
}

export class CallWait<T> {
  readonly outcome: Promise<T>
  #begun = false
  #resolve: (outcome: Promise<T>) => void = () => undefined
  readonly #over = new AbortController()

  constructor() {
    this.outcome = new Promise((resolve) => (this.#resolve = resolve))
  }

  /** Fires at the end of the wait. */
  get over(): AbortSignal {
    return this.#over.signal
  }

  /** Once; the first one counts. */
  begin({ ms, signal, onTimeout, onAbort, onWaiting }: Wait): void {
    if (this.#begun || this.#over.signal.aborted) return
    this.#begun = true
    const timer = awakeTimeout(onTimeout, ms)
    const ticking = setInterval(onWaiting, STILL_WAITING_MS).unref()
    signal.addEventListener('abort', onAbort)
    this.over.addEventListener('abort', () => {
      timer.clear()
      clearInterval(ticking)
      signal.removeEventListener('abort', onAbort)
    })
    if (signal.aborted) onAbort()
  }

  /** The first one counts. */
  end(outcome: Promise<T>): void {
    this.#over.abort()
    this.#resolve(outcome)
  }
}
