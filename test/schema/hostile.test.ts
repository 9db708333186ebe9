/** Schemas and values that are meant to cost: each ends within a moment, and its server soon gets only moments. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileSchema } from '../../src/schema/compile.ts'
import { Judge } from '../../src/schema/judge.ts'
import { keptSchema } from '../../src/schema/kept.ts'
import { readPattern } from '../../src/schema/pattern.ts'

/** Measured below 60 ms; the machine may be busy. */
const A_MOMENT_MS = 500

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
    ['a pattern that backtracks for years', { pattern: REDOS }, `${'a'.repeat(60)}!`],
    [
      'two hundred of them',
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
    ['a million items', { items: { type: 'integer' } }, numbers(1_000_000)],
    ['that all have to differ', { uniqueItems: true }, numbers(100_000).map((n) => ({ n }))],
    ['two large ones that have to differ', { uniqueItems: true }, [numbers(1_000_000), numbers(1_000_000)]],
    ['a text of 50 MB', { minLength: 30_000_000, pattern: '^a*$' }, 'a'.repeat(50_000_000)],
  ]
  it.each(cases)('%s', (_what, schema, value) => {
    const compiled = compileSchema(schema)
    const judge = new Judge()
    for (let time = 0; time < 5; time += 1) {
      const start = performance.now()
      expect(judge.judge('box', compiled, value).kind).not.toBe('misfits')
      expect(performance.now() - start).toBeLessThan(A_MOMENT_MS)
    }
  })

  it('and after three strikes a server has only moments, while another is checked as ever', () => {
    const judge = new Judge()
    const hostile = compileSchema({ pattern: REDOS, maxLength: 100 })
    const bomb = `${'a'.repeat(60)}!`
    for (let time = 0; time < 3; time += 1) judge.judge('hostile', hostile, bomb)
    const start = performance.now()
    for (let time = 0; time < 100; time += 1) judge.judge('hostile', hostile, bomb)
    expect(performance.now() - start).toBeLessThan(A_MOMENT_MS)
    // What is cheap is still checked.
    expect(judge.judge('hostile', hostile, 'b'.repeat(101)).kind).toBe('misfits')
    const slow = compileSchema({ pattern: '^(a|b)+$' })
    expect(judge.judge('other', slow, 'c').kind).toBe('misfits')
    expect(judge.judge('hostile', slow, 'c').kind).toBe('fits')
  })

  it.each<[string, Record<string, unknown>]>([
    ['nested too deeply', nestedSchema(129)],
    ['of too many patterns', { allOf: numbers(201).map((n) => ({ pattern: `^${n}` })) }],
    [
      'of references in a long row',
      {
        $ref: '#/$defs/0',
        $defs: Object.fromEntries(numbers(1000).map((n) => [n, { $ref: `#/$defs/${n + 1}` }])),
      },
    ],
  ])('a schema %s is not used', (_what, schema) => {
    expect(() => compileSchema(schema)).toThrow(/^(is|has) /)
  })

  it('nests a hundred levels', () => {
    const value = (last: unknown): unknown =>
      JSON.parse(`${'{"a":'.repeat(100)}${JSON.stringify(last)}${'}'.repeat(100)}`)
    const judge = new Judge()
    const schema = compileSchema(nestedSchema(100))
    expect([judge.judge('box', schema, value('x')).kind, judge.judge('box', schema, value(1)).kind]).toEqual([
      'fits',
      'misfits',
    ])
    const tree = compileSchema({
      properties: { a: { $ref: '#' }, b: { type: 'string' } },
      additionalProperties: false,
    })
    expect([
      judge.judge('box', tree, value({ b: 'x' })).kind,
      judge.judge('box', tree, value({ b: 1 })).kind,
    ]).toEqual(['fits', 'misfits'])
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
})

describe('patterns', () => {
  it.each([
    ['^[a-z0-9-]+$', 1000, true],
    ['^\\d{4}-\\d{2}-\\d{2}$', 1000, true],
    ['^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$', 1000, true],
    ['^(red|green|blue)$', 1000, true],
    ['^[^@]+@[^@]+\\.[a-z]+$', 30, true],
    ['^[^@]+@[^@]+\\.[a-z]+$', 1000, false],
    ['a+', 1000, false],
    ['^(a+)+$', 10, false],
    ['^(a|a)*$', 10, false],
    ['^(a?){30}$', 10, false],
    ['^(a*)\\1$', 10, false],
    [`^${'(a|a)'.repeat(30)}$`, 10, false],
  ])('%s on %i characters is quick: %s', (source, length, quick) => {
    expect(readPattern(source)?.isQuick(length)).toBe(quick)
  })

  it('what is called quick is quick, whatever it is', () => {
    const { source } = fc.letrec<{ source: string; part: string }>((tie) => ({
      part: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('a', 'b', '.', '[ab]', '\\w', '[^b]', '(?=a)'),
        tie('source').map((inner) => `(${inner})`),
        tie('source').map((inner) => `(?:${inner})`),
      ),
      source: fc
        .array(
          fc.tuple(tie('part'), fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,9}', '{3,}', '*?', '|')),
          { minLength: 1, maxLength: 5 },
        )
        .map((parts) => parts.map(([part, sign]) => part + sign).join('')),
    }))
    fc.assert(
      fc.property(source, fc.boolean(), fc.constantFrom(12, 30, 60, 200), (body, isAnchored, length) => {
        const pattern = readPattern(isAnchored ? `^(?:${body})$` : `${body}$`)
        if (pattern === undefined || !pattern.isQuick(length)) return
        const texts = ['a'.repeat(length - 1), 'ab'.repeat(length / 2 - 1)].map((text) => `${text}!`)
        const start = performance.now()
        for (const text of texts) pattern.expression.test(text)
        expect(performance.now() - start).toBeLessThan(200)
      }),
      { numRuns: 2000 },
    )
  })
})
