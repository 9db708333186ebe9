/**
 * Holds arguments to the tool's inputSchema before anybody is bothered with them, and what is wrong comes back as a
 * result that a model can mend (2026-07-28 server/tools, error handling). Holds structured content to the outputSchema
 * that hosts were shown, as it is with its secrets masked, because hosts do so too and then throw everything away: what
 * doesn't fit gives way to a text that says so and says the same, marked as an error, which alone hosts let pass. The
 * tool has run by then, and the text says that first. What the tool itself calls an error keeps its own words alone.
 */
import { emittedPath, type KeyMap } from '../../catalog/keys.ts'
import type { Entry } from '../../catalog/select.ts'
import type { Target } from '../../catalog/target.ts'
import { parsedMembers, parseJson } from '../../json/parse.ts'
import { writeJson } from '../../json/write.ts'
import type { Judge } from '../../schema/judge.ts'
import { MAX_PROBLEMS, type Problem } from '../../schema/problem.ts'
import { sayProblem } from '../../schema/say.ts'
import type { Outcome, Result, Stage } from '../call.ts'
import { targetOf } from '../compose.ts'

export interface ValidateDeps {
  find(kind: 'tool', emitted: string): Entry | undefined
  readonly judge: Pick<Judge, 'judge'>
  /** A name in the arguments can be a secret as well. */
  maskText(text: string): string
}

export function validate(deps: ValidateDeps): Stage {
  return async (call, next) => {
    const target = targetOf(call)
    if (target.kind !== 'tool') return next(call)
    const entry = deps.find('tool', target.emitted)
    // A definition that has changed meanwhile isn't called (forward.ts).
    const checks = entry?.target.hash === target.hash ? entry.checks : undefined
    if (checks?.arguments !== undefined) {
      const fit = deps.judge.judge(target.server, checks.arguments, call.args)
      if (fit.kind === 'misfits') return misfit(shown(fit.problems, entry?.keys), deps)
    }
    const outcome = await next(call)
    if (checks?.results === undefined || outcome.kind !== 'result') return outcome
    const result = parsedMembers(outcome.result)
    const problems = resultProblems(result, (content) => {
      const fit = checks.results && deps.judge.judge(target.server, checks.results, content)
      return fit?.kind === 'misfits' ? fit.problems : []
    })
    if (problems === undefined) return outcome
    // A model mends its call by what the tool says, so nothing of ours stands before or behind that.
    if (result['isError'] === true) return { ...outcome, result: asText(result) }
    const text = explain(problems, (outcome.masked ?? 0) > 0, target)
    return { ...outcome, result: asText(result, { type: 'text', text: deps.maskText(text) }) }
  }
}

function shown(problems: readonly Problem[], keys: KeyMap | undefined): readonly Problem[] {
  return problems.map(({ path, expected, known }) => ({
    path: emittedPath(path, keys),
    expected,
    ...(known === undefined
      ? {}
      : { known: known.map((name) => String(emittedPath([...path.slice(0, -1), name], keys).at(-1))) }),
  }))
}

function misfit(problems: readonly Problem[], deps: ValidateDeps): Outcome {
  return {
    kind: 'blocked',
    by: 'arguments',
    reason: deps.maskText(
      `the arguments do not fit the tool's inputSchema, so it was not called${list(problems)}`,
    ),
    hint: 'correct the arguments and send the call again',
  }
}

function list(problems: readonly Problem[]): string {
  const lines = problems.map((problem) => `\n- ${sayProblem(problem)}`).join('')
  return `:${lines}${problems.length < MAX_PROBLEMS ? '' : '\n- and perhaps more'}`
}

/** Undefined when there is nothing that a host would refuse. */
function resultProblems(
  { structuredContent, isError }: Result,
  judge: (content: unknown) => readonly Problem[],
): readonly Problem[] | undefined {
  if (structuredContent === undefined)
    return isError === true ? undefined : [{ path: [], expected: 'structured content is missing' }]
  const problems = judge(structuredContent)
  return problems.length === 0 ? undefined : problems
}

function explain(problems: readonly Problem[], masked: boolean, { server }: Target): string {
  const why = masked
    ? 'with the secrets in it masked, its structured content does not fit the outputSchema of the tool'
    : 'its structured content does not fit the outputSchema of the tool'
  return [
    `sidemux: the tool ran, and this is its result; ${why}, so it is left out${list(problems)}`,
    `hint: do not repeat the call for this; where the schema is wrong, "validate: { results: false }" under servers.${server} in servers.yaml makes such results pass`,
  ].join('\n')
}

/** @param said what stands before it */
function asText({ structuredContent, content, ...rest }: Result, ...said: readonly object[]): Result {
  const blocks: readonly unknown[] = Array.isArray(content) ? content : []
  const copy = structuredContent === undefined ? undefined : writeJson(structuredContent)
  return {
    ...rest,
    content: [
      ...said,
      ...blocks,
      ...(copy === undefined || blocks.some((block) => says(block, copy))
        ? []
        : [{ type: 'text', text: copy }]),
    ],
    isError: true,
  }
}

/** Servers write the same JSON with other spaces. */
function says(block: unknown, json: string): boolean {
  if (block === null || typeof block !== 'object' || !('text' in block)) return false
  const { text } = block
  if (typeof text !== 'string') return false
  try {
    return writeJson(parseJson(text)) === json
  } catch {
    return false
  }
}
