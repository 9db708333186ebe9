/**
 * One judging of a value by a schema, with what it may still cost. A step is one word of a schema that is looked at, or
 * one part of a value that is compared: work, which is the same on a machine that is busy or asleep, and not time.
 */
import type { OutputUnit } from '@cfworker/json-schema'

/**
 * @param at where the value is and `from` where the schema is, as JSON Pointers in fragments (RFC 6901, 6); empty
 * unless the run tells.
 * @throws OutOfSteps
 */
export type Check = (value: unknown, run: PlainRun, at: string, from: string) => boolean

export class OutOfSteps extends Error {
  override readonly name = 'OutOfSteps'
}

export class PlainRun {
  /**
   * Names or indexes of what the words beside an `unevaluated…` have looked at, of the value that is judged now; undefined
   * where no such word asks.
   */
  seen: Set<string | number> | undefined
  #left: number
  readonly #more: (() => number) | undefined
  #isExtended = false
  #units: OutputUnit[] | undefined
  readonly #maxUnits: number

  /**
   * @param more steps that are added once, when those at first don't suffice
   * @param units what is wrong is put here, as the library would (explain.ts); without it only the verdict is found
   * @param maxUnits with more than these, what is wrong already isn't looked at any further
   */
  constructor(steps: number, more?: () => number, units?: OutputUnit[], maxUnits = 0) {
    this.#left = steps
    this.#more = more
    this.#units = units
    this.#maxUnits = maxUnits
  }

  spend(steps: number): void {
    this.#left -= steps
    if (this.#left >= 0) return
    if (!this.#isExtended) {
      this.#isExtended = true
      this.#left += this.#more?.() ?? 0
      if (this.#left >= 0) return
    }
    throw new OutOfSteps()
  }

  get tells(): boolean {
    return this.#units !== undefined
  }

  /** Whether a value that has failed is looked at no further. */
  get isEnough(): boolean {
    return this.#units === undefined || this.#units.length > this.#maxUnits
  }

  /** @returns a mark, so that it can be taken back with everything that was told after it */
  tell(keyword: string, at: string, from: string): number {
    if (this.#units === undefined) return 0
    const { length } = this.#units
    this.#units.push({ keyword, instanceLocation: at, keywordLocation: from, error: '' })
    return length
  }

  takeBack(mark: number): void {
    if (this.#units !== undefined) this.#units.length = mark
  }

  /** A verdict of which nothing is told. */
  quietly(check: Check, value: unknown): boolean {
    const units = this.#units
    this.#units = undefined
    const fits = check(value, this, '', '')
    this.#units = units
    return fits
  }

  /** Of another value, or of this one so that what is looked at isn't remembered. */
  apart(check: Check, value: unknown, at: string, from: string): boolean {
    if (this.seen === undefined) return check(value, this, at, from)
    const { seen } = this
    this.seen = undefined
    const fits = check(value, this, at, from)
    this.seen = seen
    return fits
  }
}
