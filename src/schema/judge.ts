/**
 * Judges whether a value fits a schema, at a limited price. The price is counted in work and never in time, so a busy
 * machine turns no check off, and no thread has to watch it: a check costs steps (plain/), in proportion to the value.
 *
 * A value that can't be judged at that price counts as fitting, because the server still checks it. The caller is
 * told, and has to say so.
 */
import { withDoublesApart } from '../json/apart.ts'
import { withDoubles } from '../json/number.ts'
import type { CompiledSchema } from './compile.ts'
import { judgePlain } from './plain/plain-judge.ts'
import type { SchemaFit } from './problem.ts'

export class SchemaJudge {
  readonly #told = new WeakSet<CompiledSchema>()

  judge(schema: CompiledSchema, written: unknown): SchemaFit {
    try {
      const value = withDoubles(written)
      const found = judgePlain(schema, value)
      // Long ids that differ may be one double, and so seem to be the same one twice.
      if (found?.kind === 'misfits' && value !== written) {
        const apart = judgePlain(schema, withDoublesApart(written))
        if (apart?.kind === 'fits') return apart
      }
      return found ?? this.#unknown(schema)
    } catch {
      // The stack is used up.
      return this.#unknown(schema)
    }
  }

  /** Once for each schema it is news. */
  #unknown(schema: CompiledSchema): SchemaFit {
    const isNews = !this.#told.has(schema)
    this.#told.add(schema)
    return { kind: 'unknown', isNews }
  }
}
