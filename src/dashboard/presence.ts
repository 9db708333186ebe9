/**
 * Remembers whether a person is at `sidemux approvals`: somebody whose decision would be accepted looked at the list
 * in the last minutes. `--watch` looks every second. A person who listed the questions once is probably still there
 * and comes back for the next one. A script, or a terminal whose decision is refused, doesn't count.
 */
const STAYS_MS = 5 * 60_000

export class Presence {
  readonly #now: () => number
  #seenAt = -Infinity

  constructor(now: () => number) {
    this.#now = now
  }

  seen(): void {
    this.#seenAt = this.#now()
  }

  get isThere(): boolean {
    return this.#now() - this.#seenAt < STAYS_MS
  }
}
