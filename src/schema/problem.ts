/** The types of a judgement: whether a value fits, and what is wrong with it. */
export type SchemaFit =
  | { readonly kind: 'fits' }
  | { readonly kind: 'misfits'; readonly problems: readonly SchemaProblem[] }
  /** Nobody knows, at a bounded price. News is it once for each schema. */
  | { readonly kind: 'unknown'; readonly isNews: boolean }

export interface SchemaProblem {
  /** Keys and indexes from the top of the value. */
  readonly path: readonly (string | number)[]
  /** In our words; what it quotes of the schema is bounded and fenced. Never the value. */
  readonly expected: string
  /** The names that could stand in its place. */
  readonly known?: readonly string[]
}

export const MAX_PROBLEMS = 8
