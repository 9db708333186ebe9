/**
 * The words in which a human is asked. Every argument is shown in full, because what is cut off is what an
 * attacker would put there; what the server wrote is fenced off at the end and never stands in the title.
 * Pure. Secret values in the arguments have been masked by the caller.
 */
import { visibleLine, visibleText } from '../visible.ts'

/** One member of the definition, as JSON; absent on the side where it isn't there. */
interface Change {
  readonly member: string
  readonly before?: string
  readonly after?: string
}

export interface QuestionFacts {
  readonly server: string
  readonly tool: string
  /** `destructive`, `write`, … as the policy classed it. */
  readonly risk: string
  /** Which rule asks, and why. */
  readonly why: string
  readonly args: Readonly<Record<string, unknown>>
  /** How the tool's definition differs from the one that was first seen. */
  readonly changes: readonly Change[]
  /** The server's own description of the tool. */
  readonly description?: string
}

export interface Question {
  /** One line: server and tool, nothing that the server wrote. */
  readonly title: string
  /** The whole question, several lines. */
  readonly text: string
}

/** Beyond this nobody reads it, and hosts cut it; a call that can't be shown in full isn't asked about. */
export const MAX_QUESTION_LENGTH = 256 * 1024
const MAX_DESCRIPTION_LENGTH = 600

export function question(facts: QuestionFacts): Question | undefined {
  const title = `May ${visibleLine(facts.server)} run ${visibleLine(facts.tool)}?`
  const text = [
    title,
    '',
    `server: ${visibleLine(facts.server)}`,
    `tool: ${visibleLine(facts.tool)}`,
    `risk: ${facts.risk}`,
    `asked because: ${visibleLine(facts.why)}`,
    '',
    ...argumentLines(facts.args),
    ...changeLines(facts.changes),
    ...descriptionLines(facts.description),
  ].join('\n')
  return text.length > MAX_QUESTION_LENGTH ? undefined : { title, text }
}

/** One line an argument, as JSON, so that no value can start a line of its own and pose as ours. */
function argumentLines(args: Readonly<Record<string, unknown>>): string[] {
  const names = Object.keys(args)
  if (names.length === 0) return ['arguments: none']
  return [
    `arguments (${names.length}), in full:`,
    ...names.map(
      (name) =>
        `  ${visibleLine(JSON.stringify(name))}: ${visibleLine(JSON.stringify(args[name]) ?? 'null')}`,
    ),
  ]
}

/** What changed was written by the server, so it is fenced off like its description, and may be cut like it. */
function changeLines(changes: readonly Change[]): string[] {
  if (changes.length === 0) return []
  const side = (sign: string, json: string | undefined): string[] =>
    json === undefined ? [] : [`  > ${sign} ${visibleLine(cut(json))}`]
  return [
    '',
    `the server changed this tool since it was first seen (${changes.map(({ member }) => visibleLine(member)).join(', ')}):`,
    ...changes.flatMap(({ member, before, after }) => [
      `  > ${visibleLine(member)}`,
      ...side('-', before),
      ...side('+', after),
    ]),
  ]
}

function descriptionLines(description: string | undefined): string[] {
  if (description === undefined || description.trim() === '') return []
  return [
    '',
    'what the server says about this tool (unchecked):',
    ...visibleText(cut(description).toWellFormed())
      .split('\n')
      .map((line) => `  > ${line}`),
  ]
}

function cut(text: string): string {
  return text.length > MAX_DESCRIPTION_LENGTH ? `${text.slice(0, MAX_DESCRIPTION_LENGTH)} …` : text
}
