/** A record is its canonical JSON and its hash, whatever the facts are (promise 6). */
import * as fc from '../random.ts'
import { describe, expect, it, test } from 'vitest'
import { GENESIS, seal, type Head } from '../../src/audit/chain/chain.ts'
import { recordText } from '../../src/audit/chain/record-text.ts'
import { CallIntent, CallOutcome } from '../../src/audit/facts/call-records.ts'
import { canonicalJson, sha256 } from '../../src/json/canonical.ts'
import { parseJson } from '../../src/json/parse.ts'
import { quoted } from '../../src/json/quoted.ts'
import { verifyRecords } from './support.ts'

const TIME = '2026-01-01T00:00:00.000Z'

/** The hashes are those of an earlier version, which wrote members in the order in which they were given. */
const VECTORS: [Record<string, unknown>, string][] = [
  [
    {
      id: 'a-1',
      phase: 'intent',
      args: null,
      name: 'files_read',
      arguments: {
        path: '/w/ä "x"\\\n',
        n: -0,
        big: parseJson('[9007199254740993,1e400,-0]'),
        b: { z: 1, a: [true, null, undefined] },
      },
    },
    String.raw`{"args":null,"arguments":{"b":{"a":[true,null,null],"z":1},"big":[9007199254740993,1e400,-0],"n":0,"path":"/w/ä \"x\"\\\n"},"id":"a-1","name":"files_read","phase":"intent","prev":"0000000000000000000000000000000000000000000000000000000000000000","seq":1,"time":"2026-01-01T00:00:00.000Z","type":"call","hash":"c865bb1b43186323f8c268a57e51536a4012f896afd999afb8a4fbd8c4010656"}`,
  ],
  [
    {
      at: new Date(0),
      gone: undefined,
      odd: '\ud800x\udc00',
      ['\ud800']: 1,
      ['\udbff']: 2,
      no: Number.NaN,
      emoji: '😀 \u2028\u007f\u0001',
    },
    `{"at":"1970-01-01T00:00:00.000Z","emoji":"😀 \u2028\u007f\\u0001","no":null,"odd":"\ufffdx\ufffd","prev":"c865bb1b43186323f8c268a57e51536a4012f896afd999afb8a4fbd8c4010656","seq":2,"time":"2026-01-01T00:00:00.000Z","type":"call","\ufffd":2,"hash":"b98d79518670f024b2cf922fd308c78a112aeeab15cee057379a596a1c0b91ff"}`,
  ],
  [
    {
      2: 'two',
      1: 'one',
      __proto__x: {},
      ...(JSON.parse('{"__proto__":{"a":1}}') as object),
      empty: {},
      list: [],
    },
    `{"1":"one","2":"two","__proto__":{"a":1},"__proto__x":{},"empty":{},"list":[],"prev":"b98d79518670f024b2cf922fd308c78a112aeeab15cee057379a596a1c0b91ff","seq":3,"time":"2026-01-01T00:00:00.000Z","type":"call","hash":"40bc6987855fa205a101fde1e36f71635467c1e0f098c1bba28d381b370353f5"}`,
  ],
]

test('lines are the bytes that they were, and still verify', () => {
  let head: Head = GENESIS
  const lines = VECTORS.map(([facts]) => {
    const sealed = seal('call', TIME, facts, head)
    head = sealed
    return sealed.line
  })
  expect(lines).toEqual(VECTORS.map(([, line]) => line))
  expect(verifyRecords(lines)).toMatchObject({ ok: true })
})

const text = fc
  .array(fc.nat({ max: 0xffff }), { maxLength: 8 })
  .map((units) => String.fromCharCode(...units).toWellFormed())
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, false, 1e21, 0.1, 1e-7),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    text,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(text, tie('json'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

const HEAD = { seq: 1, time: TIME, type: 'call', prev: GENESIS.hash }

describe('the text of a record', () => {
  it('is that of RFC 8785, for any JSON', () => {
    fc.assert(
      fc.property(json, (fact) => {
        expect(recordText(HEAD, { fact })).toBe(canonicalJson({ ...HEAD, fact }))
        expect(verifyRecords([seal('call', TIME, { fact }, GENESIS).line])).toMatchObject({ ok: true })
      }),
      { numRuns: 500 },
    )
  })

  it('is the same of the records that write themselves as of their facts', () => {
    const name = fc.oneof(text, fc.string(), fc.constantFrom('s0_get', '\ud800', 'a"b\\c'))
    fc.assert(
      fc.property(name, name, name, json, fc.boolean(), (id, one, other, args, isTold) => {
        const host = { name: other, ...(isTold && { version: one }) }
        const argumentsText = canonicalJson(args)
        const hash = sha256(argumentsText)
        const intents = [undefined, host].map((of) => ({
          text: new CallIntent({ id, name: one, host: of, hash, argumentsText }).textWith(HEAD),
          facts: { id, phase: 'intent', name: one, args: hash, arguments: args, ...(of && { host: of }) },
        }))
        const end = {
          id,
          server: one,
          tool: other,
          verdict: 'allow',
          rule: other,
          bytes: null,
          masked: 2,
          ms: 3,
        }
        const outcome = isTold ? 'ok' : 'tool-error'
        const ended = {
          text: new CallOutcome({ ...end, outcome }).textWith(HEAD),
          facts: { ...end, outcome, phase: 'outcome' },
        }
        for (const { text: written, facts } of [...intents, ended])
          expect(written).toBe(recordText(HEAD, facts))
      }),
      { numRuns: 300 },
    )
  })

  it.each<[string, object]>([
    ['a bigint', { n: 1n }],
    ['nesting deeper than 256 levels', { deep: JSON.parse('['.repeat(300) + ']'.repeat(300)) as object }],
  ])('is none for %s', (_what, facts) => {
    expect(() => recordText(HEAD, { ...facts })).toThrow(TypeError)
  })

  it('leaves out what JSON.stringify leaves out', () => {
    const odd = { f: () => 1, list: [() => 1, undefined, Number.POSITIVE_INFINITY], s: Symbol('x') }
    expect(recordText(HEAD, odd)).toBe(
      canonicalJson({ ...HEAD, ...(JSON.parse(JSON.stringify(odd)) as object) }),
    )
  })
})

test('a text is quoted as JSON.stringify quotes it, escapes and halved pairs included', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 0xffff })), (units) => {
      const text = String.fromCharCode(...units)
      expect(quoted(text)).toBe(JSON.stringify(text))
    }),
  )
  for (let unit = 0; unit <= 0xffff; unit += 1) {
    const text = String.fromCharCode(unit)
    if (quoted(text) !== JSON.stringify(text)) expect(quoted(text), `unit ${unit}`).toBe(JSON.stringify(text))
  }
})
