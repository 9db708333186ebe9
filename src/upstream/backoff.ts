/**
 * When a child that went down is started again: after 0.5 s, 1 s, 2 s, … at most 10 s, and never more than 5 starts
 * in 60 s, nor more than 5 in a row none of which got ready. After that it has failed, and stays so until the
 * sidecar is started anew: a server that can't start must not keep a machine busy.
 */

export interface Pace {
  readonly maxStarts: number
  readonly windowMs: number
  readonly firstDelayMs: number
  readonly maxDelayMs: number
}

export const PACE: Pace = { maxStarts: 5, windowMs: 60_000, firstDelayMs: 500, maxDelayMs: 10_000 }

/** More than any pace looks at. */
const MAX_REMEMBERED = 100

export interface History {
  /** When it was started, oldest first, in milliseconds. */
  readonly starts: readonly number[]
  /** How many of the latest starts in a row ended before it was ready. */
  readonly unready: number
}

export type NextStart = { readonly kind: 'start'; readonly delayMs: number } | { readonly kind: 'failed' }

export function nextStart(history: History, now: number, pace: Pace = PACE): NextStart {
  const recent = history.starts.filter((start) => now - start < pace.windowMs).length
  if (recent >= pace.maxStarts || history.unready >= pace.maxStarts) return { kind: 'failed' }
  const inARow = Math.max(recent, history.unready)
  if (inARow === 0) return { kind: 'start', delayMs: 0 }
  return { kind: 'start', delayMs: Math.min(pace.firstDelayMs * 2 ** (inARow - 1), pace.maxDelayMs) }
}

/** One child's starts. */
export class Attempts {
  readonly #pace: Pace
  readonly #starts: number[] = []
  #unready = 0

  constructor(pace: Pace) {
    this.#pace = pace
  }

  next(now: number): NextStart {
    return nextStart({ starts: this.#starts, unready: this.#unready }, now, this.#pace)
  }

  began(now: number): void {
    this.#starts.push(now)
    if (this.#starts.length > MAX_REMEMBERED) this.#starts.shift()
  }

  ready(): void {
    this.#unready = 0
  }

  notReady(): void {
    this.#unready += 1
  }
}
