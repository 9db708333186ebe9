/** What stands between a host and a child, with numbers that no double keeps and members called __proto__. */
import { describe, expect, it } from 'vitest'
import { covers } from '../../src/approval/grants/grant-coverage.ts'
import { offerFor } from '../../src/approval/grants/grant-offer.ts'
import { grantOf } from '../../src/approval/grants/grants.ts'
import { questionText } from '../../src/approval/facts/question.ts'
import { argumentsHash } from '../../src/approval/facts/request.ts'
import { argumentsShape } from '../../src/audit/facts/shape.ts'
import { canonicalJson } from '../../src/json/canonical.ts'
import { restoreKeys } from '../../src/catalog/schemas/keys.ts'
import { renameKeys } from '../../src/catalog/schemas/rename-keys.ts'
import { ExactNumber } from '../../src/json/number.ts'
import { parseJson } from '../../src/json/parse.ts'
import { weigh } from '../../src/json/weigh.ts'
import { writeJson } from '../../src/json/write.ts'
import { normalizeTools } from '../../src/upstream/messages/normalize.ts'
import { isRecord } from '../../src/json/record.ts'

type Args = Readonly<Record<string, unknown>>
const args = (text: string): Args => parseJson(text) as Args

describe('what a human is asked about is what runs (promise 4)', () => {
  const digits = [
    '9007199254740992',
    '9007199254740993',
    '9007199254740994',
    '1e400',
    '1e401',
    '-1e400',
    '0',
    '-0',
    '1e-400',
    '0.1',
    '0.1000000000000000055511151231257827',
  ]

  it('no two numbers share a hash', () => {
    expect(new Set(digits.map((text) => argumentsHash(args(`{"a":[${text}]}`)))).size).toBe(digits.length)
    expect(canonicalJson(args('{"b":9007199254740993,"a":1.0}'))).toBe('{"a":1,"b":9007199254740993}')
  })

  it('a number never hashes like its digits as a text', () => {
    expect(argumentsHash(args('{"a":9007199254740993}'))).not.toBe(
      argumentsHash(args('{"a":"9007199254740993"}')),
    )
  })

  it.each(digits)('the question shows %s', (text) => {
    const asked = questionText({
      server: 's',
      tool: 't',
      risk: 'write',
      why: '',
      args: args(`{"a":${text},"b":[${text}]}`),
      changes: [],
    })
    expect(asked).toContain(`"a": ${text}\n    "b": [${text}]`)
  })

  it('a remembered yes to one number is none to its neighbour', () => {
    const subject = { server: 's', tool: 't', launchHash: 'l', toolHash: 'h', ruleHash: 'r' }
    const given = args('{"id":9007199254740993}')
    expect(offerFor('write', given, false)?.argumentNames).toEqual(['id'])
    const grant = grantOf(
      subject,
      { args: given, shown: given, risk: 'write' },
      { fixed: ['id'], uses: 5, ms: 1000 },
      { id: 'g', salt: 's', now: 0 },
    )
    expect(grant.fixed['id']?.shown).toBe('9007199254740993')
    expect(covers(grant, subject, given, 1)).toBe(true)
    expect(covers(grant, subject, args('{"id":9007199254740992}'), 1)).toBe(false)
  })
})

describe('on the way', () => {
  it('an exact number is a leaf', () => {
    expect(isRecord(new ExactNumber('-0'))).toBe(false)
    const value = parseJson('{"a":{"b":1e400}}')
    const b = { properties: { 'x y': {} } }
    const { keys } = renameKeys({ properties: { a: { properties: { b } } } })
    expect(writeJson(restoreKeys(value, keys))).toBe('{"a":{"b":1e400}}')
  })

  it('the audit log says that it was a number, and how long it was', () => {
    const value = args('{"a":12345678901234567890,"__proto__":1e400}')
    expect(writeJson(argumentsShape(value, (key) => key))).toBe('{"a":"number","__proto__":"number"}')
    expect(weigh(value)).toBe('{"a":12345678901234567890,"__proto__":1e400}'.length)
  })

  it('a definition has the nearest double, and a member called __proto__ sets no prototype', () => {
    const { tools } = normalizeTools([
      parseJson('{"name":"t","__proto__":{"title":5},"inputSchema":{"maximum":18446744073709551615}}'),
    ])
    expect(Object.getPrototypeOf(tools[0])).toBe(Object.prototype)
    expect(tools[0]?.['title']).toBeUndefined()
    expect(tools[0]?.inputSchema).toEqual({ maximum: 18446744073709552000 })
  })
})
