/**
 * Holds arguments to the tool's inputSchema before anybody is bothered with them, and what is wrong comes back as a
 * result that a model can mend (2026-07-28 server/tools, error handling). Holds structured content to the outputSchema
 * that hosts were shown, as it is with its secrets masked, because hosts do so too and then throw everything away: what
 * doesn't fit gives way to a text that says so and says the same, marked as an error, which alone hosts let pass. The
 * tool has run by then, and the text says that first. What the tool itself calls an error keeps its own words alone.
 */
import { STEADY } from '../../json/steady.ts'
import { emittedPath, type KeyMap } from '../../catalog/schemas/keys.ts'
import type { Target } from '../../catalog/target.ts'
import { parsedMembers, parseJson } from '../../json/parse.ts'
import { writeJson } from '../../json/write.ts'
import type { SchemaJudge } from '../../schema/judge.ts'
import { MAX_PROBLEMS, type SchemaProblem } from '../../schema/problem.ts'
import { sayProblem } from '../../schema/say.ts'
import type { Call, Outcome, Result, Stage } from '../call.ts'
import { targetOf, whenEnded } from '../compose.ts'

export interface ValidateDeps {
  readonly judge: Pick<SchemaJudge, 'judge'>
  /** Of a schema by which a value could not be judged at a bounded price, the first time. */
  unchecked(target: Target, what: Checked): void
  /** A name in the arguments can be a secret as well. */
  maskText(text: string): string
}

type Checked = 'arguments' | 'results'
type Checks = NonNullable<NonNullable<Call['entry']>['checks']>

export function validate(deps: ValidateDeps): Stage {
  return (call, next) => {
    const target = targetOf(call)
    const { entry } = call
    if (target.kind !== 'tool' || entry?.checks === undefined) return next(call)
    const check = new Checking(deps, target, entry.checks)
    const wrong = check.problems('arguments', call.args)
    if (wrong.length > 0) return misfit(shown(wrong, entry.keys), deps)
    if (entry.checks.results === undefined && check.unchecked.length === 0) return next(call)
    return whenEnded(next(call), (ended) => checkedEnd(ended, check, target, deps))
  }
}

/** One call by the schemas of its tool. */
class Checking {
  /** What could not be judged at a bounded price. */
  readonly unchecked: Checked[] = []
  readonly #deps: ValidateDeps
  readonly #target: Target
  readonly #checks: Checks

  constructor(deps: ValidateDeps, target: Target, checks: Checks) {
    this.#deps = deps
    this.#target = target
    this.#checks = checks
  }

  get hasResults(): boolean {
    return this.#checks.results !== undefined
  }

  problems(what: Checked, value: unknown): readonly SchemaProblem[] {
    const schema = this.#checks[what]
    if (schema === undefined) return []
    const fit = this.#deps.judge.judge(schema, value)
    if (fit.kind === 'unknown') {
      this.unchecked.push(what)
      if (fit.isNews) this.#deps.unchecked(this.#target, what)
    }
    return fit.kind === 'misfits' ? fit.problems : []
  }
}

function checkedEnd(ended: Outcome, check: Checking, target: Target, deps: ValidateDeps): Outcome {
  const result = check.hasResults && ended.kind === 'result' ? parsedMembers(ended.result) : undefined
  const problems = result && resultProblems(result, (content) => check.problems('results', content))
  const outcome: Outcome =
    check.unchecked.length === 0 ? ended : { ...STEADY, ...ended, unchecked: check.unchecked }
  if (result === undefined || problems === undefined) return outcome
  // A model mends its call by what the tool says, so nothing of ours stands before or behind that.
  if (result['isError'] === true) return { ...STEADY, ...outcome, kind: 'result', result: asText(result) }
  const text = explain(problems, isMasked(ended), target)
  return {
    ...STEADY,
    ...outcome,
    kind: 'result',
    result: asText(result, { type: 'text', text: deps.maskText(text) }),
  }
}

function isMasked(outcome: Outcome): boolean {
  return outcome.kind === 'result' && (outcome.masked ?? 0) > 0
}

function shown(problems: readonly SchemaProblem[], keys: KeyMap | undefined): readonly SchemaProblem[] {
  return problems.map(({ path, expected, known }) => ({
    path: emittedPath(path, keys),
    expected,
    ...(known === undefined
      ? {}
      : { known: known.map((name) => String(emittedPath([...path.slice(0, -1), name], keys).at(-1))) }),
  }))
}

function misfit(problems: readonly SchemaProblem[], deps: ValidateDeps): Outcome {
  return {
    kind: 'blocked',
    by: 'arguments',
    reason: deps.maskText(
      `the arguments do not fit the tool's inputSchema, so it was not called${list(problems)}`,
    ),
    hint: 'correct the arguments and send the call again',
  }
}

function list(problems: readonly SchemaProblem[]): string {
  const lines = problems.map((problem) => `\n- ${sayProblem(problem)}`).join('')
  return `:${lines}${problems.length < MAX_PROBLEMS ? '' : '\n- and perhaps more'}`
}

/** Undefined when there is nothing that a host would refuse. */
function resultProblems(
  { structuredContent, isError }: Result,
  judge: (content: unknown) => readonly SchemaProblem[],
): readonly SchemaProblem[] | undefined {
  if (structuredContent === undefined)
    return isError === true ? undefined : [{ path: [], expected: 'structured content is missing' }]
  const problems = judge(structuredContent)
  return problems.length === 0 ? undefined : problems
}

function explain(problems: readonly SchemaProblem[], masked: boolean, { server }: Target): string {
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
