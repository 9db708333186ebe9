/**
 * Makes a schema ready for the library that judges by it, once for each tool definition. A schema is a server's text,
 * so what the library gets is a copy with only the words that it knows and that hold what they should, bounded in depth,
 * number of parts and patterns. Only what the schema itself holds can be referred to; nothing is ever fetched and no
 * code generated. What depends on where it is met (`$dynamicRef`, `$recursiveRef`) makes the whole unusable.
 */
import { dereference, type Schema, type SchemaDraft } from '@cfworker/json-schema'
import { dialectOf, type Dialect } from './dialect.ts'
import { isRecord, type JsonObject } from '../json/record.ts'
import { UnusableSchema } from './unusable.ts'
import { wordOf, type Word } from './vocabulary.ts'

const MAX_DEPTH = 128
const MAX_SCHEMAS = 20_000
const MAX_PATTERNS = 200
const MAX_PATTERN_LENGTH = 1000
/** The library reads what has a name twice, and so on inwards. */
const MAX_NAMED = 4

const DRAFTS: Readonly<Record<Dialect, SchemaDraft>> = {
  '2020-12': '2020-12',
  '2019-09': '2019-09',
  'draft-07': '7',
}
/** Up to draft-07 nothing else counts beside a reference. */
const BESIDE_REF = new Set(['$ref', '$defs', 'definitions'])

/** 2020-12 core, 8.2.2. */
const ANCHOR = /^[A-Za-z_][-A-Za-z0-9._]*$/

export interface CompiledSchema {
  readonly root: Schema
  readonly draft: SchemaDraft
  /** Schemas by what references call them. */
  readonly lookup: Readonly<Record<string, Schema | boolean>>
  /** What of it is left unchecked; empty as a rule. */
  readonly gaps: readonly string[]
}

/**
 * @param schema of bounded size (kept.ts)
 * @throws UnusableSchema
 */
export function compileSchema(schema: JsonObject): CompiledSchema {
  const dialect = dialectOf(schema, () => hasTuples(schema, 0))
  const copy = new Copy(dialect)
  const root = copy.object(schema, 0)
  const lookup = lookupOf(root)
  for (const part of Object.values(lookup)) if (typeof part === 'object') requireTarget(part, lookup)
  return { root, draft: DRAFTS[dialect], lookup, gaps: [...copy.gaps] }
}

class Copy {
  readonly gaps = new Set<string>()
  readonly #dialect: Dialect
  readonly #patterns = new Set<string>()
  /** Of parts, by which references find them. */
  readonly #anchors = new Set<string>()
  #count = 0
  #named = 0

  constructor(dialect: Dialect) {
    this.#dialect = dialect
  }

  object(schema: JsonObject, depth: number): Schema {
    if (depth > MAX_DEPTH) throw new UnusableSchema('is nested too deeply')
    this.#noteAnchors(schema)
    const isNamed = '$id' in schema && depth > 0
    if (isNamed) this.#named += 1
    if (this.#named > MAX_NAMED)
      throw new UnusableSchema('has schemas with an "$id" that are nested too deeply')
    this.#count += 2 ** this.#named
    if (this.#count > MAX_SCHEMAS) throw new UnusableSchema(`has more than ${MAX_SCHEMAS} parts`)
    if ('$dynamicRef' in schema || '$recursiveRef' in schema)
      throw new UnusableSchema('has references that depend on where they are met')
    const isReference = this.#dialect === 'draft-07' && '$ref' in schema
    const copy: Schema = {}
    for (const [name, value] of Object.entries(schema)) {
      const word = isReference && !BESIDE_REF.has(name) ? undefined : wordOf(name, this.#dialect)
      if (word === undefined) continue
      // Beside no list it means nothing, and the library would refuse every item by it.
      if (name === 'additionalItems' && !Array.isArray(schema['items'])) continue
      if (!word.is(value)) throw new UnusableSchema(`has a "${name}" that is not ${word.what}`)
      this.#put(copy, name, word, value, depth + 1)
    }
    if (isNamed) this.#named -= 1
    return copy
  }

  /**
   * The library finds what has an "$id" of its own under the names of the whole as well. So one anchor for two parts, or
   * one that reads as a path, leads to the wrong part, by which a value that fits would be refused.
   */
  #noteAnchors({ $anchor, $id }: JsonObject): void {
    const [address, fragment = ''] = typeof $id === 'string' ? $id.split(/#(.*)/su) : []
    if (fragment !== '' && address !== '')
      throw new UnusableSchema('has an "$id" that names a part of another schema')
    const anchors = [$anchor, fragment].filter((name) => typeof name === 'string' && name !== '').map(String)
    for (const anchor of new Set(anchors)) {
      if (!ANCHOR.test(anchor)) throw new UnusableSchema('has an anchor that is not one')
      if (this.#anchors.has(anchor)) throw new UnusableSchema('has one anchor for two parts')
      this.#anchors.add(anchor)
    }
  }

  #put(copy: Schema, name: string, word: Word, value: unknown, depth: number): void {
    if (name === 'pattern') {
      if (this.#canRead(String(value), 'a pattern')) copy.pattern = String(value)
    } else if (name === 'patternProperties') {
      copy.patternProperties = Object.fromEntries(
        Object.entries(Object(value)).map(([pattern, schema]) =>
          // What can't be read could name any member.
          this.#canRead(pattern, 'a pattern of names') ? [pattern, this.#schema(schema, depth)] : ['', true],
        ),
      )
    } else if (name === 'dependencies') {
      const all: readonly [string, unknown][] = Object.entries(Object(value))
      const lists = all.flatMap(([of, wanted]) =>
        Array.isArray(wanted) ? [[of, wanted.map(String)] as const] : [],
      )
      copy.dependentRequired = Object.fromEntries(lists)
      copy.dependentSchemas = this.#map(
        all.filter(([, wanted]) => !Array.isArray(wanted)),
        depth,
      )
    } else if (word.place === 'map') copy[name] = this.#map(Object.entries(Object(value)), depth)
    else if (word.place !== undefined && Array.isArray(value))
      copy[name] = value.map((schema: unknown) => this.#schema(schema, depth))
    else copy[name] = word.place === undefined ? value : this.#schema(value, depth)
  }

  #map(entries: readonly [string, unknown][], depth: number): Record<string, Schema> {
    return Object.fromEntries(entries.map(([name, schema]) => [name, this.#schema(schema, depth)]))
  }

  /** With booleans written out, because of a `false` the library tells only where the value is. */
  #schema(schema: unknown, depth: number): Schema {
    if (typeof schema === 'boolean') return schema ? {} : { not: {} }
    return this.object(isRecord(schema) ? schema : {}, depth)
  }

  #canRead(pattern: string, what: string): boolean {
    const canRead = pattern.length <= MAX_PATTERN_LENGTH && isExpression(pattern)
    if (canRead) this.#patterns.add(pattern)
    else this.gaps.add(what)
    if (this.#patterns.size > MAX_PATTERNS) throw new UnusableSchema(`has more than ${MAX_PATTERNS} patterns`)
    return canRead
  }
}

/** To the library, which reads them with `u` as the specification recommends. */
function isExpression(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp
  } catch {
    return false
  }
}

function hasTuples(schema: JsonObject, depth: number): boolean {
  if (depth > MAX_DEPTH) return false
  if (Array.isArray(schema['items'])) return true
  return Object.entries(schema).some(([name, value]) => {
    const place = wordOf(name, '2019-09')?.place
    if (place === undefined || value === null || typeof value !== 'object') return false
    const inner: readonly unknown[] =
      place === 'schema' || !isRecord(value) ? [value].flat() : Object.values(value)
    return (name === 'items' ? [value] : inner).some((one) => isRecord(one) && hasTuples(one, depth + 1))
  })
}

function lookupOf(root: Schema): CompiledSchema['lookup'] {
  try {
    return dereference(root)
  } catch {
    throw new UnusableSchema('has references that can not be read')
  }
}

function requireTarget({ __absolute_ref__: target }: Schema, lookup: CompiledSchema['lookup']): void {
  if (target === undefined || target in lookup) return
  const document = target.replace(/#.*$/, '')
  throw new UnusableSchema(
    document in lookup ? 'refers to a part that it does not have' : 'refers to a schema outside of it',
  )
}
