/** Plain schemas are judged as the library judges them, in the same words, and as ajv does. */
import { validate } from '@cfworker/json-schema'
import { Ajv } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import * as fc from '../random.ts'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../src/json/parse.ts'
import { compileSchema } from '../../src/schema/compile.ts'
import { explainSchema } from '../../src/schema/explain.ts'
import { SchemaJudge } from '../../src/schema/judge.ts'
import { sayProblem } from '../../src/schema/say.ts'
import { DRAFT_07, DRAFT_2019 } from './support.ts'

type Schema = Record<string, unknown>

const name = fc.constantFrom('a', 'b', 'c/d~e', 'ä %', '__proto__', 'constructor')
const simple = fc.constantFrom<unknown>(null, true, 0, -0, 1, 2.5, -3, 1e15, 0.3, '', 'a', 'ab', '💩💩', '1')
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    simple,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(name, tie('value')), { maxLength: 4 }).map((all): unknown => Object.fromEntries(all)),
  ),
}))
const some = (words: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Schema> =>
  fc
    .subarray(Object.keys(words), { maxLength: 4 })
    .chain((keys) =>
      fc
        .tuple(...keys.map((key) => words[key] ?? fc.constant(undefined)))
        .map((all) => Object.fromEntries(keys.map((key, index) => [key, all[index]]))),
    )
const schemasWith = (
  more: (part: fc.Arbitrary<Schema>) => Record<string, fc.Arbitrary<unknown>>,
): fc.Arbitrary<Schema> => {
  const type = fc.constantFrom('null', 'boolean', 'number', 'integer', 'string', 'array', 'object')
  const count = fc.nat({ max: 3 })
  const names = fc.uniqueArray(name, { maxLength: 2 })
  const limit = fc.constantFrom(-1, 0, 0.1, 1, 2.5)
  const pattern = fc.constantFrom('^a', 'a|c', '^(?=.*[bd])[a-z/~]+$', '', '.', '^(?:[a-z]+)*$')
  return fc.letrec<{ part: Schema }>((tie) => {
    const part = tie<'part'>('part')
    const any = fc.oneof(part, fc.boolean())
    const list = fc.array(any, { minLength: 1, maxLength: 3 })
    const map = fc.array(fc.tuple(name, any), { maxLength: 3 }).map((all) => Object.fromEntries(all))
    return {
      part: fc.oneof(
        { maxDepth: 4, depthSize: 'small' },
        some({
          type,
          enum: fc.array(value, { minLength: 1, maxLength: 3 }),
          required: names,
          minimum: limit,
        }),
        some({
          type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })),
          const: value,
          enum: fc.array(value, { minLength: 1, maxLength: 4 }),
          minimum: limit,
          maximum: limit,
          exclusiveMinimum: limit,
          exclusiveMaximum: limit,
          // Of 0.1 ajv thinks otherwise.
          multipleOf: fc.constantFrom(0.5, 1, 2),
          minLength: count,
          maxLength: count,
          pattern,
          patternProperties: fc
            .array(fc.tuple(pattern, any), { maxLength: 2 })
            .map((all) => Object.fromEntries(all)),
          contains: any,
          minItems: count,
          maxItems: count,
          uniqueItems: fc.boolean(),
          minProperties: count,
          maxProperties: count,
          required: names,
          properties: map,
          additionalProperties: any,
          propertyNames: any,
          allOf: list,
          anyOf: list,
          oneOf: list,
          not: any,
          ...Object.fromEntries(['if', 'then', 'else'].map((word) => [word, any])),
          $ref: fc.constantFrom('#', '#/$defs/x', '#/$defs/y'),
          ...more(any as fc.Arbitrary<Schema>),
        }),
      ),
    }
  }).part
}
/** By `__proto__` ajv lets nothing depend. */
const maps = (of: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .array(fc.tuple(fc.constantFrom('a', 'b', 'constructor'), of), { maxLength: 2 })
    .map((all) => Object.fromEntries(all))
const names = fc.uniqueArray(name, { maxLength: 2 })

const DIALECTS: [
  string,
  object,
  new (options: object) => { compile(schema: object): (value: unknown) => boolean },
  (any: fc.Arbitrary<Schema>) => Record<string, fc.Arbitrary<unknown>>,
][] = [
  [
    '2020-12',
    {},
    Ajv2020,
    (any) => ({
      items: any,
      prefixItems: fc.array(any, { minLength: 1, maxLength: 2 }),
      minContains: fc.nat({ max: 2 }),
      maxContains: fc.nat({ max: 2 }),
      unevaluatedItems: any,
      unevaluatedProperties: any,
      dependentRequired: maps(names),
      dependentSchemas: maps(any),
    }),
  ],
  [
    '2019-09',
    { $schema: DRAFT_2019 },
    Ajv2019,
    (any) => ({
      items: fc.oneof(any, fc.array(any, { minLength: 1, maxLength: 2 })),
      additionalItems: any,
      minContains: fc.nat({ max: 2 }),
      maxContains: fc.nat({ max: 2 }),
      unevaluatedItems: any,
      unevaluatedProperties: any,
      dependentRequired: maps(names),
      dependentSchemas: maps(any),
    }),
  ],
  [
    'draft-07',
    { $schema: DRAFT_07 },
    Ajv,
    (any) => ({
      items: fc.oneof(any, fc.array(any, { minLength: 1, maxLength: 2 })),
      additionalItems: any,
      dependencies: maps(fc.oneof(any, names)),
    }),
  ],
]

describe.each(DIALECTS)('of %s', (dialect, declared, Library, more) => {
  const part = schemasWith(more)
  const whole = fc
    .tuple(part, part, part)
    .map(([top, x, y]): Schema => ({ ...declared, ...top, $defs: { x, y } }))

  it('gives the verdicts and words of the library, and the verdicts of ajv', () => {
    const judge = new SchemaJudge()
    const counts = { words: 0, ajv: 0, tracked: 0 }
    fc.assert(
      fc.property(whole, fc.array(value, { minLength: 4, maxLength: 8 }), (schema, values) => {
        const compiled = compileSchema(schema)
        const { root, draft, lookup } = compiled
        // It leaves out members of that name, and lets words beside a reference count in draft-07.
        const isOther =
          /__proto__/.test(JSON.stringify(schema)) || (draft === '7' && /\$ref/.test(JSON.stringify(schema)))
        // Of what others have looked at, ajv counts what failed alternatives have, and the library what stands outside.
        const isTracked = JSON.stringify(schema).includes('"unevaluated')
        // Beside schemas for single places, ajv lets an empty list contain what it has to contain.
        const isPassed =
          /"contains":/.test(JSON.stringify(schema)) &&
          /"(?:items|prefixItems)":\[/.test(JSON.stringify(schema))
        const ajv =
          isOther || isPassed
            ? undefined
            : usable(() => new Library({ strict: false, ownProperties: true }).compile(schema))
        for (const one of values) {
          const fit = judge.judge(compiled, one)
          const found = usable(() => validate(one, root, draft, lookup, false))
          if (fit.kind === 'unknown' || found === undefined) continue
          const words = found.valid ? [] : explainSchema(found.errors, compiled, one).map(sayProblem)
          const context = JSON.stringify([schema, one])
          const valid = ajv && usable(() => ajv(one))
          if (isTracked) {
            counts.tracked += 1
            if (valid !== undefined) expect([found.valid, valid].map(kindOf), context).toContain(fit.kind)
            continue
          }
          expect(fit.kind === 'fits' ? [] : fit.problems.map(sayProblem), context).toEqual(words)
          counts.words += words.length
          if (valid === undefined) continue
          counts.ajv += 1
          expect(fit.kind, context).toBe(kindOf(valid))
        }
      }),
      { numRuns: 50 },
    )
    expect(Math.min(counts.words, counts.ajv)).toBeGreaterThan(30)
    if (dialect !== 'draft-07') expect(counts.tracked).toBeGreaterThan(5)
  })
})

function kindOf(valid: boolean): string {
  return valid ? 'fits' : 'misfits'
}

/** Undefined where a schema refers to itself alone, and so to nothing. */
function usable<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}

it.each([
  [true, '[1234567890123456789, 1234567890123456788, 1234567890123456790]'],
  [true, '[9007199254740992, 9007199254740993, 9007199254740994]'],
  [true, '[[-9007199254740993], [-9007199254740992]]'],
  [true, '[{"id": 0.10000000000000000001}, {"id": 0.1}]'],
  [false, '[1234567890123456789, 1234567890123456788, 1234567890123456789]'],
  [false, '[{"a": 9007199254740993, "b": 1}, {"b": 1.0, "a": 9007199254740993}]'],
  [false, '[0, -0]'],
  [false, '[9007199254740993, 1, 1.0]'],
])('numbers that no double keeps are the same only when they are written so: %s for %s', (fits, text) => {
  for (const uniqueItems of [{}, { items: { pattern: '^x' } }]) {
    const schema = compileSchema({ uniqueItems: true, ...uniqueItems })
    expect(new SchemaJudge().judge(schema, parseJson(text)).kind).toBe(fits ? 'fits' : 'misfits')
  }
})
