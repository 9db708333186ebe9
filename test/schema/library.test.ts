/**
 * Random schemas and values: the answer is that of the other library, which hosts and servers of the SDK rely on, and a
 * value that doesn't fit is told why. Without `unevaluated…`, where that library also counts what failed alternatives
 * have seen (words.test.ts).
 */
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/server/validators/ajv'
import * as fc from '../random.ts'
import { expect, it } from 'vitest'
import { DRAFT_07, kindOf, said } from './support.ts'

const key = fc.constantFrom('a', 'b', 'c')
const scalar = fc.constantFrom<unknown>(null, true, false, 0, 1, 2, -1, 1.5, '', 'a', 'ab', 'abc', 'x💩')

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
}))

const type = fc.constantFrom('string', 'number', 'integer', 'boolean', 'null', 'object', 'array')
const small = fc.integer({ min: 0, max: 3 })

const some = (words: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> =>
  fc
    .subarray(Object.keys(words), { maxLength: 4 })
    .chain((keys) =>
      fc.record(Object.fromEntries(keys.map((key) => [key, words[key] ?? fc.constant(undefined)]))),
    )

function schemas(isOld: boolean): fc.Arbitrary<Record<string, unknown>> {
  const { schema } = fc.letrec<{ schema: Record<string, unknown>; inner: unknown }>((tie) => {
    const inner = tie('inner')
    const map = fc.dictionary(key, inner, { maxKeys: 3, noNullPrototype: true })
    const list = fc.array(inner, { minLength: 1, maxLength: 3 })
    const names = fc.uniqueArray(key, { maxLength: 2 })
    const newer: Record<string, fc.Arbitrary<unknown>> = isOld
      ? {
          dependencies: fc.dictionary(key, fc.oneof(names, inner), { maxKeys: 2, noNullPrototype: true }),
          additionalItems: inner,
        }
      : {
          prefixItems: list,
          dependentRequired: fc.dictionary(key, names, { maxKeys: 2, noNullPrototype: true }),
          dependentSchemas: map,
        }
    return {
      inner: fc.oneof({ maxDepth: 3 }, fc.boolean(), tie('schema')),
      // Only what is chosen is made: a schema of all words at each depth is nearly all thrown away.
      schema: some({
        type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })),
        enum: fc.uniqueArray(value, {
          minLength: 1,
          maxLength: 4,
          selector: (one) => JSON.stringify(one),
        }),
        const: value,
        minimum: small,
        exclusiveMaximum: small,
        multipleOf: fc.constantFrom(1, 2, 0.5),
        minLength: small,
        maxLength: small,
        pattern: fc.constantFrom('^a', 'b$', '^(a|b)+$', '[^x]'),
        items: isOld ? fc.oneof(inner, list) : inner,
        contains: inner,
        minItems: small,
        maxItems: small,
        uniqueItems: fc.boolean(),
        properties: map,
        patternProperties: fc.dictionary(fc.constantFrom('^a', '^(b|c)+$'), inner, {
          maxKeys: 2,
          noNullPrototype: true,
        }),
        additionalProperties: inner,
        propertyNames: inner,
        required: names,
        minProperties: small,
        maxProperties: small,
        allOf: list,
        anyOf: list,
        oneOf: list,
        not: inner,
        ...Object.fromEntries(['if', 'then', 'else'].map((word) => [word, inner])),
        ...newer,
      }),
    }
  })
  return isOld ? schema.map((one) => ({ $schema: DRAFT_07, ...one })) : schema
}

it.each([
  ['2020-12', false],
  ['draft-07', true],
])('%s as ajv has it', (_dialect, isOld) => {
  const kinds = { fits: 0, misfits: 0, unknown: 0 }
  fc.assert(
    fc.property(schemas(isOld), fc.array(value, { minLength: 4, maxLength: 8 }), (schema, values) => {
      const library = new AjvJsonSchemaValidator().getValidator(schema)
      for (const one of values) {
        const kind = kindOf(schema, one)
        kinds[kind as keyof typeof kinds] += 1
        expect(kind, JSON.stringify([schema, one])).toBe(library(one).valid ? 'fits' : 'misfits')
        expect(said(schema, one), JSON.stringify([schema, one])).not.toEqual([])
      }
    }),
    { numRuns: 60 },
  )
  expect(kinds.fits).toBeGreaterThan(30)
  expect(kinds.misfits).toBeGreaterThan(30)
  expect(kinds.unknown).toBe(0)
})
