import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import { parseJson } from '../../src/json/parse.ts'
import { writeJson } from '../../src/json/write.ts'
import { Redactor } from '../../src/redact/redactor.ts'
import { Secret } from '../../src/secrets/secret.ts'
import { ENCODERS, secretValue, withoutBreaks, WRAPPERS } from './encoders.ts'

function knowing(...values: string[]): Redactor {
  const redactor = new Redactor()
  values.forEach((value, i) => redactor.add(`s${i}`, [new Secret(value, `s${i}.T`)]))
  return redactor
}

const TOKEN = 'ghp_R4nd0m+Tok/en=='

describe('every encoding of every value is masked (promise 3)', () => {
  test.each(ENCODERS)('%s', (_, encode) => {
    fc.assert(
      fc.property(secretValue, fc.string(), fc.string(), (value, before, after) => {
        const { text, telling } = encode(value)
        const masked = knowing(value).maskText(before + text + after)
        expect(masked.hits).toBeGreaterThan(0)
        expect(masked.text).not.toContain(telling)
      }),
      { numRuns: 30 },
    )
  })

  test.each(WRAPPERS)('%s', (_, encode) => {
    fc.assert(
      fc.property(secretValue, fc.integer({ min: 0, max: 200 }), (value, ahead) => {
        const { text, telling } = encode(value, ahead)
        const masked = knowing(value).maskText(`before ${text}\nafter`)
        expect(withoutBreaks(masked.text)).not.toContain(telling)
        expect(masked.hits).toBeGreaterThan(0)
      }),
      { numRuns: 30 },
    )
  })

  test.each([
    ['raw', `Bearer ${TOKEN}`, 'Bearer [redacted:s0.T]'],
    ['twice', `${TOKEN} ${TOKEN}`, '[redacted:s0.T] [redacted:s0.T]'],
    ['side by side', TOKEN + TOKEN, '[redacted:s0.T][redacted:s0.T]'],
    ['form', 'token=ghp_R4nd0m%2BTok%2Fen%3D%3D&x=1', 'token=[redacted:s0.T]&x=1'],
    ['a mix of escapes', 'x%67hp_R4nd0m+Tok%2fen==y', 'x[redacted:s0.T]y'],
    ['entities', 'a &#103;hp_R4nd0m&#x2B;Tok/en== b', 'a [redacted:s0.T] b'],
    ['Basic', `Basic ${Buffer.from(`user:${TOKEN}`).toString('base64')}`, 'Basic dXNlcj[redacted:s0.T]'],
  ])('%s: only the value is replaced', (_, text, expected) => {
    expect(knowing(TOKEN).maskText(text).text).toBe(expected)
  })
})

describe('values that lie over or in each other (promise 3)', () => {
  test('the longest wins', () => {
    expect(knowing('abcdefgh', 'abcdefghijkl').maskText('<abcdefghijkl>').text).toBe('<[redacted:s1.T]>')
    expect(knowing('abcdefghijkl', 'efghijkl').maskText('<abcdefghijkl>').text).toBe('<[redacted:s0.T]>')
    expect(knowing('abcdefghijkl', 'efghijkl').maskText('<efghijkl>').text).toBe('<[redacted:s1.T]>')
  })

  test('no fragment is left between them', () => {
    expect(knowing('abcdefgh', 'efghijkl').maskText('<abcdefghijkl>')).toEqual({
      text: '<[redacted:s0.T]>',
      hits: 1,
    })
  })

  test('a value that stays known after it was rotated', () => {
    const redactor = knowing('old-value-1')
    redactor.add('s0', [new Secret('new-value-2', 's0.T')])
    expect(redactor.maskText('old-value-1 new-value-2').text).toBe('[redacted:s0.T] [redacted:s0.T]')
  })

  test('a label that contains its value does not bring it back', () => {
    const redactor = new Redactor()
    redactor.add('s', [new Secret('API_TOKEN', 's.API_TOKEN')])
    expect(redactor.maskText('API_TOKEN=1').text).toBe('***=1')
  })
})

describe('what is not a value comes back as it is', () => {
  test('short values are not masked', () => {
    expect(knowing('1234567').maskText('1234567')).toEqual({ text: '1234567', hits: 0 })
  })

  test('PEM: each line, but not the header', () => {
    const lines = ['MIIEvQIBADANBgkqhkiG9w0BAQEFAASC', 'BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj']
    const pem = `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`
    const redactor = knowing(pem)
    expect(redactor.maskText(`key: ${pem}end`).text).toBe('key: [redacted:s0.T]end')
    expect(redactor.maskText(lines.join(' ')).text).toBe('[redacted:s0.T]')
    expect(redactor.maskText(lines.toReversed().join(' and ')).text).toBe(
      '[redacted:s0.T] and [redacted:s0.T]',
    )
    expect(redactor.maskText('-----BEGIN PRIVATE KEY-----').hits).toBe(0)
    expect(redactor.maskText(JSON.stringify(pem)).text).toBe('"[redacted:s0.T]"')
  })

  test('any text without a value, the same string', () => {
    const redactor = knowing(
      'Zq7#kd!93mPvX2',
      'postgres://u:Wm4Kd82hsQ@db/app',
      'line-one-zzzz\nline-two-yyyy',
    )
    const escapes = fc.constantFrom('\\n', '\\u0041', '%41', '%c3%a9', '&amp;', '&#65;', '\n', '\\', '%', '&')
    const texts = fc.array(fc.oneof(fc.anyText(), escapes)).map((parts) => parts.join(''))
    fc.assert(
      fc.property(texts, (text) => {
        expect(redactor.maskText(text)).toEqual({ text, hits: 0 })
      }),
      { numRuns: 100 },
    )
  })

  test('any JSON without a value, the same object', () => {
    const redactor = knowing('Zq7#kd!93mPvX2')
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        expect(redactor.maskJson(value).value).toBe(value)
        expect(new Redactor().maskJson(value).value).toBe(value)
      }),
    )
  })
})

describe('JSON (promise 3)', () => {
  const value = 'kY8!secret value'
  const mask = '[redacted:s0.T]'
  const number = '8412345678901234'
  const redactor = knowing(value, number)

  test.each<[string, unknown, unknown]>([
    ['a string', value, mask],
    ['deep inside', { a: [{ b: `x ${value}` }] }, { a: [{ b: `x ${mask}` }] }],
    ['a key', { [value]: 1, other: 2 }, { [mask]: 1, other: 2 }],
    ['two keys', { [value]: 1, [mask]: 2 }, { [mask]: 1, [`${mask}#2`]: 2 }],
    ['a number', { n: 8412345678901234, m: 1 }, { n: 0, m: 1 }],
    ['inside a number', { n: -8412345678901234 }, { n: 0 }],
    ['over two strings', ['a', 'kY8!sec', 'ret value', 'b'], ['a', mask, mask, 'b']],
    [
      'over blocks',
      [
        { type: 'text', text: 'kY8!sec' },
        { type: 'text', text: 'ret value' },
      ],
      [
        { type: 'text', text: mask },
        { type: 'text', text: mask },
      ],
    ],
    [
      'over blocks, one between',
      [{ text: 'kY8!sec' }, { type: 'image' }, { text: 'ret value' }],
      [{ text: mask }, { type: 'image' }, { text: mask }],
    ],
    ['beside the text', [{ text: 'ok', meta: value }], [{ text: 'ok', meta: mask }]],
  ])('%s', (_, input, expected) => {
    expect(redactor.maskJson(input).value).toEqual(expected)
    expect(redactor.maskJson(input).hits).toBeGreaterThan(0)
  })

  test('unchanged parts stay the same objects', () => {
    const input = { same: { a: [1, 'b'] }, other: value }
    expect(redactor.maskJson(input).value.same).toBe(input.same)
  })

  test('a number that JSON can not hold exactly is known as it comes back', () => {
    expect(knowing('12345678901234567890').maskJson(JSON.parse('[12345678901234567890]')).value).toEqual([0])
  })

  test('__proto__ is a key like any other', () => {
    const input: unknown = JSON.parse(`{"__proto__": {"a": "${value}"}, "b": "${value}"}`)
    const { value: output } = redactor.maskJson(input)
    expect(JSON.stringify(output)).toBe(`{"__proto__":{"a":"${mask}"},"b":"${mask}"}`)
    expect(Object.getPrototypeOf(output)).toBe(Object.prototype)
  })

  test('what is nested too deeply to look at is not let through', () => {
    let deep: unknown = value
    for (let i = 0; i < 5000; i++) deep = [deep]
    const { value: output, hits } = redactor.maskJson(deep)
    expect(hits).toBe(1)
    expect(JSON.stringify(output)).not.toContain(value)
  })

  test('split over the blocks of a result in any way', () => {
    fc.assert(
      fc.property(
        secretValue,
        fc.nat({ max: ENCODERS.length - 1 }),
        fc.array(fc.nat({ max: 200 }), { maxLength: 5 }),
        (value, which, cuts) => {
          const encoded = ENCODERS[which]?.[1](value) ?? { text: '', telling: 'none' }
          const whole = `before ${encoded.text} after`
          const at = [0, ...cuts.map((cut) => cut % whole.length).toSorted((a, b) => a - b), whole.length]
          const blocks = at.slice(1).map((to, i) => ({ type: 'text', text: whole.slice(at[i], to) }))
          const masked = knowing(value).maskJson(blocks)
          const texts = masked.value.map((block) => (block as { text: string }).text)
          expect(texts.join('')).not.toContain(encoded.telling)
          expect(masked.hits).toBeGreaterThan(0)
        },
      ),
      { numRuns: 100 },
    )
  })
})

describe('owners: whose secrets occur in a value (promise 2)', () => {
  const redactor = new Redactor()
  redactor.add('github', [
    new Secret('ghp_abcdef123456', 'github.T'),
    new Secret('shared-value-1', 'github.S'),
  ])
  redactor.add('db', [new Secret('shared-value-1', 'db.S'), new Secret('abcdef123456', 'db.P')])
  const ownersOf = (value: unknown): string[] =>
    [...new Set([...redactor.secretsIn(value).values()].flatMap((owners) => [...owners]))].toSorted()

  test.each<[string, unknown, string[]]>([
    ['nothing', { a: 'harmless text', n: 12345678901 }, []],
    ['a value', { q: ['x', { y: 'abcdef123456' }] }, ['db']],
    ['a value that contains another', 'ghp_abcdef123456', ['db', 'github']],
    ['a shared value', 'x shared-value-1', ['db', 'github']],
    ['a key', { 'shared-value-1': 1 }, ['db', 'github']],
    ['base64', { a: Buffer.from('xxabcdef123456').toString('base64') }, ['db']],
    ['percent', '%61bcdef123456', ['db']],
    ['over strings', ['abcdef', '123456'], ['db']],
  ])('%s', (_, value, expected) => {
    expect(ownersOf(value)).toEqual(expected)
  })

  test('depth does not hide a value', () => {
    let deep: unknown = 'abcdef123456'
    for (let i = 0; i < 20_000; i++) deep = { a: deep }
    expect(ownersOf(deep)).toEqual(['db'])
  })

  test.each<[string, string, string[]]>([
    ['a value of its own', 'github', ['db.P']],
    ['a value of another', 'db', ['github.T']],
    ['values of others', 'files', ['db.P', 'github.T']],
  ])('foreign: %s', (_, server, expected) => {
    expect([...redactor.foreignSecrets('ghp_abcdef123456', server)].toSorted()).toEqual(expected)
  })

  test('a shared value is foreign to neither of its servers', () => {
    expect(
      ['github', 'db', 'files'].map((id) => redactor.foreignSecrets('shared-value-1', id).length),
    ).toEqual([0, 0, 1])
  })
})

describe('numbers that no double keeps (promise 7)', () => {
  const digits = '1234567890123456789012345'
  const exact = (): unknown => parseJson(`{"__proto__":[${digits}],"b":{"c":-0}}`)

  test('pass with their digits', () => {
    const redactor = new Redactor()
    redactor.add('a', [new Secret('another-secret', 'T')])
    const value = exact()
    expect(redactor.maskJson(value)).toEqual({ value, hits: 0 })
    expect(writeJson(redactor.maskJson(value).value)).toBe(`{"__proto__":[${digits}],"b":{"c":-0}}`)
  })

  test('are masked by all of their digits, not by those of a double (promise 3)', () => {
    const redactor = new Redactor()
    redactor.add('a', [new Secret(digits.slice(3, 23), 'T')])
    const { value, hits } = redactor.maskJson(exact())
    expect(hits).toBe(1)
    expect(writeJson(value)).toBe('{"__proto__":[0],"b":{"c":-0}}')
    expect(redactor.foreignSecrets(exact(), 'b')).toEqual(['T'])
  })
})
