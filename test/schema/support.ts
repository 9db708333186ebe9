import { compileSchema } from '../../src/schema/compile.ts'
import { SchemaJudge } from '../../src/schema/judge.ts'
import { sayProblem } from '../../src/schema/say.ts'

export const DRAFT_07 = 'http://json-schema.org/draft-07/schema#'
export const DRAFT_2019 = 'https://json-schema.org/draft/2019-09/schema'

export function kindOf(schema: Record<string, unknown>, value: unknown): string {
  return new SchemaJudge().judge(compileSchema(schema), value).kind
}

/** What a model would read. */
export function said(schema: Record<string, unknown>, value: unknown): string[] {
  const fit = new SchemaJudge().judge(compileSchema(schema), value)
  return fit.kind === 'misfits' ? fit.problems.map(sayProblem) : [fit.kind]
}
