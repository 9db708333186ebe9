/**
 * Which JSON Schema a document is written in, and where in it schemas stand. 2026-07-28 makes 2020-12 the dialect of
 * what declares none; yet a list under `items` exists only in draft-07 and its neighbours, so a document that has one
 * and declares nothing is read as draft-07. A dialect that isn't known here isn't guessed.
 */
import { Unusable } from './unusable.ts'

export type Dialect = '2020-12' | '2019-09' | 'draft-07'
export type JsonObject = Readonly<Record<string, unknown>>

const DIALECTS: ReadonlyMap<string, Dialect> = new Map([
  ['json-schema.org/draft/2020-12/schema', '2020-12'],
  ['json-schema.org/draft/2019-09/schema', '2019-09'],
  ['json-schema.org/draft-07/schema', 'draft-07'],
  // What draft-07 added to draft-06 means nothing there, so nobody writes it.
  ['json-schema.org/draft-06/schema', 'draft-07'],
])

const ONE = new Set([
  'additionalItems',
  'additionalProperties',
  'contains',
  'else',
  'if',
  'items',
  'not',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
])
const LIST = new Set(['allOf', 'anyOf', 'items', 'oneOf', 'prefixItems'])
const MAP = new Set([
  '$defs',
  'definitions',
  'dependencies',
  'dependentSchemas',
  'patternProperties',
  'properties',
])

/** @throws Unusable */
export function dialectOf(root: JsonObject, hasTuples: boolean): Dialect {
  const { $schema } = root
  if (typeof $schema !== 'string') return hasTuples ? 'draft-07' : '2020-12'
  const dialect = DIALECTS.get($schema.replace(/^https?:\/\//, '').replace(/#$/, ''))
  if (dialect === undefined) throw new Unusable('declares a dialect of JSON Schema that is not known here')
  return dialect
}

export function isObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

export function isSchema(value: unknown): value is JsonObject | boolean {
  return typeof value === 'boolean' || isObject(value)
}

/** The schemas that stand directly in this one; what is no schema there is for whoever compiles it to refuse. */
export function* schemasIn(schema: JsonObject): Generator<JsonObject> {
  for (const [word, value] of Object.entries(schema)) {
    if (ONE.has(word) && isObject(value)) yield value
    else if (LIST.has(word) && Array.isArray(value)) yield* value.filter(isObject)
    else if (MAP.has(word) && isObject(value)) yield* Object.values(value).filter(isObject)
  }
}
