import { describe, expect, it } from 'vitest'
import { repairInputSchema, restoreKeys } from '../../src/catalog/repair.ts'

const text = { type: 'string' }

describe('an inputSchema is repaired (hosts.md 0.3)', () => {
  const cases: [string, unknown, Record<string, unknown>][] = [
    ['missing', undefined, { type: 'object', properties: {} }],
    ['empty', {}, { type: 'object', properties: {} }],
    ['without properties', { type: 'object' }, { type: 'object', properties: {} }],
    [
      'good',
      { type: 'object', properties: { a: text }, required: ['a'] },
      { type: 'object', properties: { a: text }, required: ['a'] },
    ],
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
      'a closed frame around alternatives is opened',
      { type: 'object', additionalProperties: false, oneOf: [{ properties: { a: text } }] },
      { type: 'object', properties: { a: text } },
    ],
  ]
  it.each(cases)('%s', (_what, input, schema) => {
    expect(repairInputSchema(input)).toMatchObject({ ok: true, schema })
    const repaired = repairInputSchema(input)
    expect(repaired.ok && ['oneOf', 'anyOf', 'allOf'].some((word) => word in repaired.schema)).toBe(false)
  })

  it.each([
    ['a string', 'x'],
    ['an array', []],
    ['null', null],
    ['of type string', { type: 'string' }],
    [
      'an illegal key that can not be mapped back',
      { type: 'object', $defs: { A: { properties: { 'a b': text } } } },
    ],
  ])('left out with a reason: %s', (_what, input) => {
    expect(repairInputSchema(input)).toMatchObject({ ok: false, why: expect.stringContaining('inputSchema') })
  })

  it('survives a schema nested 10,000 deep', () => {
    let schema: Record<string, unknown> = { type: 'object' }
    for (let depth = 0; depth < 10_000; depth += 1) schema = { type: 'object', properties: { a: schema } }
    expect(repairInputSchema(schema)).toMatchObject({ ok: false })
  })
})

describe('renamed keys', () => {
  const schema = {
    type: 'object',
    properties: {
      'user name': text,
      list: { type: 'array', items: { type: 'object', properties: { ä: text } } },
      deep: { type: 'object', properties: { $filter: text }, required: ['$filter'] },
    },
    required: ['user name'],
  }

  it('are legal, and arguments come back to the names that the child knows', () => {
    const repaired = repairInputSchema(schema)
    if (!repaired.ok) throw new Error(repaired.why)
    const keys = JSON.stringify(repaired.schema).match(/"[^"]*":/g) ?? []
    expect(keys.every((key) => /^"[a-zA-Z0-9_.-]{1,64}":$/.test(key))).toBe(true)
    const properties = repaired.schema['properties'] as Record<
      string,
      { items?: { properties: object }; properties?: object }
    >
    const [user, list, deep] = Object.keys(properties)
    const inner = Object.keys(properties[list ?? '']?.items?.properties ?? {})[0] ?? ''
    const filter = Object.keys(properties[deep ?? '']?.properties ?? {})[0] ?? ''
    expect(repaired.schema['required']).toEqual([user])
    const args = {
      [user ?? '']: 'u',
      list: [{ [inner]: 1 }, { [inner]: 2 }],
      deep: { [filter]: 'f' },
      other: { [filter]: 'kept' },
    }
    expect(restoreKeys(args, repaired.keys)).toEqual({
      'user name': 'u',
      list: [{ ä: 1 }, { ä: 2 }],
      deep: { $filter: 'f' },
      other: { [filter]: 'kept' },
    })
  })

  it('leave arguments alone where nothing was renamed', () => {
    const args = { a: 1 }
    expect(restoreKeys(args, undefined)).toBe(args)
  })

  it('do no harm with __proto__', () => {
    const restored = restoreKeys(JSON.parse('{"__proto__": {"polluted": true}, "a": 1}'), {
      names: {},
      inside: {},
    })
    expect(Object.getPrototypeOf(restored)).toBe(Object.prototype)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})
