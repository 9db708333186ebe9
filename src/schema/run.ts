/**
 * One check under way: where it is, what it found, and how much it may still cost. It is given up, not answered, when
 * it costs too much, so that nobody's schema is worth more than a moment of everybody else's time.
 */
import { canonicalJson } from '../canonical.ts'
import type { Pattern } from './pattern.ts'

export interface Problem {
  /** Keys and indexes from the top of the value. */
  readonly path: readonly (string | number)[]
  /** In our words; what it quotes of the schema is bounded and fenced. Never the value. */
  readonly expected: string
  /** The names that could stand in its place. */
  readonly known?: readonly string[]
}

/** What ends a check without an answer. */
export class GaveUp extends Error {
  readonly why: 'steps' | 'depth' | 'pattern' | 'text'

  constructor(why: GaveUp['why']) {
    super(`the check was given up: ${why}`)
    this.why = why
  }
}

/** What to do with an expression that might not end: stop the check there, try it, or take it for a match. */
export type SlowPatterns = 'give up' | 'try' | 'skip'

const MAX_DEPTH = 512
const WRITING = 4
export const MAX_PROBLEMS = 8

/** Which members of one value some schema has spoken of, for `unevaluatedProperties` and `unevaluatedItems`. */
export class Seen {
  readonly keys = new Set<string>()
  readonly items = new Set<number>()

  add({ keys, items }: Seen): void {
    for (const key of keys) this.keys.add(key)
    for (const item of items) this.items.add(item)
  }
}

export class Run {
  readonly path: (string | number)[] = []
  problems: Problem[] = []
  readonly #slow: SlowPatterns
  #steps: number
  #depth = 0
  /** Inside of alternatives, where a misfit isn't yet a problem. */
  #quiet = 0

  constructor(steps: number, slow: SlowPatterns) {
    this.#steps = steps
    this.#slow = slow
  }

  spend(steps: number): void {
    this.#steps -= steps
    if (this.#steps < 0) throw new GaveUp('steps')
  }

  enter(): void {
    this.spend(1)
    this.#depth += 1
    if (this.#depth > MAX_DEPTH) throw new GaveUp('depth')
  }

  leave(): void {
    this.#depth -= 1
  }

  /** Whether one misfit is enough to end with. */
  get hasEnough(): boolean {
    return this.#quiet > 0 || this.problems.length >= MAX_PROBLEMS
  }

  report(expected: string, key?: string, known?: readonly string[]): false {
    if (!this.hasEnough) {
      const path = key === undefined ? [...this.path] : [...this.path, key]
      this.problems.push({ path, expected, ...(known === undefined ? {} : { known }) })
    }
    return false
  }

  at<T>(key: string | number, act: () => T): T {
    this.path.push(key)
    const result = act()
    this.path.pop()
    return result
  }

  quietly(act: () => boolean): boolean {
    this.#quiet += 1
    const fits = act()
    this.#quiet -= 1
    return fits
  }

  /** What is reported meanwhile, apart from the rest; nothing where nobody would read it. */
  apart(act: () => boolean): readonly Problem[] {
    const before = this.problems
    this.problems = []
    act()
    const found = this.problems
    this.problems = before
    return found
  }

  matches(pattern: Pattern, text: string): boolean {
    this.spend(1 + text.length / 16)
    if (!pattern.isQuick(text.length)) {
      if (this.#slow === 'skip') return true
      if (this.#slow === 'give up') throw new GaveUp('pattern')
    }
    return pattern.expression.test(text)
  }

  /** Two values that share it are the same JSON. */
  textOf(value: unknown): string {
    this.#weigh(value)
    try {
      return canonicalJson(value)
    } catch {
      throw new GaveUp('text')
    }
  }

  /** Paid for before it is done; writing costs a few times what looking does. */
  #weigh(value: unknown): void {
    this.spend(WRITING * (typeof value === 'string' ? 1 + value.length / 16 : 1))
    if (typeof value !== 'object' || value === null) return
    if (Array.isArray(value)) {
      for (const member of value as readonly unknown[]) this.#weigh(member)
      return
    }
    for (const key in value) {
      this.spend(WRITING * (1 + key.length / 16))
      this.#weigh((value as Record<string, unknown>)[key])
    }
  }
}
