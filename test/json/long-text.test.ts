/** Long texts are written as JSON.stringify writes them, and hashed as what is written is (RFC 8785). */
import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import { canonicalHash, canonicalJson, sha256 } from '../../src/json/canonical.ts'
import { quotedBytes, withLongWritten } from '../../src/json/long-text.ts'
import { ExactNumber } from '../../src/json/number.ts'
import { writeJson } from '../../src/json/write.ts'

const LONG = 'a line of a file\n'.repeat(5000)
const ASCII = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join('')

describe('a long text', () => {
  test.each([
    ['lines', LONG],
    ['all characters of ASCII', ASCII.repeat(600)],
    ['nothing but what is escaped', '\u0000"\\'.repeat(40_000)],
    ['JSON in it', JSON.stringify({ LONG, ASCII })],
  ])('is written as JSON.stringify does: %s', (_what, text) => {
    expect(quotedBytes(text)?.toString()).toBe(JSON.stringify(text))
  })

  test.each([
    ['it is short', 'a'],
    ['it holds what isn’t ASCII', `${LONG}é`],
    ['it holds another script', `${LONG}Ж`],
    ['it holds half of a pair', `${LONG}\ud800`],
  ])('is left to JSON.stringify where %s', (_what, text) => {
    expect(quotedBytes(text)).toBeUndefined()
  })
})

test('an object with long texts is written and hashed as without the short cut', () => {
  const some = fc.constantFrom<unknown>(
    LONG,
    ASCII.repeat(600),
    `${LONG}é`,
    'short',
    7,
    null,
    undefined,
    [1],
    {
      b: LONG,
      a: new ExactNumber('1e400'),
    },
  )
  const name = fc.constantFrom('text', 'a', 'b"', 'ü', '__proto__', '7', '')
  fc.assert(
    fc.property(fc.array(fc.tuple(name, some), { maxLength: 4 }), (entries) => {
      const value = Object.fromEntries([...entries, ['path', LONG]])
      const before = writeJson(value)
      expect(writeJson(withLongWritten(value))).toBe(before)
      expect(canonicalHash(value)).toBe(sha256(canonicalJson(value)))
    }),
    { numRuns: 40 },
  )
})

test('two long texts of one object stay what they are', () => {
  const value = { a: LONG, b: LONG.toUpperCase(), c: ASCII.repeat(600) }
  expect(writeJson(withLongWritten(value))).toBe(JSON.stringify(value))
})

test('what has no canonical form has none with a long text either', () => {
  for (const bad of ['\ud800', Number.NaN, () => 1])
    expect(() => canonicalHash({ text: LONG, bad })).toThrow(TypeError)
})

test('what holds nothing long is the very object', () => {
  const value = { a: 'short', b: [LONG] }
  expect(withLongWritten(value)).toBe(value)
})
