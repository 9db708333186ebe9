/** Pauses that may end early: at once when all is other than it was, or, where it is worth a try, not before a moment. */
import { MAX_TIMER_MS } from './wait.ts'

interface Rest {
  /** On the clock of performance.now(). */
  readonly notBefore: number
  end(): void
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
    let timer: NodeJS.Timeout | undefined
    let rest: Rest | undefined
    const woken = new Promise<void>((end) => {
      rest = { notBefore: performance.now() + notBeforeMs, end }
      this.#rests.add(rest)
      if (ms !== undefined) timer = setTimeout(end, Math.min(ms, MAX_TIMER_MS))
    })
    try {
      await Promise.race([woken, ...or])
    } finally {
      clearTimeout(timer)
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

  now(): void {
    for (const rest of this.#rests) rest.end()
  }
}
