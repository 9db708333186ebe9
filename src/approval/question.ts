/**
 * The words in which a human is asked. Every argument is shown in full, because what is cut off is what an
 * attacker would put there; what the server wrote is fenced off at the end. Of that only the tool's name stands in the
 * title, in quotes where it could be read as anything but a name.
 *
 * What isn't ours is set in by four spaces, after an empty line: a host that renders Markdown takes it for code, and
 * shows it as it is.
 * Pure. Secret values in the arguments have been masked by the caller.
 */
import { writeJson } from '../json/write.ts'
import { visibleLine, visibleText } from '../visible.ts'

/** One member of the definition, as JSON; absent on the side where it isn't there. */
interface Change {
  readonly member: string
  readonly before?: string
  readonly after?: string
}

export interface QuestionFacts {
  /** What is to be used; a tool where nothing is said. */
  readonly kind?: 'tool' | 'prompt' | 'resource' | 'sampling'
  readonly server: string
  /** Its name, or a resource's URI. */
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
/** How much is shown of what stands before a difference. */
const LEAD = 60

export function question(facts: QuestionFacts): Question | undefined {
  const title = titleOf(facts)
  const text = [
    title,
    '',
    `server: ${visibleLine(facts.server)}`,
    `${facts.kind ?? 'tool'}: ${asName(facts.tool)}`,
    `risk: ${facts.risk}`,
    `asked because: ${visibleLine(facts.why)}`,
    '',
    ...argumentLines(facts.args),
    ...changeLines(facts),
    ...descriptionLines(facts),
  ].join('\n')
  return text.length > MAX_QUESTION_LENGTH ? undefined : { title, text }
}

function titleOf({ kind, server, tool }: QuestionFacts): string {
  const who = visibleLine(server)
  switch (kind) {
    case 'prompt':
      return `May the prompt ${asName(tool)} of ${who} be used?`
    case 'resource':
      return `May ${asName(tool)} of ${who} be read?`
    case 'sampling':
      return `May ${who} have your model write for it?`
    default:
      return `May ${who} run ${asName(tool)}?`
  }
}

/** One line an argument, as JSON, so that no value can start a line of its own and pose as ours. */
function argumentLines(args: Readonly<Record<string, unknown>>): string[] {
  const names = Object.keys(args)
  if (names.length === 0) return ['arguments: none']
  return [
    `arguments (${names.length}), in full:`,
    '',
    ...names.map((name) => `    ${inOneLine(JSON.stringify(name))}: ${inOneLine(writeJson(args[name]))}`),
  ]
}

/** What changed was written by the server, so it is fenced off like its description, and may be cut like it. */
function changeLines({ changes, kind = 'tool' }: QuestionFacts): string[] {
  if (changes.length === 0) return []
  return [
    '',
    `the server changed this ${kind} since it was first seen (${changes.map(({ member }) => asName(member)).join(', ')}):`,
    '',
    ...changes.flatMap(({ member, before, after }) => {
      const from = firstDifference(before, after)
      return [
        `    > ${asName(member)}`,
        ...side('-', excerpt(before, from)),
        ...side('+', excerpt(after, from)),
      ]
    }),
  ]
}

function side(sign: string, json: string | undefined): string[] {
  return json === undefined ? [] : [`    > ${sign} ${inOneLine(json)}`]
}

function descriptionLines({ description, kind = 'tool' }: QuestionFacts): string[] {
  if (description === undefined || description.trim() === '') return []
  return [
    '',
    `what the server says about this ${kind} (unchecked):`,
    '',
    ...visibleText(cut(description).toWellFormed())
      .split('\n')
      .map((line) => `    > ${inOneLine(line)}`),
  ]
}

/** Many spaces would wrap what follows them into a line that seems to be one of ours. */
function inOneLine(text: string): string {
  return visibleLine(text).replace(/ {33,}/g, (spaces) => `‹${spaces.length} spaces›`)
}

/** The specification's names as they are; anything else could be a sentence. */
function asName(name: string): string {
  return /^[A-Za-z0-9_./-]{1,128}$/.test(name) ? name : inOneLine(JSON.stringify(name))
}

function firstDifference(a = '', b = ''): number {
  let at = 0
  while (at < a.length && a[at] === b[at]) at += 1
  return at
}

/** Begins shortly before the place that matters, so that a long common beginning hides no difference. */
function excerpt(text: string | undefined, place: number): string | undefined {
  if (text === undefined || text.length <= MAX_DESCRIPTION_LENGTH) return text
  const from = Math.max(0, Math.min(place - LEAD, text.length - MAX_DESCRIPTION_LENGTH))
  return (from === 0 ? '' : '… ') + cut(text.slice(from))
}

function cut(text: string): string {
  return text.length > MAX_DESCRIPTION_LENGTH ? `${text.slice(0, MAX_DESCRIPTION_LENGTH)} …` : text
}
