/**
 * Whether a value fits a schema, at a bounded price. What can't be told in time counts as fitting, because the server
 * still checks for itself; and a server whose schemas cost too much a few times is given only moments from then on, and
 * each of its schemas that takes longer isn't asked again, so that all of them together take little of the others' time.
 */
import { validate, type ValidationResult } from '@cfworker/json-schema'
import { withDoubles } from '../json/number.ts'
import type { CompiledSchema } from './compile.ts'
import { withinDeadline } from './deadline.ts'
import { explain } from './explain.ts'
import type { Problem } from './problem.ts'

export type Fit =
  | { readonly kind: 'fits' }
  | { readonly kind: 'misfits'; readonly problems: readonly Problem[] }
  /** Nobody knows. */
  | { readonly kind: 'unknown' }

const DEADLINE_MS = 25
const BRIEF_MS = 2
const MAX_STRIKES = 3

export class Judge {
  readonly #strikes = new Map<string, number>()
  readonly #tooSlow = new WeakSet<CompiledSchema>()

  /** @param owner whose schema it is */
  judge(owner: string, schema: CompiledSchema, value: unknown): Fit {
    if (this.#tooSlow.has(schema)) return { kind: 'unknown' }
    const strikes = this.#strikes.get(owner) ?? 0
    const fits: Fit[] = []
    try {
      withinDeadline(strikes < MAX_STRIKES ? DEADLINE_MS : BRIEF_MS, () => {
        for (const fit of look(schema, value)) fits.push(fit)
      })
    } catch {
      // The stack is used up, or the library can't read the value.
    }
    const fit = fits.at(-1)
    if (fit !== undefined) return fit
    this.#strikes.set(owner, strikes + 1)
    if (strikes >= MAX_STRIKES) this.#tooSlow.add(schema)
    return { kind: 'unknown' }
  }
}

/** What is found at once, and then everything that is wrong. */
function* look(schema: CompiledSchema, value: unknown): Generator<Fit> {
  const first = run(schema, value, true)
  if (first.valid) return yield { kind: 'fits' }
  yield { kind: 'misfits', problems: explain(first.errors, schema, value) }
  yield { kind: 'misfits', problems: explain(run(schema, value, false).errors, schema, value) }
}

function run({ root, draft, lookup }: CompiledSchema, value: unknown, isQuick: boolean): ValidationResult {
  return validate(withDoubles(value), root, draft, lookup, isQuick)
}
