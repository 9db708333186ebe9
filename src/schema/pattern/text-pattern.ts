/**
 * A `pattern` of a schema. A text is matched by JavaScript where no text of its length can be expensive, and else by a
 * matcher whose time grows with the text alone (linear.ts). What either costs at most is known before, and is paid first,
 * in the steps of the whole check (plain/run.ts). So no clock has to watch it. Where both would cost too much, the
 * check ends without a verdict.
 */
import { readExpression, type Expression } from './expression.ts'
import { linearMatcher } from './linear.ts'
import { partsWrittenOut, stepsToTry } from './price.ts'

/** What JavaScript does in the time of one step of a check. */
const TRIED_A_STEP = 16
/** To make the other matcher ready takes as long as this many characters. */
const TO_MAKE = 20
const MAX_PARTS = 2000
/** What costs no more than this is tried. In fact it costs far less, and needs no library. */
const LITTLE = 512
/** Prices of texts up to this length are kept. */
const MAX_KEPT = 256

export class TextPattern {
  readonly #source: string
  readonly #expression: Expression | undefined
  readonly #parts: number
  /** In steps, by the length of the text. */
  readonly #prices: number[] = []
  #tried: RegExp | undefined
  /** Null once it is known that there is none. */
  #linear: ((text: string) => boolean) | null | undefined

  /** @param source one that JavaScript can read, with the flag `u` */
  constructor(source: string) {
    this.#source = source
    this.#expression = readExpression(source)
    this.#parts = this.#expression === undefined ? Infinity : partsWrittenOut(this.#expression)
  }

  /** @param run is told the price before anything is matched, and throws where that is too much */
  matches(text: string, run: { spend(steps: number): void }): boolean {
    const price = this.#price(text.length, run)
    const linear = this.#parts * (text.length + TO_MAKE)
    if (price > LITTLE && linear < price && this.#parts <= MAX_PARTS) {
      run.spend(linear)
      const matches = this.#linearMatcher()
      if (matches !== null) return matches(text)
    }
    run.spend(price)
    this.#tried ??= new RegExp(this.#source, 'u')
    return this.#tried.test(text)
  }

  /** By trying. To work it out takes as long as a look at each part of the pattern. */
  #price(length: number, run: { spend(steps: number): void }): number {
    const kept = this.#prices[length]
    if (kept !== undefined) return kept
    run.spend(Math.ceil(this.#source.length / 4))
    const price =
      this.#expression === undefined
        ? Infinity
        : Math.ceil(stepsToTry(this.#expression, length) / TRIED_A_STEP)
    if (length <= MAX_KEPT) this.#prices[length] = price
    return price
  }

  #linearMatcher(): ((text: string) => boolean) | null {
    if (this.#linear === undefined)
      this.#linear = (this.#expression && linearMatcher(this.#expression)) ?? null
    return this.#linear
  }
}
