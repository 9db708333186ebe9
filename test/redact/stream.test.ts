import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import { Redactor } from '../../src/redact/redactor.ts'
import { Secret } from '../../src/secrets/secret.ts'
import { ENCODERS, secretValue, withoutBreaks, WRAPPERS } from './encoders.ts'

function knowing(value: string): Redactor {
  const redactor = new Redactor()
  redactor.add('s', [new Secret(value, 's.T')])
  return redactor
}

/** The text cut at the given places, wherever they fall. */
function chunks(text: string, cuts: readonly number[]): string[] {
  const at = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length]
  return at.slice(1).map((to, i) => text.slice(at[i], to))
}

function through(redactor: Redactor, parts: readonly string[]): string {
  const stream = redactor.stream()
  return parts.map((part) => stream.push(part)).join('') + stream.flush()
}

const cuts = fc.oneof(
  fc.array(fc.nat({ max: 400 }), { maxLength: 8 }),
  fc.constant(Array.from({ length: 400 }, (_, i) => i)),
)

describe('a value is masked however it is cut (promise 3)', () => {
  test.each(ENCODERS)('%s', (_, encode) => {
    fc.assert(
      fc.property(secretValue, fc.string(), fc.string(), cuts, (value, before, after, cuts) => {
        const { text, telling } = encode(value)
        const output = through(knowing(value), chunks(before + text + after, cuts))
        expect(output).not.toContain(telling)
        expect(output).not.toBe(before + text + after)
      }),
      { numRuns: 10 },
    )
  })

  test.each(WRAPPERS)('%s', (_, encode) => {
    fc.assert(
      fc.property(secretValue, fc.integer({ min: 0, max: 200 }), cuts, (value, ahead, cuts) => {
        const { text, telling } = encode(value, ahead)
        const output = through(knowing(value), chunks(`before ${text}\nafter`, cuts))
        expect(withoutBreaks(output)).not.toContain(telling)
      }),
      { numRuns: 10 },
    )
  })
})

describe('everything else passes', () => {
  test('unchanged, however it is cut', () => {
    const redactor = knowing('Zq7#kd!93mPvX2')
    fc.assert(
      fc.property(fc.anyText({ maxLength: 300 }), cuts, (text, cuts) => {
        expect(through(redactor, chunks(text, cuts))).toBe(text)
      }),
    )
  })

  test('a line at once, unless it ends like the beginning of a value', () => {
    const stream = knowing('Zq7#kd!93mPvX2').stream()
    expect(stream.push('started\n')).toBe('started\n')
    expect(stream.push('token=Zq7#')).toBe('token=')
    expect(stream.push('kd!93mPvX2 ok\n')).toBe('[redacted:s.T] ok\n')
    expect(stream.push('token=Zq7#')).toBe('token=')
    expect(stream.push('other\n')).toBe('Zq7#other\n')
    expect(stream.flush()).toBe('')
  })

  test('flush gives back what only looked like a beginning, and masks most of a value', () => {
    const stream = knowing('Zq7#kd!93mPvX2').stream()
    expect(stream.push('Zq7') + stream.flush()).toBe('Zq7')
    expect(stream.push('x Zq7#kd!93mPv') + stream.flush()).toBe('x [redacted:s.T]')
  })

  test('a shorter value inside the beginning of a longer one waits for it', () => {
    const redactor = knowing('abcdefghijkl')
    redactor.add('s', [new Secret('cdefghij', 's.U')])
    expect(through(redactor, ['abcdefghij', 'kl'])).toBe('[redacted:s.T]')
    expect(through(redactor, ['abcdefghij', '..'])).toBe('ab[redacted:s.U]..')
  })

  test('holds back no more than the longest form, also when everything matches', () => {
    const redactor = knowing('abababab')
    const stream = redactor.stream()
    let output = 0
    for (let i = 0; i < 40; i++) output += stream.push('ab'.repeat(1000)).length
    expect(output).toBeGreaterThan(0)
    const rest = stream.flush()
    expect(rest.length).toBeLessThan(1000)
    expect(rest).not.toContain('ab')
  })
})
