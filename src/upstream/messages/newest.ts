/**
 * Limits the rate of news of which only the newest counts, such as progress. A few pass at once, then one at a time
 * after a pause. The waiting one is sent when the pause is over, or by `flush`; a newer one takes its place.
 */
export interface NewsPace {
  /** How many go on at once after a pause. */
  readonly burst: number
  readonly everyMs: number
}

export class Newest<T> {
  readonly #pace: NewsPace
  readonly #say: (value: T) => void
  #left: number
  #timer: NodeJS.Timeout | undefined
  #waiting: { readonly value: T } | undefined

  constructor(pace: NewsPace, say: (value: T) => void) {
    this.#pace = pace
    this.#say = say
    this.#left = pace.burst
  }

  put(value: T): void {
    if (this.#left > 0) {
      this.#left -= 1
      this.#say(value)
    } else {
      this.#waiting = { value }
    }
    if (this.#timer === undefined) this.#again()
  }

  /** Says what waits. */
  flush(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting !== undefined) this.#say(waiting.value)
  }

  /** Nobody wants to hear of it any more. */
  drop(): void {
    this.#waiting = undefined
    clearTimeout(this.#timer)
  }

  #again(): void {
    this.#timer = setTimeout(() => this.#tick(), this.#pace.everyMs).unref()
  }

  #tick(): void {
    this.#timer = undefined
    if (this.#waiting !== undefined) this.flush()
    else this.#left += 1
    if (this.#left < this.#pace.burst) this.#again()
  }
}
