/**
 * How long a request may stay without a sign of life, and how long it may take in all. While a human is asked
 * something on its behalf the server is waiting too, and no time passes.
 */
import { MAX_TIMER_MS } from './wait.ts'

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
  #left: { silence: number; total: number }
  #holds = 0

  constructor(limits: SilenceLimits) {
    this.#limits = limits
    this.#left = { silence: limits.silenceMs, total: limits.totalMs }
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
    if (this.#holds === 0) this.#pass()
    this.#holds += 1
  }

  release(): void {
    this.#holds -= 1
    if (this.#holds > 0) return
    this.#left.silence = this.#limits.silenceMs
    this.#run()
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #pass(): void {
    this.end()
    const ms = Date.now() - this.#since
    this.#left = { silence: this.#left.silence - ms, total: this.#left.total - ms }
  }

  #run(): void {
    this.#since = Date.now()
    const { silence, total } = this.#left
    const afterMs = silence <= total ? this.#limits.silenceMs : this.#limits.totalMs
    const ms = Math.min(Math.max(0, Math.min(silence, total)), MAX_TIMER_MS)
    this.#timer = setTimeout(() => this.#limits.onOver(afterMs), ms)
  }
}
