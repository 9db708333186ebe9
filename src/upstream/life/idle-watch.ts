/**
 * Tells when nobody has used a child for so long that its process may end. Used means: a request waits for it or was
 * sent to it. It is busy while a request is under way, while the host watches a resource of it, and while it or we
 * wait for an answer to a question. One with programs of its own at work, such as a browser, is busy too, unless its
 * own entry says when it ends.
 *
 * What ends isn't told of. The time is looked at when it may be over, and then it is waited for the rest.
 */
import { MAX_TIMER_MS } from '../wait.ts'

/** When a child may be without a process. */
export interface SleepRule {
  /** What it offers is known, and nobody wants it to run before it is called. */
  readonly untilCalled: boolean
  /** So long without use; never when 0. */
  readonly idleMs: number
  /** Programs of its own at work don't count. */
  readonly endsWorking: boolean
}

export const NEVER_SLEEPS: SleepRule = { untilCalled: false, idleMs: 0, endsWorking: false }

/** The process of which it is asked. */
export interface WatchedRun {
  readonly isBusy: boolean
  /** Since when it isn't, on the clock of performance.now(). */
  readonly idleSince: number
  /** It has started programs since it was ready that still run. Costs a look at the system. */
  hasPrograms(): boolean
}

export class IdleWatch {
  readonly #rule: () => SleepRule
  #users = 0
  #usedAt = performance.now()
  #run: WatchedRun | undefined
  #timer: NodeJS.Timeout | undefined
  #sayDue: () => void = () => undefined

  constructor(rule: () => SleepRule) {
    this.#rule = rule
  }

  /** Somebody uses it now. */
  touch(): void {
    this.#usedAt = performance.now()
  }

  /** Somebody uses it until what this returns is called. */
  use(): () => void {
    let isOver = false
    this.#users += 1
    return () => {
      if (isOver) return
      isOver = true
      this.#users -= 1
      this.touch()
    }
  }

  /** Of this process, until `end`. Resolves when it may be over; then `isDue` tells whether it is. */
  begin(run: WatchedRun): Promise<void> {
    this.end()
    this.#run = run
    return new Promise((resolve) => {
      this.#sayDue = resolve
      this.rearm()
    })
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#run = undefined
    this.#sayDue = () => undefined
  }

  /** The rule may be another one. */
  rearm(): void {
    clearTimeout(this.#timer)
    const { idleMs } = this.#rule()
    if (this.#run === undefined || idleMs === 0) return
    this.#timer = setTimeout(() => this.#look(), Math.min(this.#leftMs(idleMs), MAX_TIMER_MS)).unref()
  }

  /** Nobody uses it, and that for long enough. */
  get isDue(): boolean {
    const { idleMs } = this.#rule()
    return this.#run !== undefined && idleMs > 0 && this.#leftMs(idleMs) <= 0
  }

  #look(): void {
    if (!this.isDue) return this.rearm()
    if (!this.#rule().endsWorking && this.#run?.hasPrograms() === true) this.touch()
    if (this.isDue) this.#sayDue()
    else this.rearm()
  }

  #leftMs(idleMs: number): number {
    const run = this.#run
    if (run === undefined || this.#users > 0 || run.isBusy) return idleMs
    return Math.max(0, Math.max(this.#usedAt, run.idleSince) + idleMs - performance.now())
  }
}
