/** Promise 7: a number arrives with the digits that it was sent with, and everything else as JSON.parse has it. */
import * as fc from '../random.ts'
import { describe, expect, it } from 'vitest'
import { ExactNumber, isKept, withDoubles } from '../../src/json/number.ts'
import { parseJson } from '../../src/json/parse.ts'
import { jsonBytes, jsonParts, RawJson, writeJson } from '../../src/json/write.ts'
import { work } from '../work.ts'

const AS_WRITTEN = [
  '9007199254740993',
  '-9007199254740993',
  '12345678901234567890',
  '1e400',
  '-1E+400',
  '1e-400',
  '-0',
  '-0.0',
  '0.1000000000000000055511151231257827',
  '3.14159265358979323846264338327950288',
  '1.0000000000000000000000001e5',
  '1e99999999999999999999',
  `1${'0'.repeat(400)}`,
  '4.9e-324000',
  '1.7976931348623159e308',
]

const SHORT: [string, string][] = [
  ['1.0', '1'],
  ['1e2', '100'],
  ['0.10', '0.1'],
  ['1E400'.replace('400', '3'), '1000'],
  ['9007199254740992', '9007199254740992'],
  ['12345678901234567000', '12345678901234567000'],
  ['1e21', '1e+21'],
  ['5e-324', '5e-324'],
  ['0e99999', '0'],
  ['123456789012345', '123456789012345'],
  ['0.30000000000000004', '0.30000000000000004'],
]

describe('numbers that a double does not keep', () => {
  it.each(AS_WRITTEN)('%.40s is written with its digits', (digits) => {
    for (const text of [digits, `[${digits}]`, `{"a":${digits},"b":[1,${digits}]}`])
      expect(writeJson(parseJson(text))).toBe(text)
  })

  it.each(SHORT)('%s is a plain number and is written %s', (digits, short) => {
    expect(parseJson(digits)).toBe(Number(digits))
    expect(writeJson(parseJson(digits))).toBe(short)
  })

  it('counts as the nearest double, a finite one, for whoever calculates', () => {
    expect(Number(parseJson('9007199254740993'))).toBe(9007199254740992)
    expect(Number(parseJson('1e400'))).toBe(Number.MAX_VALUE)
    expect(JSON.stringify({ a: parseJson('12345678901234567890') })).toBe('{"a":12345678901234567000}')
    const value = parseJson('{"__proto__":[1e400],"b":{"c":1}}')
    expect(JSON.stringify(withDoubles(value))).toBe(`{"__proto__":[${Number.MAX_VALUE}],"b":{"c":1}}`)
    const plain = { a: [1, NaN, { b: 'x' }] }
    expect(withDoubles({ ...plain })).toEqual(plain)
  })

  it('are looked for in values only', () => {
    const text = '{"9007199254740993":"9007199254740993","a\\"1e400":"\\\\","b":"-0 \\" 1e400"}'
    expect(parseJson(text)).toEqual(JSON.parse(text))
    expect(writeJson(parseJson(text))).toBe(text)
  })

  it.each([
    '{9007199254740993:1}',
    '{"a":1,9007199254740993:1}',
    '{"a":1,9007199254740993}',
    '09007199254740993',
    '9007199254740993x',
    '"a"9007199254740993',
    '9007199254740993"a"',
    '[9007199254740993 9007199254740993]',
    '9007199254740993.',
    '.9007199254740993',
    '-',
    '1e',
    '+9007199254740993',
    '--9007199254740993',
    '"9007199254740993',
    '[1e400',
  ])('%s stays no JSON', (text) => {
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError)
    expect(() => parseJson(text)).toThrow(SyntaxError)
  })

  it('takes and refuses what JSON.parse does, and reads the same doubles', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        '\\',
        ' ',
        'null',
        '-0',
        '1e400',
        '"a"',
        '"__proto__":',
      ),
      fc.constantFrom(...AS_WRITTEN),
      fc.double().map((double) => String(double)),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('')
        expect(read(() => withDoubles(parseJson(text)))).toEqual(read(() => clamp(JSON.parse(text))))
      }),
      { numRuns: 3000 },
    )
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(withDoubles(parseJson(text))).toEqual(clamp(JSON.parse(text)))
      }),
    )
  })

  it('every double is kept as JSON.stringify writes it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (double) => {
        expect(isKept(JSON.stringify(double))).toBe(true)
      }),
    )
  })
})

function read(act: () => unknown): unknown {
  try {
    return JSON.stringify(act())
  } catch (error) {
    return error instanceof SyntaxError
  }
}

function clamp(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, v: unknown) => {
      if (typeof v !== 'number') return v
      return Number.isFinite(v) ? v : Math.sign(v) * Number.MAX_VALUE
    }),
  ) as unknown
}

describe('a member called __proto__', () => {
  it.each([
    '{"__proto__":{"a":1}}',
    '{"__proto__":{"a":1e400}}',
    '{"\\u005f_proto__":1e400,"b":[{"__proto__":null}]}',
  ])('%s is a member like any other', (text) => {
    const value = parseJson(text) as object
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(Object.keys(value)[0]).toBe('__proto__')
    expect(writeJson(value)).toBe(text.replace('\\u005f', '_'))
  })
})

describe('what is JSON already', () => {
  const raw = (text: string): RawJson => new RawJson([Buffer.from(text)])

  it('is written as it is, uncopied', () => {
    const big = raw('{"n":1e400,"t":"ä"}')
    const value = { a: 1, big, list: [raw('"x"'), new ExactNumber('-0')], after: 'ä' }
    const text = '{"a":1,"big":{"n":1e400,"t":"ä"},"list":["x",-0],"after":"ä"}'
    expect(writeJson(value)).toBe(text)
    expect(jsonParts(value)).toContain(big.pieces[0])
    expect(jsonBytes(value)).toBe(Buffer.byteLength(text))
  })

  it('can stand alone', () => {
    expect(writeJson(raw('[1]'))).toBe('[1]')
    expect(writeJson(undefined)).toBe('null')
    expect(['{}', '[]', '""', '1'].map((text) => raw(text).kind)).toEqual([
      'object',
      'array',
      'string',
      'other',
    ])
  })

  it('nothing that a value holds can pass for it', () => {
    const text = writeJson({ a: new ExactNumber('-0') })
    expect(text).not.toMatch(/[0-9a-f]{32}/)
    expect(writeJson({ a: '"#0"', b: '#0' })).toBe(JSON.stringify({ a: '"#0"', b: '#0' }))
  })
})

it('numbers that are long only for their zeros cost no more than others', () => {
  const text = `[${Array.from({ length: 2000 }, () => `1${'0'.repeat(990)}1`).join()}]`
  const taken = work(() => expect(writeJson(parseJson(text)) === text).toBe(true))
  // It took two seconds.
  expect(taken).toBeLessThan(25)
})
