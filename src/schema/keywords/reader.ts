/**
 * The members of one schema by type. One of another type makes the whole schema unusable, because what it means is
 * anybody's guess.
 */
import { isObject, isSchema, type Dialect, type JsonObject } from '../dialect.ts'
import type { Node } from '../node.ts'
import type { Pattern } from '../pattern.ts'
import { Unusable } from '../unusable.ts'

export type RawSchema = JsonObject | boolean

/** What the keywords need of the one who puts them together. */
export interface Compiler {
  readonly dialect: Dialect
  node(schema: RawSchema): Node
  /** Undefined for an expression that JavaScript can't read; `what` is then left unchecked. */
  pattern(source: string, what: string): Pattern | undefined
}

export class Reader {
  readonly #schema: JsonObject

  constructor(schema: JsonObject) {
    this.#schema = schema
  }

  has(word: string): boolean {
    return Object.hasOwn(this.#schema, word)
  }

  any(word: string): unknown {
    return this.has(word) ? this.#schema[word] : undefined
  }

  number(word: string): number | undefined {
    return this.#as(word, 'a number', isNumber)
  }

  positive(word: string): number | undefined {
    return this.#as(word, 'a number above 0', isPositive)
  }

  count(word: string): number | undefined {
    return this.#as(word, 'a count', isCount)
  }

  string(word: string): string | undefined {
    return this.#as(word, 'a string', isString)
  }

  boolean(word: string): boolean | undefined {
    return this.#as(word, 'true or false', isBoolean)
  }

  list(word: string): readonly unknown[] | undefined {
    return this.#as(word, 'a list', isList)
  }

  names(word: string): readonly string[] | undefined {
    return this.#as(word, 'a list of names', isNames)
  }

  schema(word: string): RawSchema | undefined {
    return this.#as(word, 'a schema', isSchema)
  }

  schemas(word: string): readonly RawSchema[] | undefined {
    return this.#as(word, 'a list of schemas', isSchemas)
  }

  schemaMap(word: string): readonly [string, RawSchema][] {
    return this.map(word, 'schemas', isSchema)
  }

  map<T>(word: string, what: string, isMember: (value: unknown) => value is T): readonly [string, T][] {
    const isMap = (value: unknown): value is Readonly<Record<string, T>> =>
      isObject(value) && Object.values(value).every(isMember)
    return Object.entries(this.#as(word, `an object of ${what}`, isMap) ?? {})
  }

  #as<T>(word: string, what: string, is: (value: unknown) => value is T): T | undefined {
    const value = this.any(word)
    if (value === undefined || is(value)) return value
    throw new Unusable(`has a "${word}" that is not ${what}`)
  }
}

export function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isString)
}

function isSchemas(value: unknown): value is readonly RawSchema[] {
  return Array.isArray(value) && value.length > 0 && value.every(isSchema)
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean'
}
