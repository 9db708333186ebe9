/**
 * Decides to which of a tool's own schemas its calls are held, and says what isn't checked and why. Arguments are
 * judged by the schema that the server wrote, not by the one that hosts are shown, which is looser (repair.ts): by
 * then they have the server's names again. Results are judged only by a schema that hosts are shown, because they
 * hold it to that.
 */
import { matchGlob } from '../../policy/glob.ts'
import type { CompiledSchema } from '../../schema/compile.ts'
import { keptSchema } from '../../schema/kept.ts'
import { UnusableSchema } from '../../schema/unusable.ts'
import type { Tool } from '../../upstream/messages/tool.ts'
import type { ValidateOption } from '../options.ts'

export interface Checks {
  readonly arguments?: CompiledSchema
  readonly results?: CompiledSchema
}

/** Which of the two the operator wants for a tool; both, where nothing is said. */
export interface WantedChecks {
  readonly arguments: boolean
  readonly results: boolean
}

export function wantedChecks(option: ValidateOption | undefined, tool: string): WantedChecks {
  if (typeof option === 'boolean') return { arguments: option, results: option }
  if (option?.except?.some((pattern) => matchGlob(pattern, tool)) === true)
    return { arguments: false, results: false }
  return { arguments: option?.arguments ?? true, results: option?.results ?? true }
}

/** @param output the outputSchema that hosts are shown */
export function prepareChecks(
  server: string,
  wanted: WantedChecks,
  input: Tool['inputSchema'],
  output: Tool['outputSchema'],
): { readonly checks: Checks; readonly notes: readonly string[] } {
  const byRule = (what: string): string => `${what} are not checked: servers.${server}.validate`
  const forArguments = wanted.arguments ? prepare(server, 'arguments', 'inputSchema', input) : undefined
  const forResults = wanted.results ? prepare(server, 'results', 'outputSchema', output) : undefined
  return {
    checks: {
      ...(forArguments?.schema === undefined ? {} : { arguments: forArguments.schema }),
      ...(forResults?.schema === undefined ? {} : { results: forResults.schema }),
    },
    notes: [...(forArguments?.notes ?? [byRule('arguments')]), ...(forResults?.notes ?? [byRule('results')])],
  }
}

interface Prepared {
  readonly schema?: CompiledSchema
  readonly notes: readonly string[]
}

function prepare(server: string, what: string, word: string, schema: Tool['inputSchema']): Prepared {
  if (schema === undefined) return { notes: [] }
  if (JSON.stringify(schema).includes('[redacted:'))
    return { notes: [`${what} are not checked: its ${word} holds a secret`] }
  try {
    const compiled = keptSchema(server, schema)
    return { schema: compiled, notes: compiled.gaps.map((gap) => `${gap} in its ${word} is not checked`) }
  } catch (error) {
    if (error instanceof UnusableSchema)
      return { notes: [`${what} are not checked: its ${word} ${error.message}`] }
    throw error
  }
}
