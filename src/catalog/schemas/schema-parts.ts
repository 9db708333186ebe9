/**
 * Finds the schemas inside a schema that a server wrote, and follows its references. Pure.
 *
 * Two schemas are about the same value when one applies the other in place (`allOf`, `$ref`, …), and about a part of it
 * when one describes members or items by the other. Nothing outside the document is ever read (2026-07-28 basic: MUST
 * NOT).
 */
import { isRecord } from '../../json/record.ts'

export type Schema = Readonly<Record<string, unknown>>

/** By word: how schemas stand in it. */
const PLACES: ReadonlyMap<string, 'schema' | 'list' | 'map'> = new Map([
  ...['additionalProperties', 'unevaluatedProperties', 'propertyNames', 'items', 'additionalItems'].map(one),
  ...['unevaluatedItems', 'contains', 'not', 'if', 'then', 'else', 'contentSchema'].map(one),
  ...(['allOf', 'anyOf', 'oneOf', 'prefixItems'] as const).map((word) => [word, 'list'] as const),
  ...(['properties', 'patternProperties', '$defs', 'definitions'] as const).map(map),
  ...(['dependentSchemas', 'dependencies'] as const).map(map),
])
const IN_PLACE = ['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'dependentSchemas', 'dependencies']
const OF_ITEMS = ['items', 'prefixItems', 'additionalItems', 'unevaluatedItems', 'contains']
const REFERENCES = ['$ref', '$dynamicRef', '$recursiveRef']

function one(word: string): readonly [string, 'schema'] {
  return [word, 'schema']
}

function map(word: string): readonly [string, 'map'] {
  return [word, 'map']
}

export function valueKindOf(word: string, value: unknown): 'schema' | 'list' | 'map' | undefined {
  const place = PLACES.get(word)
  return word === 'items' && Array.isArray(value) ? 'list' : place
}

/** The schemas under one word of a schema, each with the steps of a JSON Pointer behind the word. */
function under(word: string, value: unknown): readonly (readonly [steps: readonly string[], Schema])[] {
  const place = valueKindOf(word, value)
  if (place === 'schema') return isRecord(value) ? [[[], value]] : []
  const members: readonly [string, unknown][] =
    place === 'list' && Array.isArray(value)
      ? value.map((member, index): [string, unknown] => [String(index), member])
      : place === 'map' && isRecord(value)
        ? Object.entries(value)
        : []
  return members.flatMap(([step, member]) => (isRecord(member) ? [[[step], member] as const] : []))
}

/** A document of schemas: which there are, and what its references name. */
export class SchemaParts {
  /** Every schema of the document, each with the one that `#/…` in it begins at. */
  readonly bases = new Map<Schema, Schema>()
  readonly #anchors = new Map<string, Schema[]>()

  /** @param maxDepth what is nested deeper isn't looked at */
  constructor(root: Schema, maxDepth: number) {
    const pending: (readonly [Schema, Schema, number])[] = [[root, root, 0]]
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const [schema, outer, depth] = next
      const { $id } = schema
      const base = typeof $id === 'string' && !$id.startsWith('#') ? schema : outer
      this.bases.set(schema, base)
      for (const name of anchorsOf(schema))
        this.#anchors.set(name, [...(this.#anchors.get(name) ?? []), schema])
      if (depth === maxDepth) continue
      for (const [word, value] of Object.entries(schema))
        for (const [, part] of under(word, value)) pending.push([part, base, depth + 1])
    }
  }

  /** What applies to the same value. */
  inPlace(schema: Schema): readonly Schema[] {
    return [
      ...IN_PLACE.flatMap((word) => under(word, schema[word]).map(([, part]) => part)),
      ...REFERENCES.flatMap((word) => this.#targets(schema, schema[word])),
    ]
  }

  member(schema: Schema, key: string): readonly Schema[] {
    const { properties } = schema
    const named = isRecord(properties) && Object.hasOwn(properties, key) ? [properties[key]] : undefined
    const all = [...(named ?? this.#unnamed(schema)), ...parts(schema, 'patternProperties')]
    return all.filter(isRecord)
  }

  /** What applies to members that `properties` doesn't name. */
  rest(schema: Schema): readonly Schema[] {
    return [...this.#unnamed(schema), ...parts(schema, 'patternProperties')].filter(isRecord)
  }

  items(schema: Schema): readonly Schema[] {
    return OF_ITEMS.flatMap((word) => parts(schema, word))
  }

  #unnamed(schema: Schema): readonly unknown[] {
    return [schema['additionalProperties'], schema['unevaluatedProperties']]
  }

  #targets(schema: Schema, reference: unknown): readonly Schema[] {
    if (typeof reference !== 'string' || !reference.startsWith('#')) return []
    const steps = pointerSteps(reference)
    if (steps === undefined) return this.#anchors.get(reference.slice(1)) ?? []
    let at: unknown = this.bases.get(schema)
    for (const step of steps) at = memberOf(at, step)
    return isRecord(at) ? [at] : []
  }
}

/** All strings of a schema that say what fits: keys, and what isn't a sentence for people. */
export function namesAndValues(schema: unknown): readonly string[] {
  if (typeof schema === 'string') return [schema]
  if (Array.isArray(schema)) return schema.flatMap(namesAndValues)
  if (!isRecord(schema)) return []
  return Object.entries(schema).flatMap(([word, value]) =>
    SENTENCES.has(word) && typeof value === 'string' ? [word] : [word, ...namesAndValues(value)],
  )
}

const SENTENCES = new Set(['title', 'description', '$comment'])

/** RFC 6901 in a fragment; undefined where it is an anchor. */
export function pointerSteps(reference: string): readonly string[] | undefined {
  if (reference === '#' || reference === '') return []
  if (!reference.startsWith('#/')) return undefined
  const steps = reference.slice(2).split('/')
  return steps.map((step) => decoded(step).replaceAll('~1', '/').replaceAll('~0', '~'))
}

export function pointerOf(steps: readonly string[]): string {
  const written = steps.map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1'))
  return `#${written.map((step) => `/${encodeURIComponent(step).replaceAll('%24', '$')}`).join('')}`
}

export function memberOf(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return /^\d+$/.test(key) ? value[Number(key)] : undefined
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

function parts(schema: Schema, word: string): readonly Schema[] {
  return under(word, schema[word]).map(([, part]) => part)
}

function anchorsOf({ $anchor, $dynamicAnchor, $id }: Schema): readonly string[] {
  const old = typeof $id === 'string' && $id.startsWith('#') ? $id.slice(1) : undefined
  return [$anchor, $dynamicAnchor, old].filter((name) => typeof name === 'string')
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step)
  } catch {
    return step
  }
}
