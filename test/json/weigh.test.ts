/** A result is measured for the audit log and sent to the host, and written once for both (promises 6 and 9). */
import { expect, it } from 'vitest'
import { parseJson } from '../../src/json/parse.ts'
import { weigh } from '../../src/json/weigh.ts'
import { jsonTextOf } from '../../src/json/text.ts'
import { RawJson, writeJson } from '../../src/json/write.ts'

const LONG = 'é "quoted"\n'.repeat(1000)
const cyclic: Record<string, unknown> = {}
cyclic['self'] = cyclic

it.each<[string, Record<string, unknown>, boolean]>([
  ['nothing', {}, false],
  ['one short member', { a: 'b' }, false],
  ['UTF-8, an escape in a name, half a pair', { é: '😀', 'a"\n': '\ud800' }, false],
  ['what JSON leaves out', { a: undefined, b: null, c: [undefined] }, false],
  ['digits that no double keeps', { n: parseJson('[9007199254740993,1e400]') }, false],
  ['a long text', { content: [{ type: 'text', text: LONG }], isError: false }, true],
  ['two long members', { content: LONG, structuredContent: { rows: [LONG] } }, true],
  ['one that is JSON already', { content: new RawJson([Buffer.from('["é"]')]), a: 1 }, false],
  [
    'a member called __proto__',
    parseJson(`{"__proto__":"${'x'.repeat(5000)}"}`) as Record<string, unknown>,
    true,
  ],
])('%s: the bytes of its JSON, and the same JSON afterwards', (_what, value, isKept) => {
  const before = writeJson(value)
  expect(weigh(value)).toBe(Buffer.byteLength(before))
  expect(jsonTextOf(value)).toBe(isKept ? before : undefined)
  expect(writeJson(value)).toBe(before)
})

it('says of what JSON can not carry that it has no length', () => {
  expect(weigh(cyclic)).toBeNull()
})
