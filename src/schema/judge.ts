/**
 * Whether a value fits a schema, at a bounded price. What can't be told in time counts as fitting, because the server
 * still checks for itself; and a server whose schemas cost too much a few times is looked at only briefly from then on,
 * so that all its schemas together can't take more than a moment of the others' time.
 */
import type { CompiledSchema } from './compile.ts'
import { withinDeadline } from './deadline.ts'
import { evaluate } from './evaluate.ts'
import { GaveUp, Run, type Problem, type SlowPatterns } from './run.ts'

export type Fit =
  | { readonly kind: 'fits' }
  | { readonly kind: 'misfits'; readonly problems: readonly Problem[] }
  /** Nobody knows. */
  | { readonly kind: 'unknown' }

/** A step takes some hundred nanoseconds. */
const MAX_STEPS = 200_000
const FEW_STEPS = 20_000
const DEADLINE_MS = 25
const MAX_STRIKES = 3

export class Judge {
  readonly #strikes = new Map<string, number>()

  /** @param owner whose schema it is */
  judge(owner: string, schema: CompiledSchema, value: unknown): Fit {
    const isTrusted = (this.#strikes.get(owner) ?? 0) < MAX_STRIKES
    const steps = isTrusted ? MAX_STEPS : FEW_STEPS
    const first = attempt(schema, value, steps, isTrusted ? 'give up' : 'skip')
    if (!(first instanceof GaveUp)) return first
    if (first.why !== 'pattern') return this.#strike(owner)
    const timed = withinDeadline(DEADLINE_MS, () => attempt(schema, value, steps, 'try'))
    if (timed !== undefined && !(timed.value instanceof GaveUp)) return timed.value
    this.#strike(owner)
    const brief = attempt(schema, value, FEW_STEPS, 'skip')
    return brief instanceof GaveUp ? { kind: 'unknown' } : brief
  }

  #strike(owner: string): Fit {
    this.#strikes.set(owner, (this.#strikes.get(owner) ?? 0) + 1)
    return { kind: 'unknown' }
  }
}

function attempt({ root }: CompiledSchema, value: unknown, steps: number, slow: SlowPatterns): Fit | GaveUp {
  const run = new Run(steps, slow)
  try {
    return evaluate(root, value, run) ? { kind: 'fits' } : { kind: 'misfits', problems: run.problems }
  } catch (error) {
    if (error instanceof GaveUp) return error
    // The stack, which is smaller where it is used already.
    if (error instanceof RangeError) return new GaveUp('depth')
    throw error
  }
}
