/**
 * A result that nobody changes is handed on in its own text, and nothing in that text can pass for something else: no
 * second id, no second message, no line, and nothing that another parser would read in another way (promises 1 and 3).
 */
import * as fc from '../random.ts'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/json/record.ts'
import { withMembers } from '../../src/json/same.ts'
import { surveyOf } from '../../src/json/survey.ts'
import { jsonTextOf } from '../../src/json/text.ts'
import { weigh } from '../../src/json/weigh.ts'
import { jsonParts, writeJson } from '../../src/json/write.ts'
import { parseLine } from '../../src/wire/framing.ts'

const LONG = 'x'.repeat(1200)

function messageOf(line: string): Readonly<Record<string, unknown>> {
  const frame = parseLine(Buffer.from(line), 'response')
  if (frame?.kind !== 'message') throw new Error('no message')
  return frame.message
}

function keptIn(line: string): string | undefined {
  return jsonTextOf(messageOf(line)['result'])
}

describe('is kept where beside it only jsonrpc and id stand', () => {
  const kept = `{ "a" : [1.5, 1e+21, -0, 12345678901234567890] , "\\u0062":"${LONG}é\\/" }`
  it.each([
    `{"jsonrpc":"2.0","id":1,"result":${kept}}`,
    `{"result":${kept},"id":"\\"result\\":","jsonrpc":"2.0"}`,
    ` { "jsonrpc" : "2.0" , "result" : ${kept} , "id" : 1 } `,
    `\uFEFF{"id":1,"result":${kept}}\r`.trimEnd(),
  ])('%.60s', (line) => {
    expect(keptIn(line)).toBe(kept)
    const { result } = messageOf(line)
    const text = `{"jsonrpc":"2.0","id":7,"result":${kept}}`
    expect(jsonParts({ jsonrpc: '2.0', id: 7, result })).toEqual([text])
    expect(weigh(result as object as Readonly<Record<string, unknown>>)).toBe(Buffer.byteLength(kept))
  })

  it('and is gone with the first change', () => {
    const { result } = messageOf(`{"id":1,"result":{"b":2 ,"a":"${LONG}"}}`)
    expect(writeJson({ result: { ...(result as object) } })).toBe(`{"result":{"b":2,"a":"${LONG}"}}`)
    expect(writeJson(result, 1)).toBe(`{\n "b": 2,\n "a": "${LONG}"\n}`)
  })
})

it.each([
  ['a second id', `{"id":1,"result":{"a":"${LONG}"},"id":2}`],
  ['a second id in other letters', `{"id":1,"result":{"a":"${LONG}"},"i\\u0064":2}`],
  ['a second result', `{"id":1,"result":{"a":"${LONG}"},"result":{"b":"${LONG}"}}`],
  ['a second result that is none', `{"id":1,"result":7,"result":{"b":"${LONG}"}}`],
  ['a name in other letters', `{"id":1,"re\\u0073ult":{"a":"${LONG}"}}`],
  ['an error', `{"id":1,"error":{"code":1,"message":""},"result":{"a":"${LONG}"}}`],
  ['a method', `{"id":1,"method":"ping","result":{"a":"${LONG}"}}`],
  ['an unknown member', `{"id":1,"result":{"a":"${LONG}"},"x":{"result":{}}}`],
  ['a line break between tokens', `{"id":1,"result":{"a":"${LONG}",\n"b":1}}`],
  ['a carriage return between tokens', `{"id":1,"result":{"a":"${LONG}",\r"b":1}}`],
  ['a member twice', `{"id":1,"result":{"a":"${LONG}","a":1}}`],
  ['a member twice, deep', `{"id":1,"result":{"a":["${LONG}",{"b":{"c":1,"d":2,"c":3}}]}}`],
  ['a member twice in what a second one replaces', `{"id":1,"result":{"a":{"b":1},"a":"${LONG}"}}`],
  ['a member twice in other letters', `{"id":1,"result":{"a":"${LONG}","\\u0061":1}}`],
  ['__proto__ twice', `{"id":1,"result":{"__proto__":"${LONG}","__proto__":1}}`],
  ['a zero that JSON.stringify leaves out', `{"id":1,"result":{"a":"${LONG}","b":[12345.60]}}`],
  ['zeros that it writes as an exponent', `{"id":1,"result":{"a":"${LONG}","b":[100000000000000000000000]}}`],
  ['an exponent that it writes as zeros', `{"id":1,"result":{"a":"${LONG}","b":[12345678e3]}}`],
  ['a small number', `{"id":1,"result":{"a":"${LONG}","b":[0.0000001234]}}`],
  ['little to print', '{"id":1,"result":{"a":1}}'],
  ['no object', `{"id":1,"result":"${LONG}"}`],
])('is not kept with %s', (_what, line) => {
  expect(keptIn(line)).toBeUndefined()
})

describe('of a result without some of its members', () => {
  const without = (result: string): string | undefined => {
    const { result: read } = messageOf(`{"id":1,"result":${result}}`)
    return jsonTextOf(withMembers(read as JsonObject, { resultType: undefined, _meta: undefined }))
  }
  const kept = `"content":[ {"a":[1e+21,-0,12345678901234567890],"b":"${LONG}"} ]`

  it.each([
    ['before', `{"resultType":"complete","_meta":{"a":[",}"]},${kept}}`, `{${kept}}`],
    ['behind', `{ ${kept} , "_meta":{} }`, `{${kept}}`],
    ['around it', `{"_meta":{},${kept},"x":null,"resultType":"complete"}`, `{${kept},"x":null}`],
    ['alone', `{"_meta":{"a":"${LONG}"}}`, '{}'],
  ])('it is that of the others: %s', (_where, result, text) => {
    expect(without(result)).toBe(text)
  })

  it('is not known where one has a name in other letters, or another value', () => {
    expect(without(`{"_meta":{},"\\u0063":"${LONG}"}`)).toBeUndefined()
    const { result } = messageOf(`{"id":1,"result":{"a":1,${kept}}}`)
    expect(jsonTextOf(withMembers(result as JsonObject, { a: 2 }))).toBeUndefined()
  })
})

it('nothing that a message holds ends its text early', () => {
  const { result } = messageOf(`{"id":1,"result":{"a":"${LONG}\\"}}","b":"\\\\","c":"{[\\\\\\"","d":["]}"]}}`)
  expect(JSON.parse(jsonTextOf(result) ?? '')).toEqual(result)
})

describe('whatever a server writes', () => {
  const blank = fc.constantFrom('', '', '', ' ', '\t', ' \t ')
  const name = fc.constantFrom('a', 'b', '__proto__', 'id', 'result', 'error', '"', '\\', 'ü', '')
  interface Text {
    readonly text: string
    /** A member is given twice in it, or a number has its own spelling. */
    readonly differs: boolean
  }
  const spelled = fc.tuple(name, fc.boolean()).map(([is, escaped]) => ({
    is,
    text: escaped
      ? `"${Array.from(is, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`
      : JSON.stringify(is),
  }))
  const scalar = fc
    .oneof(
      fc.json({ maxDepth: 0 }),
      fc.constantFrom('-0', '1.0', '1e400', '12345678901234567890', '-0.50', '0', '1e-7', '0.0000001'),
      fc.string().map((text) => JSON.stringify(`${text}"}],{[:`)),
    )
    .map((text): Text => ({ text, differs: ['1.0', '-0.50', '0.0000001'].includes(text) }))
  const { value } = fc.letrec<{ value: Text }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      scalar,
      fc.array(fc.tuple(tie('value'), blank), { maxLength: 3 }).map((items) => ({
        text: `[${items.map(([item, space]) => space + item.text + space).join(',')}]`,
        differs: items.some(([item]) => item.differs),
      })),
      fc.array(fc.tuple(spelled, tie('value'), blank), { maxLength: 4 }).map((members) => ({
        text: `{${members.map(([key, item, space]) => `${space}${key.text}${space}:${item.text}${space}`).join(',')}}`,
        differs:
          members.some(([, item]) => item.differs) ||
          new Set(members.map(([{ is }]) => is)).size < members.length,
      })),
    ),
  }))

  it('a text is kept exactly where it says to every reader what was judged', () => {
    fc.assert(
      fc.property(value, blank, ({ text, differs }, space) => {
        const line = `{"jsonrpc":"2.0","id":1,"result":${space}{"long":"${LONG}","v":${text}}${space}}`
        const kept = keptIn(line)
        expect(kept === undefined).toBe(differs)
        if (kept === undefined) return
        expect(line).toContain(kept)
        expect(JSON.stringify(JSON.parse(kept))).toBe(JSON.stringify(JSON.parse(line).result))
      }),
      { numRuns: 1000 },
    )
  })

  it('its survey says how deep it is and where its members stand', () => {
    const depthOf = (any: unknown): number =>
      typeof any === 'object' && any !== null ? 1 + Math.max(0, ...Object.values(any).map(depthOf)) : 0
    fc.assert(
      fc.property(
        value.filter(({ differs }) => !differs),
        ({ text }) => {
          const whole = `{"first":${text} , "last" : ${text}}`
          const { depth, outer } = surveyOf(whole)
          const read = JSON.parse(whole) as object
          expect(depth).toBe(depthOf(read))
          expect(outer.map(({ name: of, start, end }) => [of, whole.slice(start, end).trim()])).toEqual([
            ['first', text.trim()],
            ['last', text.trim()],
          ])
        },
      ),
      { numRuns: 500 },
    )
  })
})
