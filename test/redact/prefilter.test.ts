/**
 * A short message that is called bare holds nothing, however it is read (promise 3): the short cut is compared with the
 * search itself, over random messages in which secrets are hidden, encoded, split and cut.
 */
import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import { Search } from '../../src/redact/find/search.ts'
import { joinsOf, type Joined } from '../../src/redact/message/joins.ts'
import { leavesOf, type Leaf } from '../../src/redact/message/leaves.ts'
import { ShortMessage } from '../../src/redact/message/short-message.ts'
import { ExactNumber } from '../../src/json/number.ts'
import { RawJson } from '../../src/json/write.ts'
import { decodedLines } from '../../src/redact/views/base64.ts'
import { itself } from '../../src/redact/views/view.ts'
import { STRONG } from './strong.ts'

const short = new ShortMessage()

function textsOf(leaves: readonly Leaf[]): { lines: string; edges: string; bytes: string } {
  const joins = joinsOf(leaves)
  const textOf = (wanted: Joined['kind']): string => joins.find(({ kind }) => kind === wanted)?.text ?? ''
  const bytes = decodedLines(itself(textOf('base64')))?.text ?? ''
  return { lines: textOf('lines'), edges: textOf('edges'), bytes }
}

const taken = (): ReturnType<typeof textsOf> => ({
  lines: short.lines.text,
  edges: short.edges.text,
  bytes: short.bytes.text,
})

const name = fc.constantFrom(
  'text',
  'type',
  'data',
  'name',
  'level',
  'a',
  'b',
  '__proto__',
  'constructor',
  '1',
)

function messagesOf(text: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  const { any } = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      text,
      fc.oneof(fc.integer(), fc.double(), fc.constantFrom(true, null, undefined, new ExactNumber('1e400'))),
      fc.array(tie('any'), { maxLength: 4 }),
      fc
        .array(fc.tuple(fc.oneof({ arbitrary: name, weight: 4 }, text), tie('any')), { maxLength: 4 })
        .map((members) => Object.fromEntries(members)),
    ),
  }))
  return any
}

test('the texts of a short message are those of its joins, also where it is taken as its leaves', () => {
  let count = 0
  const text = fc.oneof(fc.anyText({ maxLength: 40 }), fc.base64String({ maxLength: 40 }))
  fc.assert(
    fc.property(messagesOf(text), (value) => {
      if (!short.take(value)) return
      count += 1
      const leaves = leavesOf(value).all
      const wanted = textsOf(leaves)
      expect(taken()).toEqual(wanted)
      expect(short.takeLeaves(leaves)).toBe(true)
      expect(taken()).toEqual(wanted)
    }),
    { numRuns: 1000 },
  )
  expect(count).toBeGreaterThan(500)
})

const deep = (levels: number): unknown => (levels === 0 ? 'a' : [deep(levels - 1)])

test.each([
  ['a long one', { text: 'a'.repeat(9000) }],
  ['many leaves', Array.from({ length: 500 }, () => 'a')],
  ['much within each other', deep(100)],
  ['several members that hold bytes in lines', { data: 'QUJD', blob: 'RE\nVG' }],
  ['what is JSON already', { a: new RawJson([Buffer.from('1')]) }],
  ['an object of another kind', { a: Object.create({ b: 1 }) as unknown }],
])('no short message is %s', (_what, value) => {
  expect(short.take(value)).toBe(false)
})

function isFound(search: Search, value: unknown): boolean {
  return joinsOf(leavesOf(value).all).some(
    (joined) => search.in(joined, { all: true, open: true }).length > 0,
  )
}

const secret = fc.constantFrom(
  ...Object.values(STRONG),
  'correct horse battery staple',
  'kY8!secret value',
  'one line of it \nand another',
  'abcdefg ',
)
const WRITINGS: readonly ((value: string) => string)[] = [
  (v) => v,
  (v) => v.toUpperCase(),
  (v) => Buffer.from(v).toString('base64'),
  (v) => Buffer.from(`of ${v}`).toString('base64'),
  (v) => Buffer.from(Buffer.from(v).toString('base64')).toString('base64'),
  (v) => Buffer.from(v).toString('hex'),
  (v) => Buffer.from(v).toString('hex').replaceAll(/../g, '$& '),
  (v) => Buffer.from(v).toString('hex').replaceAll(/../g, '0x$&, '),
  (v) => encodeURIComponent(v),
  (v) => v.replaceAll(/[^]/g, (c) => `&#${c.charCodeAt(0)};`),
  (v) => v.replaceAll(/[^]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  (v) => v.replaceAll(/[^]/g, (c) => `=${c.charCodeAt(0).toString(16).padStart(2, '0')}`),
  (v) => Array.from(v).join('\\n'),
  (v) => Array.from(v).join('<b>'),
  (v) => Array.from(v).join('\u200b'),
  (v) => v.replaceAll(/.{20}/g, '$&\n'),
  (v) => v.slice(2, -2),
  (v) => v.replaceAll(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)),
]
const other = fc.oneof(
  fc.constantFrom(
    'the',
    'of course',
    'Ж',
    '“a”',
    'x',
    '0',
    '\\',
    '=',
    '\n',
    'ab 12',
    '12 ',
    ' ',
    'getUserByNameAndAge',
  ),
  fc.string({ maxLength: 6 }),
)

test('nothing is in what is called bare', () => {
  let [bare, held] = [0, 0]
  const cases = secret.chain((value) => {
    const written = fc
      .tuple(fc.constantFrom(...WRITINGS), fc.integer({ min: 1, max: 60 }), fc.nat(60))
      .map(([write, size, from]) =>
        write(value).slice(from % 5 === 0 ? from : 0, size > 40 ? undefined : from + size),
      )
    const text = fc
      .array(fc.oneof({ arbitrary: other, weight: 3 }, written), { maxLength: 4 })
      .map((all) => all.join(''))
    return fc.tuple(fc.constant(value), messagesOf(text))
  })
  fc.assert(
    fc.property(cases, ([value, message]) => {
      const search = new Search()
      search.learn(value, 'label', 'server')
      if (!short.take(message)) return
      if (search.mayHold(short)) held += 1
      else {
        bare += 1
        expect(isFound(search, message)).toBe(false)
      }
    }),
    { numRuns: 1500 },
  )
  expect(bare).toBeGreaterThan(100)
  expect(held).toBeGreaterThan(100)
})

describe('a message is let through', () => {
  const TOKEN = STRONG['GitHub'] ?? ''
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  const hex = Buffer.from(TOKEN).toString('hex')

  test.each<[string, string, unknown]>([
    ['a key', TOKEN, { [TOKEN]: 1 }],
    [
      'pieces in several texts',
      TOKEN,
      { content: TOKEN.match(/.{3}/g)?.map((text) => ({ type: 'text', text })) },
    ],
    [
      'pieces in texts and keys',
      TOKEN,
      Object.fromEntries(TOKEN.match(/.{1,6}/g)?.map((piece) => [piece, piece]) ?? []),
    ],
    ['a value that ends with a blank, at the end of a text', 'abcdefg ', ['abcdefg', 'b']],
    ['a value that goes on in the next line', 'abcde \nfghi', ['abcde', 'fghi']],
    ['a value behind a letter that looks as if it were escaped', TOKEN, ['\\', `n${TOKEN}`]],
    ['bytes behind a blank that ends a text', TOKEN, ['a', `${hex.slice(0, 2)} `, hex.slice(2)]],
    ['a soft line break at the end of a text', TOKEN, [`${TOKEN.slice(0, 20)}=`, TOKEN.slice(20)]],
    [
      'base64 that goes on in the next text',
      TOKEN,
      [base64(`it is ${TOKEN}`).slice(0, 18), base64(`it is ${TOKEN}`).slice(18)],
    ],
    [
      'bytes in several members',
      TOKEN,
      { data: base64(`it is ${TOKEN.slice(0, 20)}`), blob: base64(`${TOKEN.slice(20)}.`) },
    ],
    ['base64 of base64', TOKEN, { text: base64(base64(`it is ${TOKEN}`)) }],
    ['a number', '12345678901234', { a: 12345678901234 }],
    ['a number that no double keeps', '9007199254740993', [new ExactNumber('9007199254740993')]],
  ])('with %s', (_what, value, message) => {
    const search = new Search()
    search.learn(value, 'label', 'server')
    expect(isFound(search, message)).toBe(true)
    expect(short.take(message) && !search.mayHold(short)).toBe(false)
  })
})

test('a usual message is called bare', () => {
  const search = new Search()
  for (const value of Object.values(STRONG)) search.learn(value, 'label', 'server')
  for (const message of [
    { content: [{ type: 'text', text: 'It’s done: 3 of 4 files, see "a.txt".' }] },
    { host: { name: 'Claude', version: '1' }, name: 'list_issues', args: { owner: 'octocat', page: 2 } },
    { content: [{ type: 'text', text: JSON.stringify({ a: 'one\ntwo', list: [1, 2] }, null, 2) }] },
  ]) {
    expect(short.take(message)).toBe(true)
    expect(search.mayHold(short)).toBe(false)
  }
})
