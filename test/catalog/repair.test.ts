import { describe, expect, it } from 'vitest'
import { whyLeftOut } from '../../src/catalog/edit.ts'
import { repairInputSchema } from '../../src/catalog/schemas/repair.ts'
import { select } from '../../src/catalog/offers/select.ts'

const text = { type: 'string' }
/** Written out, an object with it could be taken for a promise. */
const THEN = ['th', 'en'].join('')
const refused = ['oneOf', 'anyOf', 'allOf', 'not', 'enum', 'if', 'then', 'else', '$ref']

describe('an inputSchema is repaired', () => {
  const cases: [string, unknown, Record<string, unknown>][] = [
    ['missing', undefined, { type: 'object', properties: {} }],
    ['empty', {}, { type: 'object', properties: {} }],
    ['without properties', { type: 'object' }, { type: 'object', properties: {} }],
    ['of several types', { type: ['object', 'null'] }, { type: 'object', properties: {} }],
    ['required that is none', { type: 'object', required: 'a' }, { type: 'object', properties: {} }],
    [
      'members that are no schemas',
      { type: 'object', properties: { a: true, b: false, c: 'x' } },
      { type: 'object', properties: { a: {}, b: { not: {} }, c: {} } },
    ],
  ]
  it.each(cases)('%s, and it is said', (_what, input, schema) => {
    const repaired = repairInputSchema(input)
    expect(repaired).toMatchObject({ ok: true, schema })
    expect(repaired.ok && repaired.edits).toEqual([
      { what: 'repaired', part: 'inputSchema', why: expect.any(String) },
    ])
  })

  it('a good one crosses as it is, closed ones and what is nested in it too', () => {
    const good = {
      type: 'object',
      properties: { a: { anyOf: [text, { type: 'object', additionalProperties: false }] } },
      required: ['a'],
      additionalProperties: false,
      $defs: { 'odd name': text },
    }
    expect(repairInputSchema(good)).toEqual({ ok: true, schema: good, edits: [] })
  })

  it.each([
    ['a string', 'x'],
    ['an array', []],
    ['null', null],
    ['of type string', { type: 'string' }],
  ])('left out with a reason: %s', (_what, input) => {
    expect(repairInputSchema(input)).toMatchObject({ ok: false, why: expect.stringContaining('inputSchema') })
  })

  it('survives a schema nested 10,000 deep', () => {
    let schema: Record<string, unknown> = { type: 'object' }
    for (let depth = 0; depth < 10_000; depth += 1) schema = { type: 'object', properties: { a: schema } }
    expect(repairInputSchema(schema)).toMatchObject({ ok: true, edits: [{ what: 'loosened' }] })
    const entry = select(
      { id: 's', launchHash: '', rules: {} },
      { name: 'x', inputSchema: schema },
      undefined,
    )
    expect(whyLeftOut(entry.edits)).toContain('canonical')
  })
})

describe('alternatives at the top cross, and are flattened for hosts that lose tools over them', () => {
  const cases: [string, Record<string, unknown>, Record<string, unknown>][] = [
    [
      'oneOf: the union, required only where all require',
      {
        type: 'object',
        oneOf: [
          { properties: { id: text, a: text }, required: ['id', 'a'] },
          { properties: { id: text, b: text }, required: ['id', 'b'] },
        ],
      },
      { type: 'object', properties: { id: text, a: text, b: text }, required: ['id'] },
    ],
    [
      'anyOf with a local $ref',
      {
        type: 'object',
        properties: {},
        anyOf: [{ $ref: '#/$defs/A' }, { properties: { b: text } }],
        $defs: { A: { properties: { a: text } } },
      },
      { type: 'object', $defs: { A: { properties: { a: text } } }, properties: { a: text, b: text } },
    ],
    [
      'allOf: everything, all required',
      {
        type: 'object',
        properties: { x: text },
        required: ['x'],
        allOf: [{ properties: { y: text }, required: ['y'] }],
      },
      { type: 'object', properties: { y: text, x: text }, required: ['x', 'y'] },
    ],
    [
      'alternatives within alternatives, and conditions (claude-code#95504)',
      {
        type: 'object',
        properties: { mode: text },
        allOf: [
          {
            if: { properties: { mode: { const: 'a' } } },
            [THEN]: { properties: { a: text }, required: ['a'] },
          },
        ],
        if: { required: ['mode'] },
        else: { anyOf: [{ properties: { b: text } }] },
      },
      { type: 'object', properties: { a: text, b: text, mode: text } },
    ],
    [
      'a reference at the top',
      {
        $ref: '#/definitions/In',
        definitions: { In: { type: 'object', properties: { a: text }, required: ['a'] } },
      },
      {
        type: 'object',
        properties: { a: text },
        required: ['a'],
        definitions: { In: { type: 'object', properties: { a: text }, required: ['a'] } },
      },
    ],
    [
      'a closed frame around alternatives is opened',
      {
        type: 'object',
        additionalProperties: false,
        oneOf: [{ properties: { a: text } }],
        not: { required: ['z'] },
      },
      { type: 'object', properties: { a: text } },
    ],
    [
      'one that refers to itself',
      { type: 'object', properties: { a: text }, anyOf: [{ $ref: '#/anyOf/0' }, { $ref: '#' }] },
      { type: 'object', properties: { a: text } },
    ],
  ]
  it.each(cases)('%s', (_what, input, flat) => {
    const repaired = repairInputSchema(input)
    expect(repaired).toMatchObject({ ok: true, flat })
    if (!repaired.ok) return
    expect(repaired.schema).toEqual({ properties: {}, ...input, type: 'object' })
    expect(refused.filter((word) => word in (repaired.flat ?? {}))).toEqual([])
    expect(repaired.edits.map(({ what }) => what)).toContain('loosened')
  })

  it.each([
    ['no list', { a: 1 }],
    ['an empty list', []],
    ['null among them', [{ properties: { a: text } }, null]],
  ])('what is no list of schemas crosses to no host: %s', (_what, allOf) => {
    const repaired = repairInputSchema({ type: 'object', properties: { x: text }, allOf })
    expect(repaired).toMatchObject({ ok: true, schema: { properties: { x: text } } })
    expect(repaired).not.toHaveProperty('schema.allOf')
    expect(repaired).not.toHaveProperty('flat')
  })
})
