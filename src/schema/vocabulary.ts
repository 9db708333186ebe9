/**
 * The words of JSON Schema: in which dialects each means something, what it has to hold, and whether schemas stand in
 * it. A word that isn't here is an annotation, and so is `format`, as 2020-12 has it.
 */
import { type Dialect } from './dialect.ts'
import { isRecord } from '../json/record.ts'

type Place = 'schema' | 'list' | 'map'

export interface Word {
  /** Ends the sentence "has a … that is not". */
  readonly what: string
  is(value: unknown): boolean
  /** How schemas stand in it. */
  readonly place?: Place
  readonly dialects?: readonly Dialect[]
}

const NEW: readonly Dialect[] = ['2020-12', '2019-09']
const OLD: readonly Dialect[] = ['2019-09', 'draft-07']
const TYPES = new Set<unknown>(['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'])

const schema: Word = { what: 'a schema', is: isSchema, place: 'schema' }
const schemas: Word = {
  what: 'a list of schemas',
  is: (value) => Array.isArray(value) && value.length > 0 && value.every(isSchema),
  place: 'list',
}
const map: Word = { what: 'an object of schemas', is: (value) => isMapOf(value, isSchema), place: 'map' }
const number: Word = { what: 'a number', is: (value) => typeof value === 'number' }
const positive: Word = { what: 'a number above 0', is: (value) => typeof value === 'number' && value > 0 }
const count: Word = { what: 'a count', is: (value) => Number.isInteger(value) && Number(value) >= 0 }
const text: Word = { what: 'a string', is: (value) => typeof value === 'string' }
const names: Word = { what: 'a list of names', is: isNames }
const namesByName: Word = { what: 'an object of lists of names', is: (value) => isMapOf(value, isNames) }

const WORDS: ReadonlyMap<string, Word | readonly Word[]> = new Map<string, Word | readonly Word[]>([
  ['$id', text],
  ['$ref', text],
  ['$anchor', { ...text, dialects: NEW }],
  ['$defs', map],
  ['definitions', map],
  ['type', { what: 'a type, or a list of them', is: isTypes }],
  ['enum', { what: 'a list', is: Array.isArray }],
  ['const', { what: 'a value', is: () => true }],
  ['minimum', number],
  ['maximum', number],
  ['exclusiveMinimum', number],
  ['exclusiveMaximum', number],
  ['multipleOf', positive],
  ['minLength', count],
  ['maxLength', count],
  ['pattern', text],
  [
    'items',
    [
      { ...schema, what: 'a schema (a list of them is "prefixItems" in 2020-12)', dialects: ['2020-12'] },
      { what: 'a schema, or a list of them', is: isItems, place: 'list', dialects: OLD },
    ],
  ],
  ['prefixItems', { ...schemas, dialects: ['2020-12'] }],
  ['additionalItems', { ...schema, dialects: OLD }],
  ['unevaluatedItems', { ...schema, dialects: NEW }],
  ['contains', schema],
  ['minContains', { ...count, dialects: NEW }],
  ['maxContains', { ...count, dialects: NEW }],
  ['minItems', count],
  ['maxItems', count],
  ['uniqueItems', { what: 'true or false', is: (value) => typeof value === 'boolean' }],
  ['properties', map],
  ['patternProperties', map],
  ['additionalProperties', schema],
  ['unevaluatedProperties', { ...schema, dialects: NEW }],
  ['propertyNames', schema],
  ['required', names],
  ['minProperties', count],
  ['maxProperties', count],
  ['dependentRequired', { ...namesByName, dialects: NEW }],
  ['dependentSchemas', { ...map, dialects: NEW }],
  [
    'dependencies',
    {
      what: 'an object of schemas or lists of names',
      is: (value) => isMapOf(value, (one) => isSchema(one) || isNames(one)),
      place: 'map',
      dialects: ['draft-07'],
    },
  ],
  ['allOf', schemas],
  ['anyOf', schemas],
  ['oneOf', schemas],
  ['not', schema],
  ['if', schema],
  ['then', schema],
  ['else', schema],
])

/** Undefined for what means nothing in this dialect. */
export function wordOf(name: string, dialect: Dialect): Word | undefined {
  return [WORDS.get(name) ?? []].flat().find(({ dialects }) => dialects?.includes(dialect) ?? true)
}

export function isSchema(value: unknown): boolean {
  return typeof value === 'boolean' || isRecord(value)
}

function isItems(value: unknown): boolean {
  return isSchema(value) || (Array.isArray(value) && value.every(isSchema))
}

function isNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string')
}

function isTypes(value: unknown): boolean {
  const types: readonly unknown[] = [value].flat()
  return types.length > 0 && types.every((type) => TYPES.has(type))
}

function isMapOf(value: unknown, isMember: (member: unknown) => boolean): boolean {
  return isRecord(value) && Object.values(value).every(isMember)
}
