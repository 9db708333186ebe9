/** No tool is left out for a key that hosts reject, wherever it stands. */
import * as fc from '../random.ts'
import { describe, expect, it } from 'vitest'
import { emittedPath, restoreKeys } from '../../src/catalog/schemas/keys.ts'
import { renameKeys, type RenamedKeys } from '../../src/catalog/schemas/rename-keys.ts'
import type { Schema } from '../../src/catalog/schemas/schema-parts.ts'
import { isRecord } from '../../src/json/record.ts'

const LEGAL = /^[a-zA-Z0-9_.-]{1,64}$/
const text = { type: 'string' }
/** Written out, an object with it could be taken for a promise. */
const THEN = ['th', 'en'].join('')
const odd = { type: 'object', properties: { $meta: text, fine: text }, required: ['$meta'] }
const LONG = 'k'.repeat(65)

/** Every key under `properties` at any depth, as the strictest host would look. */
function propertyKeys(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(propertyKeys)
  if (!isRecord(value)) return []
  const own = isRecord(value['properties']) ? Object.keys(value['properties']) : []
  return [...own, ...Object.values(value).flatMap(propertyKeys)]
}

/** What a model sends that goes by the names it was shown. */
function asShown(value: unknown, { schema }: RenamedKeys): unknown {
  const shown = propertyKeys(schema)
  const nameOf = (key: string): string => {
    const start = key.replace(/[^a-zA-Z0-9_.-]+/g, '_').slice(0, 50)
    return LEGAL.test(key) ? key : (shown.find((name) => name.startsWith(`${start}-`)) ?? key)
  }
  if (Array.isArray(value)) return value.map((item) => asShown(item, { schema, loosened: false }))
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [nameOf(key), asShown(member, { schema, loosened: false })]),
  )
}

const of = (schema: Schema): Schema => ({ type: 'object', ...schema })
const PLACES: [string, Schema, unknown][] = [
  ['the top', of({ properties: { 'user name': text }, required: ['user name'] }), { 'user name': 'x' }],
  ['a member', of({ properties: { a: odd } }), { a: { $meta: 'x', fine: 'y' } }],
  ['a member under an odd key', of({ properties: { 'ä ö': odd } }), { 'ä ö': { $meta: 'x' } }],
  ['too long', of({ properties: { [LONG]: odd } }), { [LONG]: { $meta: 'x' } }],
  ['items', of({ properties: { a: { items: odd } } }), { a: [{ $meta: 'x' }, { $meta: 'y' }, 1] }],
  [
    'a tuple of draft-07',
    of({ properties: { a: { items: [text, odd], additionalItems: odd } } }),
    { a: ['x', { $meta: 'y' }] },
  ],
  ['prefixItems', of({ properties: { a: { prefixItems: [text, odd] } } }), { a: ['x', { $meta: 'y' }] }],
  ['contains', of({ properties: { a: { contains: odd } } }), { a: [{ $meta: 'y' }] }],
  ['anyOf', of({ properties: { a: { anyOf: [text, odd] } } }), { a: { $meta: 'x' } }],
  ['oneOf at the top', of({ oneOf: [odd, { properties: { b: odd } }] }), { $meta: 'x', b: { $meta: 'y' } }],
  [
    'allOf in allOf',
    of({ allOf: [{ allOf: [odd] }, { properties: { $meta: odd } }] }),
    { $meta: { $meta: 'y' } },
  ],
  [
    'if, then, else',
    of({ if: odd, [THEN]: { properties: { $t: odd } }, else: { properties: { $e: text } } }),
    { $t: { $meta: 1 }, $e: 1 },
  ],
  ['not', of({ properties: { a: { not: odd } } }), { a: { $meta: 'x' } }],
  ['additionalProperties', of({ additionalProperties: odd }), { any: { $meta: 'x' }, '%': { $meta: 'y' } }],
  ['patternProperties', of({ patternProperties: { '^\\$': odd } }), { $any: { $meta: 'x' } }],
  ['unevaluatedProperties', of({ unevaluatedProperties: odd }), { any: { $meta: 'x' } }],
  [
    'dependentSchemas',
    of({ properties: { $a: text }, dependentSchemas: { $a: odd } }),
    { $a: 'x', $meta: 'y' },
  ],
  ['dependencies', of({ dependencies: { $a: ['$b'], b: odd } }), { b: 'x', $meta: 'y' }],
  [
    '$defs by $ref',
    of({ properties: { a: { $ref: '#/$defs/O' } }, $defs: { O: odd } }),
    { a: { $meta: 'x' } },
  ],
  [
    'a $ref through an odd key',
    of({ properties: { $o: odd, b: { $ref: '#/properties/$o' } } }),
    { $o: { $meta: 'x' }, b: { $meta: 'y' } },
  ],
  [
    'a percent-encoded $ref',
    of({ properties: { 'o o': odd, b: { $ref: '#/properties/o%20o' } } }),
    { b: { $meta: 'y' } },
  ],
  [
    'an $anchor',
    of({ properties: { a: { $ref: '#o' } }, $defs: { O: { $anchor: 'o', ...odd } } }),
    { a: { $meta: 'x' } },
  ],
  [
    'a $dynamicRef',
    of({ properties: { a: { $dynamicRef: '#o' } }, $defs: { O: { $dynamicAnchor: 'o', ...odd } } }),
    { a: { $meta: 'x' } },
  ],
  [
    'a resource of its own',
    of({ properties: { a: { $id: 'o', $ref: '#/$defs/O', $defs: { O: odd } } }, $defs: { O: text } }),
    { a: { $meta: 'x' } },
  ],
  [
    'recursion',
    of({ properties: { $next: { $ref: '#' }, all: { items: { $ref: '#' } } } }),
    { $next: { $next: { all: [{ $next: {} }] } } },
  ],
  [
    'a key called properties',
    of({ properties: { properties: of({ properties: { $meta: text } }) } }),
    { properties: { $meta: 'x' } },
  ],
  ['a key called $ref', of({ properties: { $ref: text, $defs: odd } }), { $ref: 'x', $defs: { $meta: 'y' } }],
  [
    'only in required',
    of({ anyOf: [{ required: ['$a'] }], dependentRequired: { $a: ['b b'] } }),
    { fine: 'x' },
  ],
]

describe('odd keys have legal names, and arguments come back to the server’s', () => {
  it.each(PLACES)('%s', (_where, schema, value) => {
    const renamed = renameKeys(schema)
    expect(propertyKeys(renamed.schema).filter((key) => !LEGAL.test(key))).toEqual([])
    expect(JSON.stringify(renamed.schema)).not.toContain('"required":["$')
    expect(renamed.loosened).toBe(false)
    const shown = asShown(value, renamed)
    if (JSON.stringify(value).match(/\$meta|user name/)) expect(shown).not.toEqual(value)
    expect(restoreKeys(shown, renamed.keys)).toEqual(value)
  })

  it('says the way to a member in the names that were shown', () => {
    const { keys } = renameKeys(of({ properties: { $a: { items: { anyOf: [odd] } }, b: odd } }))
    const path = emittedPath(['$a', 0, '$meta'], keys)
    expect(path).toEqual([expect.stringMatching(/^_a-/), 0, expect.stringMatching(/^_meta-/)])
    expect(emittedPath(['c', 'd', 1], keys)).toEqual(['c', 'd', 1])
  })

  it('renames nothing where no schema says so, and does no harm with __proto__', () => {
    const renamed = renameKeys(of({ properties: { a: odd, other: {} } }))
    const [name = ''] = [...(renamed.keys?.member('a')?.names.keys() ?? [])]
    expect(restoreKeys({ other: { [name]: 1 } }, renamed.keys)).toEqual({ other: { [name]: 1 } })
    const restored = restoreKeys(JSON.parse('{"__proto__": {"polluted": true}, "a": 1}'), renamed.keys)
    expect(Object.getPrototypeOf(restored)).toBe(Object.prototype)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    const args = { a: 1 }
    expect(restoreKeys(args, undefined)).toBe(args)
  })

  it('leaves data alone', () => {
    const data = { properties: { $meta: 1 } }
    const schema = of({ properties: { a: { default: data, enum: [data], const: data, examples: [data] } } })
    expect(renameKeys(schema)).toEqual({ schema, loosened: false })
  })
})

describe('what no arguments can be mapped back for says nothing any more', () => {
  it.each<[string, Schema]>([
    ['a part that nothing refers to', of({ $defs: { O: odd } })],
    [
      'a reference that is not read',
      of({ properties: { a: { $ref: 'other' } }, $defs: { O: { $id: 'other', ...odd } } }),
    ],
    ['a word that is not JSON Schema’s', of({ 'x-shared': { O: odd } })],
    [
      'a reference into such a word',
      of({ properties: { a: { $ref: '#/x-shared/O' } }, 'x-shared': { O: odd } }),
    ],
    ['rules for the names of odd keys', of({ properties: { $a: text }, propertyNames: { pattern: '^\\$' } })],
  ])('%s', (_where, schema) => {
    const renamed = renameKeys(schema)
    expect(renamed.loosened).toBe(true)
    expect(propertyKeys(renamed.schema).filter((key) => !LEGAL.test(key))).toEqual([])
    expect(JSON.stringify(renamed.schema)).not.toContain('propertyNames')
  })
})

it('holds for schemas and arguments at random', () => {
  const key = fc.constantFrom('a', '$a', 'b b', 'ü', '$ref', '')
  const { schema } = fc.letrec<{ schema: Schema }>((tie) => ({
    schema: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant<Schema>({}),
      fc.dictionary(key, tie('schema'), { maxKeys: 3 }).map((properties) => ({ properties })),
      tie('schema').map((items) => ({ items })),
      fc.array(tie('schema'), { minLength: 1, maxLength: 2 }).map((anyOf) => ({ anyOf })),
      tie('schema').map((additionalProperties) => ({ additionalProperties })),
      fc.constant<Schema>({ $ref: '#' }),
    ),
  }))
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constant(1),
      fc.array(tie('value'), { maxLength: 2 }),
      fc.dictionary(key, tie('value'), { maxKeys: 3 }),
    ),
  }))
  fc.assert(
    fc.property(schema, value, (one, args) => {
      const renamed = renameKeys(one)
      expect(propertyKeys(renamed.schema).filter((name) => !LEGAL.test(name))).toEqual([])
      expect(renameKeys(renamed.schema).schema).toEqual(renamed.schema)
      // Own names pass as they are, whether there is a way back for others or not.
      expect(restoreKeys(args, renamed.keys)).toEqual(args)
    }),
    { numRuns: 500 },
  )
})
