import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import { isKeptWhole, keptArguments, MAX_ARGUMENT_BYTES } from '../../src/audit/facts/arguments.ts'
import { GENESIS, seal, verifyLine } from '../../src/audit/chain/chain.ts'
import { canonicalJson } from '../../src/json/canonical.ts'
import { parseJson } from '../../src/json/parse.ts'
import { jsonBytes, writeJson } from '../../src/json/write.ts'

const nested = (depth: number): unknown => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)
const keys = (count: number): unknown =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`key-${n}`, n]))

function canonicalOf(value: unknown): string | undefined {
  try {
    return canonicalJson(value)
  } catch {
    return undefined
  }
}

describe('what is kept of arguments (promise 6)', () => {
  test.each<[string, string]>([
    ['few and short ones', '{"path":"notes.txt","deep":true,"none":null,"list":[1,{"a":"b"}],"empty":{}}'],
    ['numbers with all their digits', '{"id":9007199254740993,"tiny":1e-400,"zero":-0}'],
    ['members called as objects have them', '{"__proto__":{"a":1},"constructor":"x","toString":[]}'],
    ['a text that looks like JSON', '{"body":"{\\"a\\":[1]}"}'],
    ['hidden characters, as they are', '{"\\u202e":"\\u001b[2J\\u0000"}'],
    [
      'a text that looks as if it had been cut',
      '{"a":"x…[9 of 10 characters left out]…y","…":"3 of 4 members left out"}',
    ],
  ])('all of them where they are short: %s', (_what, json) => {
    const kept = keptArguments(parseJson(json))
    expect([writeJson(kept.arguments), kept.cut]).toEqual([writeJson(parseJson(json)), undefined])
    // And so they get into the log and out of it.
    const line = seal('call', '', { ...kept }, GENESIS).line
    expect([typeof verifyLine(line, GENESIS), line.includes(canonicalJson(kept.arguments))]).toEqual([
      'object',
      true,
    ])
  })

  test('what short ones are kept whole can be told by their canonical text', () => {
    const plain = { text: 'hello', list: [1, { a: null }] }
    expect(isKeptWhole(plain, canonicalJson(plain))).toBe(true)
    const short = fc.oneof(
      fc.dictionary(fc.string({ maxLength: 80 }), fc.jsonValue({ maxDepth: 6 }), { noNullPrototype: true }),
      fc.integer({ min: 1, max: 60 }).map(nested),
      fc.integer({ min: 1, max: 200 }).map(keys),
      fc.string({ maxLength: 3000 }).map((text) => ({ text })),
    )
    fc.assert(
      fc.property(short, (args) => {
        const text = canonicalOf(args)
        if (text === undefined) return
        if (isKeptWhole(args, text)) expect(keptArguments(args)).toEqual({ arguments: args })
      }),
      { numRuns: 500 },
    )
  })

  test('of a long text the beginning, the end and the length; short ones beside it whole', () => {
    const sql = `SELECT 1; ${'-- comment\n'.repeat(100_000)} DROP TABLE users`
    const kept = keptArguments({ database: 'shop', sql, path: 'x'.repeat(200) })
    const text = (kept.arguments as { sql: string }).sql
    expect(text).toMatch(
      /^SELECT 1;[^]{1000,}…\[\d+ of 1100027 characters left out\]…[^]{1000,}DROP TABLE users$/,
    )
    expect(kept.arguments).toMatchObject({ database: 'shop', path: 'x'.repeat(200) })
    expect(kept.cut).toEqual({ '/sql': 'string(1100027)' })
  })

  test.each<[string, unknown, Record<string, string>]>([
    ['a list', { ids: Array.from({ length: 10_000 }, (_, n) => n) }, { '/ids': 'array(10000)' }],
    ['members', keys(10_000), { '': 'object(10000)' }],
    [
      'a name',
      { [`a/~${'k'.repeat(9000)}`]: 1 },
      { [`/a~1~0${'k'.repeat(29)}…[8939 of 9003 characters left out]…${'k'.repeat(32)}`]: 'name(9003)' },
    ],
  ])('the first and the last of too many: %s', (_what, args, cut) => {
    const kept = keptArguments(args)
    expect(kept.cut).toEqual(cut)
    expect(writeJson(kept.arguments)).toMatch(/left out/)
  })

  test('a number that fills the log hides nothing that stands beside it', () => {
    const digits = '9'.repeat(100_000)
    const kept = keptArguments(parseJson(`{"path":"/etc/x","n":${digits},"list":[${digits}],"to":"y"}`))
    expect(kept.arguments).toMatchObject({
      path: '/etc/x',
      n: expect.stringMatching(/^9+…\[\d+ of 100000 characters left out\]…9+$/),
      to: 'y',
    })
    expect(Object.keys(kept.cut ?? {})).toEqual(['/n', '/list/0'])
  })

  test('the last of many members is there, as the first is', () => {
    expect(keptArguments(keys(10_000)).arguments).toMatchObject({ 'key-0': 0, 'key-9999': 9999 })
  })

  test.each<[string, unknown]>([
    ['1 MB of text', { text: 'x'.repeat(1_000_000) }],
    ['1 MB of control characters', { text: '\u0001'.repeat(1_000_000), a: '\u0001'.repeat(90) }],
    ['1 MB of wide characters', { text: '😀'.repeat(250_000), ['字'.repeat(5000)]: '字'.repeat(5000) }],
    ['10 000 long texts', { list: Array.from({ length: 10_000 }, () => 'x'.repeat(100)) }],
    [
      '10 000 keys of 500 characters',
      Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`${n}`.padStart(500, '\u0001'), n])),
    ],
    ['100 000 levels', { a: nestedList(100_000) }],
    ['300 levels of objects', nested(300)],
    [
      'lists in lists',
      Array.from({ length: 60 }, () => Array.from({ length: 60 }, () => ({ a: 'x'.repeat(60) }))),
    ],
    ['a number of 100 000 digits', parseJson(`{"n":${'9'.repeat(100_000)}}`)],
    [
      'halves of surrogate pairs',
      { '\ud800': '\udc00', '\ud801': 'x'.repeat(3000) + '\ud800' + 'x'.repeat(3000) },
    ],
    [
      'many members that are cut each',
      Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`k${n}`, 'x'.repeat(5000)])),
    ],
  ])('never more than 4 KiB, and a record of it always: %s', (_what, args) => {
    const kept = keptArguments(args)
    expect(jsonBytes(kept)).toBeLessThanOrEqual(MAX_ARGUMENT_BYTES)
    expect(verifyLine(seal('call', '', { ...kept }, GENESIS).line, GENESIS)).toBeTypeOf('object')
  })

  test('members are listed once for all drafts, as hundreds of thousands of them take long', () => {
    let listed = 0
    const many = new Proxy(keys(10_000) as object, {
      ownKeys: (target) => {
        listed += 1
        return Reflect.ownKeys(target)
      },
    })
    expect(keptArguments({ many }).cut).toEqual({ '/many': 'object(10000)' })
    // And once more where the length of all is measured.
    expect(listed).toBeLessThanOrEqual(2)
  })

  test('whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary', maxDepth: 6 }), fc.nat(3000), (value, times) => {
        const kept = keptArguments({ value, list: Array.from({ length: times }, () => value) })
        expect(jsonBytes(kept)).toBeLessThanOrEqual(MAX_ARGUMENT_BYTES)
        expect(verifyLine(seal('call', '', { ...kept }, GENESIS).line, GENESIS)).toBeTypeOf('object')
      }),
      { numRuns: 200 },
    )
  })
})

function nestedList(depth: number): unknown {
  let list: unknown = []
  for (let n = 0; n < depth; n++) list = [list]
  return list
}
