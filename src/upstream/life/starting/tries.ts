/** Counts the tries to start another process of a child, and how they ended. next-step.ts decides by these counts. */
import { Attempts, type StartPace } from '../../backoff.ts'
import type { Down } from '../../session/diagnosis.ts'
import { nextStep, PAUSES, type Pauses, type NextStep } from './next-step.ts'
import type { Replace } from './start.ts'
import type { Awaited } from '../state.ts'

/** Between two tries that somebody's call brings about. */
const HURRY_EVERY_MS = 1000
/** The same where it went down often, where only a person can have mended it, and where a try may ask somebody to unlock. */
const SELDOM_EVERY_MS = 5000

const BRIEFLY_MS = 4000

export class Tries {
  #attempts: Attempts
  #last: Down | undefined
  #failures = 0
  #guesses = 0
  #isDue = false
  #besideFailed = 0
  #swaps = 0
  #triedAt = -Infinity
  #tookMs = 0

  constructor(pace: StartPace) {
    this.#attempts = new Attempts(pace)
  }

  /** How the last one ended; undefined while there was none of what is tried now. */
  get last(): Down | undefined {
    return this.#last
  }

  /** In a row, of what is tried now. */
  get failures(): number {
    return this.#failures
  }

  /** Something else is tried from now on. */
  begin(): void {
    this.#last = undefined
    this.#failures = 0
    this.#guesses = 0
    this.#isDue = false
    this.#besideFailed = 0
    this.#swaps = 0
  }

  /** And by another pace, of which nothing is used up. */
  renew(pace: StartPace): void {
    this.begin()
    this.#attempts = new Attempts(pace)
  }

  next(
    situation: { readonly serving: boolean; readonly replace: Replace },
    pauses: Pauses = PAUSES,
  ): NextStep {
    if (this.#isDue) {
      this.#isDue = false
      return { kind: 'start', delayMs: 0, how: 'beside' }
    }
    const facts = {
      last: this.#last,
      failures: this.#failures,
      guesses: this.#guesses,
      tookMs: this.#tookMs,
      besideFailed: this.#besideFailed,
      swaps: this.#swaps,
      pace: this.#attempts.next(Date.now()),
      random: Math.random(),
    }
    return nextStep({ ...situation, ...facts }, pauses)
  }

  failed(down: Down): void {
    this.#last = down
    this.#failures += 1
    this.#guesses = down.again === 'now' ? this.#guesses + 1 : 0
  }

  /** What has failed is tried once more. */
  due(): void {
    this.#isDue = true
  }

  /** What worked ended by itself, as if its work were done, with nobody waiting for it. */
  endedWell(): void {
    this.begin()
  }

  /** Somebody wants it back after that, so the start before was no vain one. */
  wanted(): void {
    this.#attempts.forgetLast()
  }

  /** When it would be started again after a crash. */
  get paceMs(): number {
    return this.#attempts.next(Date.now()).delayMs
  }

  /** What worked is gone. */
  lost(down: Down): void {
    this.#last = down
  }

  /** @param began on the clock of performance.now() */
  ended(began: number): void {
    this.#triedAt = performance.now()
    this.#tookMs = this.#triedAt - began
  }

  /** A start that nothing worked beside, for the pace of crashes; what could not be launched is none. */
  count(began: number, down: Down | undefined): void {
    if (down?.again === 'passed') return
    this.#attempts.began(began)
    if (down !== undefined) this.#attempts.notReady()
  }

  ready(): void {
    this.#attempts.ready()
  }

  /** Beside one that works; what could not be launched says nothing of whether two can run. */
  countBeside({ again }: Down): void {
    if (again !== 'passed' && again !== 'never' && again !== 'seldom') this.#besideFailed += 1
  }

  countSwap(): void {
    this.#swaps += 1
    this.#besideFailed = 0
  }

  /**
   * How long the secret stores of the next one get. One that is silent because it is away would hold up a try that it
   * never answers, also when it is back; one that is slow gets its time in each fourth.
   */
  get launchWithinMs(): number {
    return this.#failures % 4 === 2 ? Infinity : BRIEFLY_MS
  }

  /** Milliseconds from now, from when on somebody's call may bring about another one. */
  get mayHurryInMs(): number {
    const again = this.#last?.again
    const isSeldom =
      again === 'never' || again === 'seldom' || this.#attempts.next(Date.now()).kind === 'seldom'
    const every = isSeldom && again !== 'passed' ? SELDOM_EVERY_MS : HURRY_EVERY_MS
    return Math.max(0, this.#triedAt + every - performance.now())
  }

  /** What is waited for, as a member of a state; nothing after a crash. */
  get awaited(): { readonly awaited?: Awaited } {
    if (this.#last?.again !== 'passed') return {}
    const { reason, hint, store } = this.#last
    return { awaited: { reason, hint, ...(store !== undefined && { store }) } }
  }
}
