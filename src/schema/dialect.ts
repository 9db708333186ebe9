/**
 * Finds out in which dialect of JSON Schema a document is written. 2026-07-28 makes 2020-12 the dialect of what
 * declares none; yet a list under `items` exists only in draft-07 and its neighbours, so a document that has one and
 * declares nothing is read as draft-07. A dialect that isn't known here isn't guessed.
 */
import { UnusableSchema } from './unusable.ts'
import type { JsonObject } from '../json/record.ts'

export type Dialect = '2020-12' | '2019-09' | 'draft-07'

const DIALECTS: ReadonlyMap<string, Dialect> = new Map([
  ['json-schema.org/draft/2020-12/schema', '2020-12'],
  ['json-schema.org/draft/2019-09/schema', '2019-09'],
  ['json-schema.org/draft-07/schema', 'draft-07'],
  // What draft-07 added to draft-06 means nothing there, so nobody writes it.
  ['json-schema.org/draft-06/schema', 'draft-07'],
])

/** @throws UnusableSchema */
export function dialectOf(root: JsonObject, hasTuples: () => boolean): Dialect {
  const { $schema } = root
  if (typeof $schema !== 'string') return hasTuples() ? 'draft-07' : '2020-12'
  const dialect = DIALECTS.get($schema.replace(/^https?:\/\//, '').replace(/#$/, ''))
  if (dialect === undefined)
    throw new UnusableSchema('declares a dialect of JSON Schema that is not known here')
  return dialect
}
