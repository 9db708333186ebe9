/**
 * A secret value that can't print itself. Code that needs the characters calls `reveal()`, so that every place that
 * handles them can be found by that word; string conversion, JSON, `util.inspect` and loggers see the label.
 */
import { inspect } from 'node:util'

/** Shorter values can't be masked without masking ordinary text too; `check` reports them (promise 3). */
export const MIN_MASKABLE_LENGTH = 8

export class Secret {
  readonly #value: string
  /** Where it is used, as people know it: `github.GITHUB_TOKEN`. Printed in the value's place. */
  readonly label: string

  constructor(value: string, label: string) {
    this.#value = value
    this.label = label
  }

  reveal(): string {
    return this.#value
  }

  get maskable(): boolean {
    return this.#value.length >= MIN_MASKABLE_LENGTH
  }

  toString(): string {
    return `[secret ${this.label}]`
  }

  toJSON(): string {
    return this.toString()
  }

  [Symbol.toPrimitive](): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }
}
