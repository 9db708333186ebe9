/** What counts as a JSON object, and what as its own member (json/record.ts). */
import { expect, it } from 'vitest'
import { parseJson } from '../../src/json/parse.ts'
import { isRecord, member } from '../../src/json/record.ts'
import { RawJson } from '../../src/json/write.ts'

it.each([
  ['{}', true],
  ['{"a":1}', true],
  ['{"__proto__":{"a":1}}', true],
  ['[]', false],
  ['null', false],
  ['1', false],
  ['9007199254740993', false],
  ['"text"', false],
  ['true', false],
])('tells of %s whether it is an object: %s', (json, expected) => {
  expect(isRecord(parseJson(json))).toBe(expected)
})

it('takes no JSON that is written already for an object', () => {
  expect(isRecord(new RawJson([Buffer.from('{"a":1}')]))).toBe(false)
  expect(isRecord(undefined)).toBe(false)
})

it.each([
  ['{"a":1}', 'a', 1],
  ['{"a":1}', 'b', undefined],
  ['{}', 'constructor', undefined],
  ['{"toString":1}', 'toString', 1],
  ['{"__proto__":1}', '__proto__', 1],
  ['{}', '__proto__', undefined],
  ['["first"]', '0', 'first'],
  ['null', 'a', undefined],
  ['"text"', 'length', undefined],
])('finds in %s under %s its own member alone: %j', (json, name, expected) => {
  expect(member(parseJson(json), name)).toBe(expected)
})
