/** Schemas and values that are meant to cost: each ends within a moment. */
import { describe, expect, it } from 'vitest'
import { compileSchema } from '../../src/schema/compile.ts'
import { SchemaJudge } from '../../src/schema/judge.ts'
import { keptSchema } from '../../src/schema/kept.ts'
import { work } from '../work.ts'

/** In yardsticks. A check that doesn't end at its price takes thousands, or forever. */
const A_MOMENT = 50

const doubled: Record<string, unknown> = { d40: {} }
for (let index = 0; index < 40; index += 1) {
  const next = { $ref: `#/$defs/d${index + 1}` }
  doubled[`d${index}`] = { allOf: [next, next] }
}
const nest = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`)
const nestedSchema = (levels: number): Record<string, unknown> =>
  JSON.parse(`${'{"properties":{"a":'.repeat(levels)}{"type":"string"}${'}}'.repeat(levels)}`) as Record<
    string,
    unknown
  >
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
const REDOS = '^(a+)+$'

describe('a check ends, and what it can not tell in time counts as fitting (promise 9)', () => {
  const cases: [string, Record<string, unknown>, unknown][] = [
    ['a pattern that fails after years of trying', { pattern: REDOS }, `${'a'.repeat(60)}!`],
    [
      'two hundred of them, which all fail',
      { allOf: numbers(200).map((n) => ({ pattern: `^(a+)+b{${n}}$` })) },
      `${'a'.repeat(60)}!`,
    ],
    ['as the name of members', { patternProperties: { [REDOS]: {} } }, { [`${'a'.repeat(60)}!`]: 1 }],
    ['a polynomial one on a long text', { pattern: 'a*a*a*a*a*x' }, 'a'.repeat(100_000)],
    ['references that double at each of forty steps', { $ref: '#/$defs/d0', $defs: doubled }, {}],
    ['a reference to itself', { $ref: '#' }, {}],
    [
      'references in a circle',
      { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } },
      {},
    ],
    [
      'doubled at each level of the value',
      { properties: { a: { allOf: [{ $ref: '#' }, { $ref: '#' }] } } },
      nest(250),
    ],
    [
      'alternatives at each level of the value',
      {
        anyOf: [{ properties: { a: { $ref: '#' } }, required: ['x'] }, { properties: { a: { $ref: '#' } } }],
      },
      nest(250),
    ],
    ['very many items', { items: { type: 'integer' } }, numbers(200_000)],
    ['that all have to differ', { uniqueItems: true }, numbers(30_000).map((n) => ({ n }))],
    [
      'two large ones that have to differ',
      { uniqueItems: true },
      [numbers(50_000), [...numbers(49_999), -1]],
    ],
    [
      'references in a long row',
      {
        $ref: '#/$defs/0',
        $defs: {
          ...Object.fromEntries(numbers(1000).map((n) => [n, { $ref: `#/$defs/${n + 1}` }])),
          1000: {},
        },
      },
      {},
    ],
    [
      'very many items of which none fits',
      { items: { type: 'integer', enum: [] } },
      numbers(200_000).map(String),
    ],
    [
      'a value that nobody can nest',
      { items: { $ref: '#' } },
      JSON.parse('['.repeat(50_000) + ']'.repeat(50_000)),
    ],
    [
      'alternatives that all fail for a long list',
      { items: { anyOf: numbers(50).map((n) => ({ const: `${n}` })) } },
      numbers(10_000),
    ],
    ['a text of 10 MB', { minLength: 6_000_000, pattern: '^a*$' }, 'a'.repeat(10_000_000)],
  ]
  it.each(cases)('%s', (what, schema, value) => {
    const compiled = compileSchema(schema)
    const judge = new SchemaJudge()
    const taken = work(() => {
      const { kind } = judge.judge(compiled, value)
      if (!what.includes('fail') && !what.includes('none fits')) expect(kind).not.toBe('misfits')
    })
    expect(taken).toBeLessThan(A_MOMENT)
  })

  it('patterns that JavaScript would try for years are judged, at a price that the text alone decides', () => {
    const judge = new SchemaJudge()
    const schema = compileSchema({ pattern: REDOS })
    const bomb = `${'a'.repeat(60)}!`
    const taken = work(() => {
      for (let time = 0; time < 100; time += 1)
        expect([bomb, 'aaa', 'b'].map((value) => judge.judge(schema, value).kind)).toEqual([
          'misfits',
          'fits',
          'misfits',
        ])
    })
    expect(taken).toBeLessThan(A_MOMENT)
  })

  it.each<[string, string, string, string]>([
    // A group again, or a look around, has no matcher of linear time.
    ['again a group', '^(a|aa)+\\1$', `${'a'.repeat(60)}!`, 'unknown'],
    ['looks around', '^(?=(a+)+$)', `${'a'.repeat(60)}!`, 'unknown'],
    ['many parts', '^([a-z]{1,9}){1,900}$', `${'a'.repeat(60)}!`, 'unknown'],
    ['looks around, and is short', '^(?!.*--)(?=.*\\d)[a-z0-9-]{1,63}$', 'a-b-1', 'fits'],
    ['looks around at a text of usual length', '^(?!.*--)[a-z0-9-]{1,63}$', `${'a-'.repeat(30)}-`, 'misfits'],
    ['again a group, and is short', '^(["\'])[^"\']*\\1$', '"quoted"', 'fits'],
  ])(
    'a pattern that needs %s is judged where no text of that length is expensive',
    (_what, pattern, value, kind) => {
      const judge = new SchemaJudge()
      const schema = compileSchema({ pattern })
      const taken = work(() => {
        for (let time = 0; time < 100; time += 1) expect(judge.judge(schema, value).kind).toBe(kind)
      })
      expect(taken).toBeLessThan(A_MOMENT)
    },
  )

  it('that a value is not checked is news once for each schema, and the next value is checked again', () => {
    const judge = new SchemaJudge()
    const [one, other] = ['^(?=(a+)+$)', '^(?=(b+)+$)'].map((pattern) => compileSchema({ pattern }))
    const long = 'a'.repeat(60)
    const news = [one, one, other, one, other].map((schema) => schema && judge.judge(schema, long))
    expect(news).toEqual([true, false, true, false, false].map((isNews) => ({ kind: 'unknown', isNews })))
    expect(one && judge.judge(one, 'b').kind).toBe('misfits')
  })

  it.each<[string, Record<string, unknown>]>([
    ['nested too deeply', nestedSchema(129)],
    ['of too many patterns', { allOf: numbers(201).map((n) => ({ pattern: `^${n}` })) }],
  ])('a schema %s is not used', (_what, schema) => {
    expect(() => compileSchema(schema)).toThrow(/^(is|has) /)
  })

  it('a schema whose names within names would be looked up forever is not used', () => {
    let schema: Record<string, unknown> = { type: 'string' }
    for (const n of numbers(100)) schema = { $id: `https://example.test/${n}`, properties: { a: schema } }
    expect(() => compileSchema(schema)).toThrow('nested too deeply')
  })

  it('a schema can not slip in what the library keeps for itself', () => {
    const forged = {
      __absolute_ref__: 'https://example.test/',
      __absolute_uri__: 'x',
      id: '%',
      format: 'email',
    }
    const schema = {
      properties: { a: { $ref: '#/$defs/b', ...forged } },
      $defs: { b: { type: 'string', ...forged } },
    }
    expect(new SchemaJudge().judge(compileSchema(schema), { a: 1 })).toMatchObject({ kind: 'misfits' })
    expect(new SchemaJudge().judge(compileSchema(schema), { a: 'x' })).toEqual({ kind: 'fits' })
  })

  it('nests a hundred levels', () => {
    const value = (last: unknown): unknown =>
      JSON.parse(`${'{"a":'.repeat(100)}${JSON.stringify(last)}${'}'.repeat(100)}`)
    const judge = new SchemaJudge()
    const schema = compileSchema(nestedSchema(100))
    expect([judge.judge(schema, value('x')).kind, judge.judge(schema, value(1)).kind]).toEqual([
      'fits',
      'misfits',
    ])
    const tree = compileSchema({
      properties: { a: { $ref: '#' }, b: { type: 'string' } },
      additionalProperties: false,
    })
    expect([judge.judge(tree, value({ b: 'x' })).kind, judge.judge(tree, value({ b: 1 })).kind]).toEqual([
      'fits',
      'misfits',
    ])
  })

  it('a server has only so much made ready, and what is made is kept', () => {
    const schema = (n: number) => ({ description: 'x'.repeat(100_000), title: String(n) })
    const made = keptSchema('large', schema(0))
    expect(keptSchema('large', schema(0))).toBe(made)
    expect(() => keptSchema('large', { description: 'x'.repeat(200_000) })).toThrow('longer than 128 KiB')
    expect(() => numbers(20).map((n) => keptSchema('large', schema(n)))).toThrow('that a server may have')
    expect(keptSchema('large', schema(0))).toBe(made)
    expect(keptSchema('small', schema(0))).toBeDefined()
  })

  it('and one that changes its schemas for hours has them checked all the time, in bounded memory', () => {
    const schema = (n: number) => ({ description: 'x'.repeat(100_000), title: String(n) })
    const first = keptSchema('changing', schema(0), 0)
    for (const n of numbers(100)) expect(keptSchema('changing', schema(n), n * 60_000)).toBeDefined()
    expect(keptSchema('changing', schema(99), 100 * 60_000)).toBe(
      keptSchema('changing', schema(99), 100 * 60_000),
    )
    expect(keptSchema('changing', schema(0), 101 * 60_000)).not.toBe(first)
    expect(() => numbers(20).map((n) => keptSchema('changing', schema(-n), 102 * 60_000))).toThrow(
      'in ten minutes',
    )
    expect(keptSchema('changing', schema(-19), 112 * 60_000)).toBeDefined()
  })
})
