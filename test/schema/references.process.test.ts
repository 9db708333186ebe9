/**
 * References by address, anchor and path, across schemas with an `$id` of their own, and members that every JavaScript
 * object seems to have: the answer is the other library's, or the schema can't be used. A value that fits is never
 * refused for a fault of the library.
 */
import { Ajv2020 } from 'ajv/dist/2020.js'
import * as fc from '../random.ts'
import { describe, expect, it } from 'vitest'
import { compileSchema } from '../../src/schema/compile.ts'
import { UnusableSchema } from '../../src/schema/unusable.ts'
import { DRAFT_07, kindOf } from './support.ts'

type Schema = Record<string, unknown>

const text = { type: 'string' }
const number = { type: 'number' }

describe('one name for two parts can not be used', () => {
  it.each<[string, Schema]>([
    [
      'an anchor beside one in a nested $id',
      {
        $ref: '#a',
        $defs: { A: { $anchor: 'a', ...text }, B: { $id: 'b', $defs: { C: { $anchor: 'a', ...number } } } },
      },
    ],
    [
      'the other way round',
      {
        $ref: '#a',
        $defs: { B: { $id: 'b', $defs: { C: { $anchor: 'a', ...number } } }, A: { $anchor: 'a', ...text } },
      },
    ],
    ['two nested ones', { $defs: { B: { $id: 'b', $anchor: 'a' }, C: { $id: 'c', $anchor: 'a' } } }],
    ['in one resource', { $defs: { B: { $anchor: 'a' }, C: { $anchor: 'a' } } }],
    [
      'of draft-07',
      {
        $schema: DRAFT_07,
        definitions: {
          A: { $id: '#a', ...text },
          B: { $id: 'b', definitions: { C: { $id: '#a', ...number } } },
        },
      },
    ],
    [
      'an anchor that reads as a path',
      { $ref: '#/$defs/B', $defs: { A: { $anchor: '/$defs/B', ...number }, B: text } },
    ],
    [
      'one of draft-07',
      { $schema: DRAFT_07, definitions: { A: { $id: '#/definitions/B', ...number }, B: text } },
    ],
    ['an address with a part', { $defs: { A: { $id: 'b#x', ...number } } }],
    ['one address', { $defs: { A: { $id: 'b', ...number }, B: { $id: 'b', ...text } } }],
  ])('%s', (_what, schema) => {
    expect(() => compileSchema(schema)).toThrow(UnusableSchema)
  })

  it('other names can', () => {
    const schema = {
      properties: { x: { $ref: 'b#c' } },
      $defs: { A: { $anchor: 'a' }, B: { $id: 'b', $defs: { C: { $anchor: 'c', ...text } } } },
    }
    expect(kindOf(schema, { x: 'y' })).toBe('fits')
    expect(kindOf(schema, { x: 1 })).toBe('misfits')
  })
})

const key = fc.constantFrom('a', 'b', 'constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf')
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<unknown>(null, 0, 'a', true),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 3 }).map((all) => Object.fromEntries(all) as unknown),
  ),
}))
const reference = fc.constantFrom(
  '#',
  '#/$defs/x',
  '#/$defs/y',
  '#p',
  '#q',
  'one',
  'one#p',
  'two#/$defs/x',
  'two',
)
const { part } = fc.letrec<{ part: Schema }>((tie) => {
  const map = fc.array(fc.tuple(key, tie('part')), { maxLength: 2 }).map((all) => Object.fromEntries(all))
  const named = fc.record({ x: tie('part'), y: tie('part') }, { requiredKeys: [] })
  const words = {
    type: fc.constantFrom('string', 'number', 'object', 'array', ['object', 'null']),
    $ref: reference,
    $anchor: fc.constantFrom('p', 'q'),
    $id: fc.constantFrom('one', 'two'),
    properties: map,
    required: fc.uniqueArray(key, { maxLength: 1 }),
    additionalProperties: fc.oneof(fc.boolean(), tie('part')),
    dependentRequired: fc
      .array(fc.tuple(key, fc.uniqueArray(key, { maxLength: 1 })), { maxLength: 1 })
      .map((all) => Object.fromEntries(all)),
    propertyNames: fc.constantFrom<Schema>({ minLength: 2 }, { enum: ['a', 'constructor'] }),
    items: tie('part'),
    anyOf: fc.array(tie('part'), { minLength: 1, maxLength: 2 }),
    $defs: named,
  }
  return {
    part: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.constant<Schema>({}),
      fc
        .record(words, { requiredKeys: [] })
        .chain((all) =>
          fc
            .subarray(Object.keys(all), { maxLength: 3 })
            .map((some) => Object.fromEntries(Object.entries(all).filter(([word]) => some.includes(word)))),
        ),
    ),
  }
})
const whole = fc.tuple(part, part, part).map(([top, x, y]): Schema => ({ ...top, $defs: { x, y } }))

it('answers as ajv does, wherever both can use the schema', () => {
  let compared = 0
  fc.assert(
    fc.property(whole, fc.array(value, { minLength: 3, maxLength: 6 }), (schema, values) => {
      const judged = values.map((one) => usable(() => [kindOf(schema, one), one] as const))
      const library = usable(() => new Ajv2020({ strict: false, ownProperties: true }).compile(schema))
      if (library === undefined) return
      for (const one of judged) {
        const valid = one && usable(() => library(one[1]))
        if (one === undefined || valid === undefined || one[0] === 'unknown') continue
        compared += 1
        expect(one[0], JSON.stringify([schema, one[1]])).toBe(valid ? 'fits' : 'misfits')
      }
    }),
    { numRuns: 100 },
  )
  expect(compared).toBeGreaterThan(80)
})

/** Undefined where a schema can't be used: it has a name twice, or refers to itself alone and so to nothing. */
function usable<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}
