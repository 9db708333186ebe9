/**
 * Chooses the part of a form's schema that reaches the host: what MCP describes, and nothing else (2025-11-25
 * client/elicitation, requested schema). A host that reads more of JSON Schema could hide a field, or make another of
 * it, by a word that was not judged; so words that decide what is valid are reasons to decline, and the others are
 * left out. Pure.
 */
import { isRecord, type JsonObject } from '../json/record.ts'

export type PlainForm =
  | { readonly kind: 'plain'; readonly schema: JsonObject }
  /** `word` could hide or change a field. */
  | { readonly kind: 'hides'; readonly word: string }

const OF_FORM = new Set(['type', 'properties', 'required', 'title', 'description'])
/** By the type of a field. */
const OF_FIELD: ReadonlyMap<unknown, ReadonlySet<string>> = new Map(
  Object.entries({
    string: ['minLength', 'maxLength', 'pattern', 'format', 'enum', 'enumNames', 'oneOf'],
    number: ['minimum', 'maximum'],
    integer: ['minimum', 'maximum'],
    boolean: [],
    array: ['minItems', 'maxItems', 'items'],
  }).map(([type, words]) => [type, new Set([...words, 'type', 'title', 'description', 'default'])]),
)
const OF_CHOICE = new Set(['const', 'title', 'description'])
const OF_ITEMS = new Set(['type', 'enum', 'enumNames', 'anyOf', 'oneOf', 'title', 'description'])

/** Words of any JSON Schema that decide what is valid, where those above don't have them. */
const DECIDES = new Set(
  [
    ['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'enum', 'const'],
    ['properties', 'patternProperties', 'additionalProperties', 'unevaluatedProperties', 'propertyNames'],
    ['required', 'dependentSchemas', 'dependentRequired', 'dependencies', 'minProperties', 'maxProperties'],
    ['items', 'prefixItems', 'additionalItems', 'unevaluatedItems', 'contains', 'minContains', 'maxContains'],
    [
      '$ref',
      '$dynamicRef',
      '$recursiveRef',
      '$defs',
      'definitions',
      '$id',
      'id',
      '$anchor',
      '$dynamicAnchor',
    ],
    ['extends', 'disallow', 'contentSchema'],
  ].flat(),
)

export function plainForm(schema: JsonObject): PlainForm {
  const { properties, required, type } = schema
  const odd = type === undefined || type === 'object' ? hiding(schema, OF_FORM) : 'type'
  if (odd !== undefined) return { kind: 'hides', word: odd }
  const fields: [string, unknown][] = []
  for (const [name, field] of Object.entries(isRecord(properties) ? properties : {})) {
    const plain = isRecord(field) ? plainField(field) : undefined
    if (typeof plain === 'string') return { kind: 'hides', word: plain }
    fields.push([name, plain ?? field])
  }
  const names = Array.isArray(required)
    ? required.filter((name) => isRecord(properties) && Object.hasOwn(properties, String(name)))
    : required
  return {
    kind: 'plain',
    schema: {
      ...only(schema, OF_FORM),
      type: 'object',
      properties: Object.fromEntries(fields),
      ...(names !== undefined && { required: names }),
    },
  }
}

/** The field, or the word in it that could hide or change it. What isn't a field of a form is judged elsewhere. */
function plainField(field: JsonObject): JsonObject | string {
  const words = OF_FIELD.get(field['type'])
  if (words === undefined) return field
  const odd = hiding(field, words)
  if (odd !== undefined) return odd
  const plain: Record<string, unknown> = only(field, words)
  for (const [word, part] of [
    ['oneOf', plainChoices(plain['oneOf'])],
    ['items', plainItems(plain['items'])],
  ] as const) {
    if (typeof part === 'string') return part
    if (part !== undefined) plain[word] = part
  }
  return plain
}

function plainItems(items: unknown): unknown {
  if (!isRecord(items)) return undefined
  const odd = hiding(items, OF_ITEMS)
  if (odd !== undefined) return odd
  const plain: Record<string, unknown> = only(items, OF_ITEMS)
  for (const word of ['anyOf', 'oneOf']) {
    const part = plainChoices(plain[word])
    if (typeof part === 'string') return part
    if (part !== undefined) plain[word] = part
  }
  return plain
}

function plainChoices(choices: unknown): readonly unknown[] | string | undefined {
  if (!Array.isArray(choices)) return undefined
  const plain: unknown[] = []
  for (const choice of choices) {
    const odd = isRecord(choice) ? hiding(choice, OF_CHOICE) : undefined
    if (odd !== undefined) return odd
    plain.push(isRecord(choice) ? only(choice, OF_CHOICE) : choice)
  }
  return plain
}

/** That nothing but the named members may be there hides nothing, and many libraries write it. */
function hiding(schema: JsonObject, known: ReadonlySet<string>): string | undefined {
  return Object.entries(schema).find(
    ([word, value]) =>
      DECIDES.has(word) &&
      !known.has(word) &&
      !(CLOSING.has(word) && typeof value === 'boolean') &&
      !isOwnId(word, schema),
  )?.[0]
}

const CLOSING = new Set(['additionalProperties', 'unevaluatedProperties'])

/** An `$id` that nothing can refer to, since references are declined, only names the form. */
function isOwnId(word: string, schema: JsonObject): boolean {
  return word === '$id' && typeof schema[word] === 'string'
}

function only(schema: JsonObject, known: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([word]) => known.has(word)))
}
