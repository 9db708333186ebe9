/**
 * Says what each word of a schema asks for, in one sentence for a model. Words that aren't here lead to other
 * schemas.
 */
import { isRecord } from '../json/record.ts'
import { oneOf, quote, typeOf } from './words.ts'

/** More than are ever shown. */
const MAX_OPTIONS = 100

export const SENTENCES: ReadonlyMap<string, (asked: unknown, value: unknown) => string> = new Map([
  ['type', sayType],
  ['enum', (asked) => `expected ${options(asked)}`],
  ['const', (asked) => `expected ${options([asked])}`],
  ['minimum', (asked) => `expected at least ${quote(asked)}`],
  ['maximum', (asked) => `expected at most ${quote(asked)}`],
  ['exclusiveMinimum', (asked) => `expected more than ${quote(asked)}`],
  ['exclusiveMaximum', (asked) => `expected less than ${quote(asked)}`],
  ['multipleOf', (asked) => `expected a multiple of ${quote(asked)}`],
  ['minLength', (asked) => `expected at least ${quote(asked)} characters`],
  ['maxLength', (asked) => `expected at most ${quote(asked)} characters`],
  ['pattern', (asked) => `expected text that matches the pattern ${quote(asked)}`],
  ['minItems', (asked) => `expected at least ${quote(asked)} items`],
  ['maxItems', (asked) => `expected at most ${quote(asked)} items`],
  ['uniqueItems', () => 'expected items that differ from each other'],
  ['contains', () => 'expected at least 1 items of a kind that is missing'],
  ['minContains', (asked) => `expected at least ${quote(asked)} items of a kind that is missing`],
  ['maxContains', (asked) => `expected at most ${quote(asked)} items of a kind that there are more of`],
  ['minProperties', (asked) => `expected at least ${quote(asked)} members`],
  ['maxProperties', (asked) => `expected at most ${quote(asked)} members`],
  ['not', (asked) => (isNothing(asked) ? 'is not allowed here' : 'is of a kind that is excluded here')],
])

export function options(asked: unknown): string {
  const all: readonly unknown[] = Array.isArray(asked) ? asked : []
  return all.length === 0 ? 'nothing' : oneOf(all.slice(0, MAX_OPTIONS).map(quote))
}

export function types(asked: unknown): readonly string[] {
  return [asked].flat().map(String)
}

/** Under `not`: what no value escapes; so compile.ts writes `false`. */
export function isNothing(asked: unknown): boolean {
  return isRecord(asked) && Object.keys(asked).length === 0
}

function sayType(asked: unknown, value: unknown): string {
  const isFraction = typeof value === 'number' && types(asked).includes('integer')
  return `expected ${oneOf(types(asked))}, got ${isFraction ? 'a fraction' : typeOf(value)}`
}
