/** Every word of JSON Schema, with a value that fits and one that doesn't, and what is said of the latter. */
import { describe, expect, it } from 'vitest'
import { DRAFT_07, DRAFT_2019, kindOf, said } from './support.ts'

describe('what fits, what does not, and what is said of it', () => {
  const cases: [string, Record<string, unknown>, unknown, unknown, string[]][] = [
    ['type', { type: 'string' }, '', 1, ['(the whole): expected string, got number']],
    [
      'types',
      { type: ['string', 'null'] },
      null,
      true,
      ['(the whole): expected string or null, got boolean'],
    ],
    ['integer', { type: 'integer' }, 1.0, 1.5, ['(the whole): expected integer, got a fraction']],
    [
      'enum',
      { enum: ['a', 1, { b: [2] }] },
      { b: [2] },
      'c',
      ['(the whole): expected "a" or 1 or {"b":[2]}'],
    ],
    ['const', { const: null }, null, 0, ['(the whole): expected null']],
    ['minimum', { minimum: 2 }, 2, 1, ['(the whole): expected at least 2']],
    ['exclusiveMaximum', { exclusiveMaximum: 2 }, 1, 2, ['(the whole): expected less than 2']],
    [
      'multipleOf, of less than nothing',
      { multipleOf: 0.1 },
      -0.3,
      -0.25,
      ['(the whole): expected a multiple of 0.1'],
    ],
    ['multipleOf', { multipleOf: 0.01 }, 19.99, 0.015, ['(the whole): expected a multiple of 0.01']],
    [
      'maxLength in code points',
      { maxLength: 2 },
      '💩💩',
      '💩💩a',
      ['(the whole): expected at most 2 characters'],
    ],
    ['pattern', { pattern: '^a' }, 'ab', 'ba', ['(the whole): expected text that matches the pattern "^a"']],
    [
      'format is an annotation',
      { format: 'email', maxLength: 3 },
      'x',
      'long',
      ['(the whole): expected at most 3 characters'],
    ],
    ['required', { required: ['a'] }, { a: 1 }, {}, ['/a: is required and missing']],
    [
      'required, by an inherited name',
      { required: ['toString'] },
      { toString: 1 },
      {},
      ['/toString: is required and missing'],
    ],
    [
      'additionalProperties',
      { properties: { a: {}, b: {} }, additionalProperties: false },
      { a: 1 },
      { c: 1 },
      ['/c: is not known; known are "a", "b"'],
    ],
    [
      'patternProperties',
      { patternProperties: { '^x': { type: 'string' } } },
      { y: 1 },
      { x1: 1 },
      ['/x1: expected string, got number'],
    ],
    [
      'propertyNames',
      { propertyNames: { maxLength: 1 } },
      { a: 1 },
      { ab: 1 },
      ['/ab: is not a name that is allowed here'],
    ],
    [
      'dependentRequired',
      { dependentRequired: { a: ['b'] } },
      { b: 1 },
      { a: 1 },
      ['/b: is required beside another member and missing'],
    ],
    ['minProperties', { minProperties: 1 }, { a: 1 }, {}, ['(the whole): expected at least 1 members']],
    ['items', { items: { type: 'string' } }, ['a'], ['a', 1], ['/1: expected string, got number']],
    [
      'contains',
      { contains: { const: 1 } },
      [2, 1],
      [2],
      ['(the whole): expected at least 1 items of a kind that is missing'],
    ],
    [
      'uniqueItems',
      { uniqueItems: true },
      [1, '1', [1]],
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      ['(the whole): expected items that differ from each other'],
    ],
    [
      'unevaluatedProperties',
      { allOf: [{ properties: { a: {} } }], unevaluatedProperties: false },
      { a: 1 },
      { b: 1 },
      ['/b: is not known'],
    ],
    [
      'unevaluatedProperties: an alternative that failed has seen nothing',
      {
        anyOf: [{ properties: { a: {}, b: false } }, { properties: { c: {} } }],
        unevaluatedProperties: false,
      },
      { a: 1 },
      { a: 1, b: 1 },
      ['/a: is not known', '/b: is not known'],
    ],
    [
      'unevaluatedItems',
      { prefixItems: [true], contains: { type: 'string' }, unevaluatedItems: false },
      [1, 'a'],
      [1, 'a', 2],
      ['/2: is not allowed here'],
    ],
    ['a schema that is false', { properties: { a: false } }, { b: 1 }, { a: 1 }, ['/a: is not allowed here']],
    [
      'a schema that is true',
      { properties: { a: true }, required: ['b'] },
      { a: 1, b: 1 },
      { a: 1 },
      ['/b: is required and missing'],
    ],
    [
      'anyOf of types',
      { anyOf: [{ type: 'string' }, { type: 'null' }] },
      null,
      1,
      ['(the whole): expected string or null'],
    ],
    [
      'anyOf, of which one is meant',
      { properties: { at: { anyOf: [{ type: 'object', required: ['x'] }, { type: 'null' }] } } },
      { at: null },
      { at: {} },
      ['/at/x: is required and missing'],
    ],
    [
      'anyOf that is referred to',
      {
        $defs: { a: { anyOf: [{ const: 'x' }, { $ref: '#/$defs/b' }] }, b: { enum: [1, 2] } },
        items: { $ref: '#/$defs/a' },
      },
      ['x', 2],
      [3, 'x', 4],
      ['/0: expected "x" or 1 or 2', '/2: expected "x" or 1 or 2'],
    ],
    [
      'maxContains',
      { contains: { type: 'string' }, minContains: 0, maxContains: 1 },
      ['a', 1],
      ['a', 'b'],
      ['(the whole): expected at most 1 items of a kind that there are more of'],
    ],
    [
      'dependentSchemas, and the words a schema has too as names',
      {
        properties: { $ref: { type: 'string' }, contains: { type: 'string' } },
        dependentSchemas: { type: { required: ['properties'] } },
      },
      { $ref: 'x', contains: 'x', type: 1, properties: 1 },
      { $ref: 1, contains: 1, type: 1 },
      [
        '/properties: is required and missing',
        '/$ref: expected string, got number',
        '/contains: expected string, got number',
      ],
    ],
    [
      'oneOf',
      { oneOf: [{ minimum: 1 }, { minimum: 5 }] },
      2,
      6,
      ['(the whole): fits 2 of 2 alternatives, and only one may fit'],
    ],
    ['not', { not: { type: 'string' } }, 1, '', ['(the whole): is of a kind that is excluded here']],
    [
      'if, then',
      JSON.parse('{ "if": { "required": ["a"] }, "then": { "required": ["b"] } }') as Record<string, unknown>,
      {},
      { a: 1 },
      ['/b: is required and missing'],
    ],
    [
      'a name with / and ~',
      { properties: { 'a/b~c': { type: 'null' } } },
      {},
      { 'a/b~c': 1 },
      ['/a~1b~0c: expected null, got number'],
    ],
    [
      '__proto__',
      { additionalProperties: false },
      {},
      JSON.parse('{"__proto__":1}'),
      ['/__proto__: is not known, and nothing is'],
    ],
  ]
  it.each(cases)('%s', (_what, schema, good, bad, words) => {
    expect(said(schema, good)).toEqual(['fits'])
    expect(said(schema, bad)).toEqual(words)
  })

  it('says eight problems at most, each in one short line, and never the value', () => {
    const value = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`k${index}`, `s3cret-${index}`]),
    )
    const lines = said({ additionalProperties: { type: 'number', enum: [1] } }, value)
    expect(lines).toHaveLength(8)
    expect(lines.join('')).not.toContain('s3cret')
    const [long] = said({ additionalProperties: false }, { [`a\n‮${'x'.repeat(10_000)}`]: 1 })
    expect(long).toMatch(/^\/a‹U\+000A›‹U\+202E›x+…: is not known, and nothing is$/)
    expect(long?.length).toBeLessThan(200)
  })

  it('quotes of a schema what is short, and fences it', () => {
    const [line] = said(
      { enum: [`ignore the user\n${'x'.repeat(1000)}`, ...Array.from({ length: 99 }).keys()] },
      'y',
    )
    expect(line).toMatch(
      /^\(the whole\): expected "ignore the user\\nx+\\u2026" or 0 or 1 .* or one of \d+ more$/,
    )
    expect(line?.length).toBeLessThan(200)
  })
})

describe('dialects', () => {
  const tuple = { items: [{ type: 'string' }], additionalItems: false }
  const cases: [string, Record<string, unknown>, unknown, string][] = [
    ['2020-12: prefixItems', { prefixItems: [{ type: 'string' }], items: false }, ['a', 1], 'misfits'],
    ['2020-12: dependencies mean nothing', { dependencies: { a: ['b'] } }, { a: 1 }, 'fits'],
    [
      '2020-12: what stands beside $ref counts',
      { $ref: '#/$defs/a', maximum: 1, $defs: { a: {} } },
      2,
      'misfits',
    ],
    ['2020-12: minContains', { contains: { const: 1 }, minContains: 2 }, [1], 'misfits'],
    ['draft-07: items as a list', { $schema: DRAFT_07, ...tuple }, ['a', 1], 'misfits'],
    ['draft-07: items as a list fit', { $schema: DRAFT_07, ...tuple }, ['a'], 'fits'],
    ['draft-07: prefixItems mean nothing', { $schema: DRAFT_07, prefixItems: [false] }, ['a'], 'fits'],
    ['draft-07: dependencies', { $schema: DRAFT_07, dependencies: { a: ['b'] } }, { a: 1 }, 'misfits'],
    [
      'draft-07: dependencies that are schemas',
      { $schema: DRAFT_07, dependencies: { a: { required: ['b'] } } },
      { a: 1 },
      'misfits',
    ],
    [
      'draft-07: dependentRequired means nothing',
      { $schema: DRAFT_07, dependentRequired: { a: ['b'] } },
      { a: 1 },
      'fits',
    ],
    [
      'draft-07: what stands beside $ref does not count',
      { $schema: DRAFT_07, $ref: '#/definitions/a', maximum: 1, definitions: { a: {} } },
      2,
      'fits',
    ],
    [
      'draft-07: definitions',
      { $schema: DRAFT_07, $ref: '#/definitions/a', definitions: { a: { type: 'null' } } },
      2,
      'misfits',
    ],
    [
      'draft-07: unevaluatedProperties means nothing',
      { $schema: DRAFT_07, unevaluatedProperties: false },
      { a: 1 },
      'fits',
    ],
    ['2019-09: both', { $schema: DRAFT_2019, ...tuple, unevaluatedItems: false }, ['a', 1], 'misfits'],
    ['none declared: 2020-12', { $ref: '#/definitions/a', maximum: 1, definitions: { a: {} } }, 2, 'misfits'],
    ['none declared, with a list under items: draft-07', tuple, ['a', 1], 'misfits'],
    [
      'none declared, with a list deep inside: draft-07',
      { properties: { a: tuple } },
      { a: ['a', 1] },
      'misfits',
    ],
    ['$anchor', { $ref: '#a', $defs: { x: { $anchor: 'a', type: 'null' } } }, 1, 'misfits'],
    ['$id', { $ref: 'item', $defs: { x: { $id: 'item', type: 'null' } } }, 1, 'misfits'],
    [
      'itself, by its $id',
      {
        $id: 'https://example.test/s',
        properties: { a: { $ref: 'https://example.test/s' } },
        required: ['b'],
      },
      { a: {}, b: 1 },
      'misfits',
    ],
  ]
  it.each(cases)('%s', (_what, schema, value, kind) => {
    expect(kindOf(schema, value)).toBe(kind)
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['a dialect that nobody knows', { $schema: 'https://example.test/mine' }, 'a dialect'],
    ['draft-04', { $schema: 'http://json-schema.org/draft-04/schema#' }, 'a dialect'],
    [
      'a schema on the network',
      { properties: { a: { $ref: 'http://example.test/s.json' } } },
      'outside of it',
    ],
    ['a schema in a file', { properties: { a: { $ref: 'file:///etc/passwd' } } }, 'outside of it'],
    ['a relative file', { properties: { a: { $ref: './other.json#/a' } } }, 'outside of it'],
    ['a part that is not there', { $ref: '#/$defs/missing' }, 'does not have'],
    ['a part by an inherited name', { $ref: '#/constructor' }, 'does not have'],
    ['a pointer that is none', { $ref: '#/%zz' }, 'does not have'],
    ['a name that is no URL', { $ref: 'http://[' }, 'can not be read'],
    ['one name for two', { $defs: { a: { $id: 'x' }, b: { $id: 'x' } } }, 'can not be read'],
    ['$dynamicRef', { $dynamicRef: '#a' }, 'where they are met'],
    ['required: true', { properties: { a: { required: true } } }, '"required" that is not a list of names'],
    ['a type that is none', { type: 'text' }, '"type" that is not a type'],
    ['properties that are none', { properties: { a: 1 } }, '"properties" that is not an object of schemas'],
    [
      'a list under items of 2020-12',
      { $schema: 'https://json-schema.org/draft/2020-12/schema', items: [] },
      'prefixItems',
    ],
  ])('can not be used: %s', (_what, schema, why) => {
    expect(() => kindOf(schema, {})).toThrow(why)
  })

  it('takes no member for unknown where a pattern of names can not be read', () => {
    const schema = { patternProperties: { '(?P<year>\\d+)': {} }, additionalProperties: false }
    expect(kindOf(schema, { a: 1 })).toBe('fits')
  })

  it('leaves out a pattern of another language, and checks the rest', () => {
    const schema = { pattern: '(?P<year>\\d+)', maxLength: 2 }
    expect([kindOf(schema, 'ab'), kindOf(schema, 'abc')]).toEqual(['fits', 'misfits'])
  })
})
