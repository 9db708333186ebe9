/**
 * `--grep`: a part of what a row says, plain text and never a pattern, in upper or lower case, however its characters are
 * composed, and where something in it hides both as it is shown and without that; pure.
 */
import type { Row } from '../../audit/read/calls.ts'
import { ExactNumber } from '../../json/number.ts'
import { writeJson } from '../../json/write.ts'
import { visibleLine } from '../../visible.ts'
import type { RowFacts } from './facts.ts'

export function holds(row: Row, facts: RowFacts, asked: string): boolean {
  const wanted = folded(asked)
  const plain = bare(asked)
  for (const text of textsOf(row, facts)) {
    if (folded(text).includes(wanted)) return true
    const shown = visibleLine(text)
    if (shown !== text && folded(shown).includes(wanted)) return true
    if (plain !== '' && (plain !== wanted || NOT_ASCII.test(text)) && bare(text).includes(plain)) return true
  }
  return false
}

/** Where the text stands, if it does in so many words. */
export function indexIn(json: string, asked: string): { readonly at: number; readonly length: number } {
  const written = JSON.stringify(asked.toWellFormed()).slice(1, -1)
  const literal = new RegExp(written.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'iu')
  return { at: literal.exec(json)?.index ?? -1, length: written.length }
}

/** Of a call its names, its arguments and why it ended so; of other records whatever they say in words. */
function* textsOf(row: Row, { server, tool, emitted }: RowFacts): Generator<string> {
  yield* [server, tool, emitted]
  if (row.kind === 'record') {
    for (const [name, value] of Object.entries(row.record)) if (!NO_WORDS.has(name)) yield* leaves(value)
    return
  }
  const { intent, outcome } = row
  yield* leaves(intent?.['arguments'])
  yield* leaves(intent?.['shape'])
  yield* leaves(outcome?.['set'])
  yield* leaves(outcome?.['reason'])
  // As it is shown: `"path":"notes.txt"`.
  if (intent?.['arguments'] !== undefined) yield writeJson(intent['arguments'])
}

/** Hashes and ids are no words, and times have options of their own. */
const NO_WORDS = new Set([
  'seq',
  'time',
  'type',
  'prev',
  'hash',
  'argsHash',
  'toolHash',
  'launchHash',
  'witness',
  'segment',
  'session',
])

/** Every text in it, names of members too. Records are nested no deeper than their hash allows. */
function* leaves(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value
  else if (typeof value === 'number' || value instanceof ExactNumber) yield String(value)
  else if (typeof value === 'object' && value !== null)
    for (const [key, member] of Object.entries(value)) {
      if (!Array.isArray(value)) yield key
      yield* leaves(member)
    }
}

/** Small letters alone would keep the two of Greek apart that are one capital, and ß from SS. */
function folded(text: string): string {
  return text.toLowerCase().toUpperCase().normalize('NFC')
}

const NOT_ASCII = /[^ -~]/

/** Without what nobody sees, so that nobody keeps a name from being found by putting such in. */
function bare(text: string): string {
  return folded(text.normalize('NFKC').replaceAll(/\p{Default_Ignorable_Code_Point}/gu, ''))
}
