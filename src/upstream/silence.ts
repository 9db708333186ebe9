/**
 * How long a request may stay without a sign of life, and how long it may take in all. While a human is asked
 * something on its behalf the server is waiting too, and none of that passes; but a server that asks all the time holds
 * nothing open for ever.
 */
import { MAX_TIMER_MS } from './wait.ts'

/** Longer than a human takes, all questions of a request together. */
const MAX_HELD_MS = 4 * 3_600_000

export interface SilenceLimits {
  readonly silenceMs: number
  readonly totalMs: number
  /** @param afterMs which limit it was */
  onOver(afterMs: number): void
}

export class Silence {
  readonly #limits: SilenceLimits
  #timer: NodeJS.Timeout | undefined
  #since = Date.now()
  #left: { silence: number; total: number; held: number }
  #holds = 0

  constructor(limits: SilenceLimits) {
    this.#limits = limits
    this.#left = { silence: limits.silenceMs, total: limits.totalMs, held: MAX_HELD_MS }
    this.#run()
  }

  /** A sign of life. */
  touch(): void {
    if (this.#holds > 0) return
    this.#pass()
    this.#left.silence = this.#limits.silenceMs
    this.#run()
  }

  hold(): void {
    this.#pass()
    this.#holds += 1
    this.#run()
  }

  release(): void {
    this.#pass()
    this.#holds -= 1
    if (this.#holds === 0) this.#left.silence = this.#limits.silenceMs
    this.#run()
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #pass(): void {
    this.end()
    const ms = Date.now() - this.#since
    const { silence, total, held } = this.#left
    this.#left =
      this.#holds > 0
        ? { silence, total, held: held - ms }
        : { silence: silence - ms, total: total - ms, held }
  }

  #run(): void {
    this.#since = Date.now()
    const [left, afterMs] = this.#next()
    const ms = Math.min(Math.max(0, left), MAX_TIMER_MS)
    this.#timer = setTimeout(() => this.#limits.onOver(afterMs), ms)
  }

  /** What is left until the next limit, and which one that is. */
  #next(): readonly [number, number] {
    const { silence, total, held } = this.#left
    const { silenceMs, totalMs } = this.#limits
    if (this.#holds > 0) return [held, MAX_HELD_MS]
    return silence <= total ? [silence, silenceMs] : [total, totalMs]
  }
}
