/**
 * One timer for all requests to all servers. Most are answered long before their time is over, so nothing is set or
 * cleared for a request: while somebody waits, the timer looks at all of them every 250 ms, and sooner where one is due.
 * So often, it shows also when the machine slept (awake.ts).
 */
import { PassingSet } from '../../../passing.ts'
import { awakeNow } from '../../../awake.ts'

export interface Deadline {
  /** By awake.ts. It may be put off at any time; who brings it nearer says so with `watch`. */
  readonly dueAt: number
  /** Called once, when it is due. */
  onDue(): void
}

const LOOK_EVERY_MS = 250

export class Deadlines {
  readonly #watched = new PassingSet<Deadline>()
  #timer: NodeJS.Timeout | undefined
  #looksAt = Infinity

  watch(deadline: Deadline): void {
    this.#watched.add(deadline)
    if (deadline.dueAt < this.#looksAt) this.#lookAt(deadline.dueAt)
  }

  forget(deadline: Deadline): void {
    this.#watched.delete(deadline)
  }

  #lookAt(at: number): void {
    const now = awakeNow()
    this.#looksAt = Math.min(at, now + LOOK_EVERY_MS)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#look(), Math.max(0, this.#looksAt - now)).unref()
  }

  #look(): void {
    this.#looksAt = Infinity
    const now = awakeNow()
    let next = Infinity
    for (const deadline of this.#watched) {
      // A timer may come a fraction of a millisecond too early.
      if (deadline.dueAt - now >= 1) next = Math.min(next, deadline.dueAt)
      else if (this.#watched.delete(deadline)) deadline.onDue()
    }
    if (next < this.#looksAt) this.#lookAt(next)
  }
}

/** There is one loop, so there is one. */
export const DEADLINES = new Deadlines()
