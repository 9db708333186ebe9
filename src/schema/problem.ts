/** What is wrong with a value. */
export interface Problem {
  /** Keys and indexes from the top of the value. */
  readonly path: readonly (string | number)[]
  /** In our words; what it quotes of the schema is bounded and fenced. Never the value. */
  readonly expected: string
  /** The names that could stand in its place. */
  readonly known?: readonly string[]
}

export const MAX_PROBLEMS = 8
