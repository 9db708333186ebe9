/**
 * Decides when a child that went down is started again. The pauses are 0.5 s, 1 s, 2 s, … and at most 10 s. There are
 * no more than 5 starts in 60 s, and no more than 5 in a row of which none got ready; a second start at once in the
 * other era doesn't count. After that it is tried seldom: after 60 s, 90 s, … and at most 5 min. What the child
 * lacks, such as a database or a network, may come back, but a server that can't start must not keep a machine busy.
 * A call brings about a try before that (tries.ts).
 */

/** Milliseconds. */
export interface StartPace {
  readonly maxStarts: number
  readonly windowMs: number
  readonly firstDelayMs: number
  readonly maxDelayMs: number
  readonly seldomMs: number
  readonly mostSeldomMs: number
}

export const PACE: StartPace = {
  maxStarts: 5,
  windowMs: 60_000,
  firstDelayMs: 500,
  maxDelayMs: 10_000,
  seldomMs: 60_000,
  mostSeldomMs: 300_000,
}

/** More than any pace looks at. */
const MAX_REMEMBERED = 100

export interface StartHistory {
  /** When it was started, oldest first, in milliseconds. */
  readonly starts: readonly number[]
  /** How many of the latest starts in a row ended before it was ready. */
  readonly unready: number
}

export interface NextStart {
  readonly kind: 'soon' | 'seldom'
  readonly delayMs: number
}

export function nextStart(history: StartHistory, now: number, pace: StartPace = PACE): NextStart {
  const recent = history.starts.filter((start) => now - start < pace.windowMs).length
  const inARow = Math.max(recent, history.unready)
  if (inARow >= pace.maxStarts)
    return { kind: 'seldom', delayMs: seldom(history.unready - pace.maxStarts, pace) }
  if (inARow === 0) return { kind: 'soon', delayMs: 0 }
  return { kind: 'soon', delayMs: Math.min(pace.firstDelayMs * 2 ** (inARow - 1), pace.maxDelayMs) }
}

/** @param inVain how many such tries came to nothing before */
export function seldom(inVain: number, { seldomMs, mostSeldomMs }: StartPace = PACE): number {
  return Math.min(seldomMs * 1.5 ** Math.max(0, inVain), mostSeldomMs)
}

/** One child's starts. */
export class Attempts {
  readonly #pace: StartPace
  readonly #starts: number[] = []
  #unready = 0

  constructor(pace: StartPace) {
    this.#pace = pace
  }

  next(now: number): NextStart {
    return nextStart({ starts: this.#starts, unready: this.#unready }, now, this.#pace)
  }

  began(now: number): void {
    this.#starts.push(now)
    if (this.#starts.length > MAX_REMEMBERED) this.#starts.shift()
  }

  /** The last one was asked for, and did what it should. */
  forgetLast(): void {
    this.#starts.pop()
  }

  ready(): void {
    this.#unready = 0
  }

  notReady(): void {
    this.#unready += 1
  }
}
