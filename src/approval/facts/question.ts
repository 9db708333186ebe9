/**
 * The words in which a human is asked. The first line is the call itself and the second one says why he is asked,
 * because some hosts show no more than that. Then comes everything: every argument in full, because what is cut off is
 * what an attacker would put there; what the server wrote is fenced off at the end.
 *
 * What isn't ours is set in by four spaces, after an empty line: a host that renders Markdown takes it for code, and
 * shows it as it is.
 * Pure. Secret values in the arguments have been masked by the caller.
 */
import { writeJson } from '../../json/write.ts'
import { visibleLine, visibleText } from '../../visible.ts'
import { callLine, type Called } from '../words/call-line.ts'
import { asName, inOneLine, unrendered } from '../words/one-line.ts'

/** One member of the definition, as JSON; absent on the side where it isn't there. */
interface Change {
  readonly member: string
  readonly before?: string
  readonly after?: string
}

export interface QuestionFacts extends Called {
  /** `destructive`, `write`, … as the policy classed it. */
  readonly risk: string
  /** Which rule asks, and why. */
  readonly why: string
  /** The same in one sentence for who never read our README. */
  readonly because?: string
  /** How the tool's definition differs from the one that was first seen. */
  readonly changes: readonly Change[]
  /** The server's own description of the tool. */
  readonly description?: string
}

/** Beyond this nobody reads it, and hosts cut it; a call that can't be shown in full isn't asked about. */
export const MAX_QUESTION_LENGTH = 256 * 1024
const MAX_DESCRIPTION_LENGTH = 600
/** How much is shown of what stands before a difference. */
const LEAD = 60

/** The whole question, several lines. */
export function questionText(facts: QuestionFacts): string | undefined {
  const text = [essentials(facts), ...descriptionLines(facts)].join('\n')
  return text.length > MAX_QUESTION_LENGTH ? undefined : text
}

/** It is asked for by each channel that the same question goes to. */
const written = new WeakMap<QuestionFacts, string>()

/** The question up to what the server says of itself: all that a yes is a yes to. */
export function essentials(facts: QuestionFacts): string {
  const known = written.get(facts) ?? (facts.kind === 'launch' ? launchText(facts) : callText(facts))
  written.set(facts, known)
  return known
}

function callText(facts: QuestionFacts): string {
  return [
    callLine(facts).text,
    `${facts.risk}: ${inOneLine(facts.because ?? facts.why)}`,
    '',
    `server: ${visibleLine(facts.server)}`,
    `${facts.kind ?? 'tool'}: ${asName(facts.tool)}`,
    `risk: ${facts.risk}`,
    `asked because: ${inOneLine(unrendered(facts.why))}`,
    '',
    ...argumentLines(facts.args),
    ...changeLines(facts),
  ].join('\n')
}

/** Each server with what it is started by, which is in several lines of ours (trust/words.ts). */
function launchText(facts: QuestionFacts): string {
  return [
    callLine(facts).text,
    `may ${Object.keys(facts.args).length === 1 ? 'it' : 'they'} start? ${inOneLine(facts.because ?? facts.why)}`,
    ...Object.entries(facts.args).flatMap(([id, launch]) => [
      '',
      inOneLine(id),
      ...String(launch)
        .split('\n')
        .map((line) => `    ${visibleLine(line)}`),
    ]),
  ].join('\n')
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
