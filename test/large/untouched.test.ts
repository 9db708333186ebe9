/**
 * What is handed on without being made a text of is what the longer way hands on (finish.ts), byte by byte, and nothing is
 * of which that way would change anything: no secret passes (promise 3), and no second message hides in a line (promise 5).
 */
import { describe, expect, test } from 'vitest'
import * as fc from '../random.ts'
import { finish } from '../../src/large/finish.ts'
import { untouched } from '../../src/large/untouched.ts'
import { RawJson, writeJson } from '../../src/json/write.ts'
import { Redactor } from '../../src/redact/redactor.ts'
import { Secret } from '../../src/secrets/secret.ts'
import { FinishedResult } from '../../src/upstream/link/large.ts'

const SECRET = 'ghp_16C7e42F292c6912E7710c838347Ae178B4a'
const SERVER = { id: 'x', apps: false }
const LONG = 'seen once; see issue 17, "and" so on\n'.repeat(1200)
const redactor = new Redactor()
redactor.add('x', [new Secret(SECRET, 'TOKEN')])

interface HandedOn {
  readonly envelope: string
  /** By name, whether it goes on as bytes, and its JSON. */
  readonly members: readonly (readonly [string, boolean, string])[]
}

function plainly(line: Buffer, method: string): HandedOn | undefined {
  const frame = finish(line, { method, modern: true }, SERVER, redactor)
  const result = frame?.kind === 'message' ? frame.message['result'] : undefined
  if (frame?.kind !== 'message' || !(result instanceof FinishedResult) || result.normalized.ok !== true)
    return undefined
  const { result: _result, ...envelope } = frame.message
  const members = Object.entries(result.normalized.result).map(
    ([key, value]) =>
      [key, value instanceof RawJson, value instanceof RawJson ? value.text : writeJson(value)] as const,
  )
  return { envelope: writeJson(envelope), members }
}

function atOnce(line: Buffer, method: string): HandedOn | undefined {
  const read = untouched(line, { method, modern: true }, SERVER, redactor)
  const members = read?.members.map(({ key, json, masked }) => {
    expect(masked).toBe(0)
    if (typeof json === 'string') return [key, false, json] as const
    const bytes = 'from' in json ? line.subarray(json.from, json.to) : json
    return [key, true, Buffer.from(bytes).toString()] as const
  })
  return read && members && { envelope: read.envelope, members }
}

const lineOf = (result: string, beside = '"id":7'): Buffer =>
  Buffer.from(`{"jsonrpc":"2.0",${beside},"result":${result}}`)
const text = (words: string, more = ''): string => `{"type":"text","text":${JSON.stringify(words)}${more}}`

describe('goes on as it came', () => {
  test.each([
    ['one text', 'tools/call', `{"content":[${text(LONG)}]}`],
    ['with blanks', 'tools/call', `{ "content" : [ ${text(LONG)} ] , "isError" : false }`],
    ['several texts', 'tools/call', `{"content":[${text(LONG)},${text('short')},${text(LONG)}],"n":1}`],
    [
      'structured content',
      'tools/call',
      `{"content":[],"structuredContent":{"a":[{"b":"${'x '.repeat(4e4)}"}]}}`,
    ],
    [
      'all escapes',
      'tools/call',
      `{"content":[{"type":"text","text":"${'\\"\\\\ \\/\\b\\f\\n\\r\\t'.repeat(9000)}"}]}`,
    ],
    ['a prompt', 'prompts/get', `{"messages":[{"role":"user","content":${text(LONG)}}]}`],
  ])('%s', (_what, method, result) => {
    const line = lineOf(result)
    const read = atOnce(line, method)
    expect(read).toBeDefined()
    expect(read).toEqual(plainly(line, method))
  })
})

const halves = [SECRET.slice(0, 20), SECRET.slice(20)]
describe('is left to the longer way', () => {
  test.each([
    ['a secret', `{"content":[${text(LONG + SECRET)}]}`],
    [
      'a secret of which each character is on a line',
      `{"content":[${text(LONG + Array.from(SECRET).join('\n'))}]}`,
    ],
    ['a secret in base64', `{"content":[${text(LONG + Buffer.from(` ${SECRET}`).toString('base64'))}]}`],
    ['a secret over two long texts', `{"content":[${text(LONG + halves[0])},${text(halves[1] + LONG)}]}`],
    ['a secret over the ends of texts', `{"content":[${text(LONG + halves[0])},${text(`${halves[1]}`)}]}`],
    ['a secret in a short member', `{"content":[${text(LONG)}],"x":"${SECRET}"}`],
    ['a secret as a name', `{"content":[${text(LONG)}],"x":{"${SECRET}":1}}`],
    ['a name that is long', `{"content":[${text('a')}],"x":{"${'n '.repeat(4e4)}":1}}`],
    ['a member given twice', `{"content":[${text(LONG)}],"x":1,"x":2}`],
    ['a member in the text given twice', `{"content":[${text(LONG, ',"text":"b"')}]}`],
    ['a number with a spelling of its own', `{"content":[${text(LONG)}],"x":1.50}`],
    [
      'a long string of which more is asked',
      `{"content":[{"type":"image","mimeType":"a/b","data":"${'QUJD'.repeat(1e4)}"}]}`,
    ],
    ['a text that is no block', `{"content":["${'x '.repeat(4e4)}"]}`],
    [
      'what MCP reserves',
      `{"content":[${text(LONG)}],"_meta":{"io.modelcontextprotocol/x":"${'x '.repeat(4e4)}"}}`,
    ],
    ['a link that is routed', `{"content":[${text(LONG)},{"type":"resource_link","name":"a","uri":"a:b"}]}`],
    [
      'a resource that is routed',
      `{"content":[{"type":"resource","resource":{"uri":"a:b","text":"${'x '.repeat(4e4)}"}}]}`,
    ],
    ['a control character', `{"content":[{"type":"text","text":"${'x '.repeat(4e4)}\t"}]}`],
    ['another escape', `{"content":[{"type":"text","text":"${'x '.repeat(4e4)}\\u0041"}]}`],
    ['no escape', `{"content":[{"type":"text","text":"${'x '.repeat(4e4)}\\a"}]}`],
    ['another script', `{"content":[${text(`${LONG}é`)}]}`],
    ['a line break', `{"content":\n[${text(LONG)}]}`],
    ['what is no JSON', `{"content":[${text(LONG)},]}`],
    ['questions', `{"resultType":"input_required","inputRequests":{},"requestState":"${'x '.repeat(4e4)}"}`],
  ])('%s', (_what, result) => {
    expect(atOnce(lineOf(result), 'tools/call')).toBeUndefined()
  })

  test.each([
    '"id":7,"id":8',
    '"id":7,"method":"tools/call"',
    '"id":7,"error":{"code":1,"message":""}',
    '"id":7,"result":{}',
    '"id":7,"\\u0069d":8',
  ])('a line with %s beside its result (promise 5)', (beside) => {
    expect(atOnce(lineOf(`{"content":[${text(LONG)}]}`, beside), 'tools/call')).toBeUndefined()
  })
})

test('whatever is handed on at once is what the longer way hands on', () => {
  let known = 0
  const plain = fc.constantFrom(LONG, 'x '.repeat(2e4), 'and so on ', '\n', '"')
  const odd = fc.constantFrom('\\', SECRET, halves[0] ?? '', 'é', '{"a":1}', '<b>')
  const words = fc.oneof({ weight: 9, arbitrary: plain }, { weight: 1, arbitrary: odd })
  const said = fc.array(words, { maxLength: 4 }).map((all) => all.join(''))
  const block = fc.oneof(
    said.map((each) => text(each)),
    said.map((each) => text(each, ',"annotations":{"priority":2}')),
    said.map((each) => JSON.stringify(each)),
    said.map((each) => `{"type":"resource","resource":{"uri":"a:b","text":${JSON.stringify(each)}}}`),
  )
  const other = fc.constantFrom(
    '',
    ',"isError":true',
    ',"isError":1',
    ',"x":{"y":[1,"z"]}',
    ',"7":"seven"',
    ',"x":1e2',
  )
  fc.assert(
    fc.property(fc.array(block, { maxLength: 3 }), other, said, (blocks, more, structured) => {
      const line = lineOf(
        `{"content":[${blocks.join(' , ')}]${more},"structuredContent":{"s":${JSON.stringify(structured)}}}`,
      )
      const read = atOnce(line, 'tools/call')
      if (read === undefined) return
      known += 1
      expect(read).toEqual(plainly(line, 'tools/call'))
    }),
    { numRuns: 400 },
  )
  expect(known).toBeGreaterThan(20)
})
