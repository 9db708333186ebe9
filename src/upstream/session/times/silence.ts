/**
 * Times a request: how long it may be silent, and how long it may take in all. Neither time runs while a human is
 * asked for it, because the server is waiting too; but a server that asks all the time can't keep a request open for
 * ever. Neither runs while the machine sleeps (awake.ts).
 */
import { awakeNow } from '../../../awake.ts'
import { DEADLINES, type Deadline, type Deadlines } from './deadlines.ts'

/** Longer than a human takes, all questions of a request together. */
const MAX_HELD_MS = 4 * 3_600_000

export interface SilenceLimits {
  readonly silenceMs: number
  readonly totalMs: number
  /** @param afterMs which limit it was */
  onOver(afterMs: number): void
}

export class Silence implements Deadline {
  readonly #limits: SilenceLimits
  readonly #deadlines: Deadlines
  /** From when the three times below are counted. */
  #since = awakeNow()
  #silence: number
  #total: number
  #held = MAX_HELD_MS
  #holds = 0
  #isOver = false

  constructor(limits: SilenceLimits, deadlines: Deadlines = DEADLINES) {
    this.#limits = limits
    this.#deadlines = deadlines
    this.#silence = limits.silenceMs
    this.#total = limits.totalMs
    deadlines.watch(this)
  }

  get dueAt(): number {
    return this.#since + (this.#holds > 0 ? this.#held : Math.min(this.#silence, this.#total))
  }

  /** A sign of life. */
  touch(): void {
    if (this.#holds > 0) return
    this.#pass()
    this.#silence = this.#limits.silenceMs
  }

  hold(): void {
    this.#pass()
    this.#holds += 1
  }

  release(): void {
    this.#pass()
    this.#holds -= 1
    if (this.#holds > 0) return
    this.#silence = this.#limits.silenceMs
    if (!this.#isOver) this.#deadlines.watch(this)
  }

  end(): void {
    this.#isOver = true
    this.#deadlines.forget(this)
  }

  onDue(): void {
    const { silenceMs, totalMs } = this.#limits
    this.#isOver = true
    if (this.#holds > 0) this.#limits.onOver(MAX_HELD_MS)
    else this.#limits.onOver(this.#silence <= this.#total ? silenceMs : totalMs)
  }

  #pass(): void {
    const now = awakeNow()
    const ms = now - this.#since
    this.#since = now
    if (this.#holds > 0) this.#held -= ms
    else {
      this.#silence -= ms
      this.#total -= ms
    }
  }
}
