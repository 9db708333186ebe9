/**
 * A rate limit as a bucket of tokens that refills steadily: a full bucket allows a burst of the whole count, and
 * over any longer time no more than the rate. The caller brings the clock.
 *
 * The bucket counts in units of which a call costs one period and a millisecond brings `count`, so that whole
 * milliseconds stay whole numbers and waiting exactly `retryAfterMs` is always enough.
 */

const PERIOD_MS = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const

export type Taken = { readonly ok: true } | { readonly ok: false; readonly retryAfterMs: number }

const OK: Taken = { ok: true }

export class Bucket {
  readonly rate: string
  readonly #count: number
  readonly #periodMs: number
  #level: number
  #filledAtMs: number | undefined

  /** @throws TypeError for what `options.ts` would have refused. */
  constructor(rate: string) {
    const match = /^([1-9]\d{0,6})\/(second|minute|hour|day)$/.exec(rate)
    if (!match) throw new TypeError('expected a rate such as 600/minute')
    this.rate = rate
    this.#count = Number(match[1])
    this.#periodMs = PERIOD_MS[match[2] as keyof typeof PERIOD_MS]
    this.#level = this.#count * this.#periodMs
  }

  take(nowMs: number): Taken {
    const left = this.look(nowMs)
    if (left.ok) this.#level -= this.#periodMs
    return left
  }

  /** What `take` would say behind so many others, and takes nothing. */
  look(nowMs: number, ahead = 0): Taken {
    this.#refill(nowMs)
    const missing = this.#periodMs * (1 + ahead) - this.#level
    return missing > 0 ? { ok: false, retryAfterMs: Math.ceil(missing / this.#count) } : OK
  }

  /** How many calls are taken from it and not given back yet, in parts of a call too. */
  taken(nowMs: number): number {
    this.#refill(nowMs)
    return this.#count - this.#level / this.#periodMs
  }

  /**
   * One of another rate, from which as many calls are taken already as from this one: an edit of a rate gives none anew.
   * @throws TypeError
   */
  withRate(rate: string, nowMs: number): Bucket {
    const taken = this.taken(nowMs)
    const changed = new Bucket(rate)
    changed.#level = Math.max(0, Math.round((changed.#count - taken) * changed.#periodMs))
    changed.#filledAtMs = nowMs
    return changed
  }

  /** A clock that was set back neither fills nor empties the bucket; it counts on from the new time. */
  #refill(nowMs: number): void {
    const elapsed = Math.max(0, nowMs - (this.#filledAtMs ?? nowMs))
    this.#filledAtMs = nowMs
    this.#level = Math.min(this.#count * this.#periodMs, this.#level + elapsed * this.#count)
  }
}
