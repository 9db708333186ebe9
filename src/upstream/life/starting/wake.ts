/**
 * A pause that can end early: at once when the circumstances have changed, or after a shortest time when a try may be
 * worth it.
 */
import { MAX_TIMER_MS } from '../../wait.ts'

interface Rest {
  /** On the clock of performance.now(). */
  readonly notBefore: number
  end(): void
  endWithin(ms: number): void
}

export interface Pause {
  /** Without it only a waking ends the pause. */
  readonly ms?: number
  /** So long it can't be ended early; waking ends it all the same. */
  readonly notBeforeMs?: number
  /** Each of these ends it as well. */
  readonly or?: readonly Promise<unknown>[]
}

export class Wake {
  readonly #rests = new Set<Rest>()

  async rest({ ms, notBeforeMs = 0, or = [] }: Pause): Promise<void> {
    const timers: NodeJS.Timeout[] = []
    let rest: Rest | undefined
    const woken = new Promise<void>((end) => {
      const endWithin = (within: number): void =>
        void timers.push(setTimeout(end, Math.min(within, MAX_TIMER_MS)))
      rest = { notBefore: performance.now() + notBeforeMs, end, endWithin }
      this.#rests.add(rest)
      if (ms !== undefined) endWithin(ms)
    })
    try {
      await Promise.race([woken, ...or])
    } finally {
      timers.forEach(clearTimeout)
      if (rest !== undefined) this.#rests.delete(rest)
    }
  }

  /** Whether a pause has ended by it. */
  early(): boolean {
    const now = performance.now()
    const due = [...this.#rests].filter(({ notBefore }) => notBefore <= now)
    for (const rest of due) rest.end()
    return due.length > 0
  }

  /** Ends the pause after so long, or when it may end early; how long that is, undefined without one. */
  hasten(ms: number): number | undefined {
    const now = performance.now()
    let first: number | undefined
    for (const rest of this.#rests) {
      const within = Math.max(ms, rest.notBefore - now)
      if (within > 0) rest.endWithin(within)
      else rest.end()
      first = Math.min(first ?? within, within)
    }
    return first
  }

  now(): void {
    for (const rest of this.#rests) rest.end()
  }
}
