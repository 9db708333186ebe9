/**
 * A long text that is called bare holds nothing, however it is read (promise 3): the short cut is compared with each of
 * the views by itself, over random texts in which secrets are hidden, encoded and wrapped.
 */
import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import { Bare } from '../../src/redact/find/bare.ts'
import { Scanner } from '../../src/redact/find/scanner.ts'
import { Sieve } from '../../src/redact/find/sieve.ts'
import { Strands } from '../../src/redact/find/strands.ts'
import { disguisesOf } from '../../src/redact/forms/disguises.ts'
import { secretForms } from '../../src/redact/forms/encodings.ts'
import { Skeleton } from '../../src/redact/forms/skeleton.ts'
import { viewsOf } from '../../src/redact/views/views.ts'
import { STRONG } from './strong.ts'

const SECRET = STRONG['GitHub'] ?? ''
const exact = new Scanner(secretForms(SECRET))
const whole = [new Skeleton(SECRET).text, ...disguisesOf(SECRET, 'strong')]
const sieve = new Sieve(whole, new Strands<string>())
const bare = new Bare(exact, sieve)

function isSure(...pieces: readonly string[]): boolean {
  return bare.isSure(pieces)
}

function isBarePlainly(text: string): boolean {
  return viewsOf(text).every((view) => exact.find(view.text).length === 0 && !sieve.mayHold(view.text))
}

const PROSE = 'seen once, could not be reproduced; see https://example.test/issues/17\n'.repeat(60)
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const wrapped = (text: string, by: string): string => text.replaceAll(/.{20}/g, `$&${by}`)
const hex = Buffer.from(SECRET).toString('hex')
const WRITTEN: readonly string[] = [
  SECRET,
  SECRET.toUpperCase(),
  base64(`what is ${SECRET}?`),
  base64(base64(`what is ${SECRET}?`)),
  wrapped(base64(SECRET), '\n'),
  wrapped(base64(SECRET), '\r\n  '),
  wrapped(base64(SECRET), '\\n'),
  wrapped(base64(base64(SECRET)), '\n\t'),
  wrapped(hex, '\n'),
  wrapped(SECRET, '=\n'),
  hex.replaceAll(/../g, '$& '),
  `\n0000: ${hex.replaceAll(/.{4}/g, '$& ')} what`,
  Array.from(SECRET).join('<b>'),
  Array.from(SECRET).join('\\n'),
  `\\x${hex.match(/../g)?.join('\\x')}`,
  `%${hex.match(/../g)?.join('%')}`,
  `0x${hex.match(/../g)?.join(', 0x')}`,
  SECRET.replaceAll('_', '&#95;').replaceAll('9', '&#57;'),
]

const PLAIN: readonly string[] = [
  '\n',
  '\r\n',
  ' ',
  '\\n',
  '\\',
  '=',
  '=4',
  '%',
  '& co',
  '< 3',
  'ab12 cd',
  'é',
  'Ж',
  'x',
  '0',
  'Abc123Abc123Abc123',
  'abc123abc123abc123abc123',
]

test('nothing is in what is called bare', () => {
  let [sure, held] = [0, 0]
  const part = fc
    .tuple(fc.constantFrom(...WRITTEN), fc.nat(40), fc.nat(40))
    .map(([text, from, less]) => text.slice(from % 3 === 0 ? 0 : from, less % 3 === 0 ? undefined : -less))
  const any = fc.array(fc.oneof(part, fc.constantFrom(...PLAIN), fc.string({ maxLength: 6 })), {
    maxLength: 12,
  })
  fc.assert(
    fc.property(any, any, (before, behind) => {
      const text = before.join('') + PROSE + behind.join('')
      const isBare = isBarePlainly(text)
      if (isSure(text)) {
        expect(isBare).toBe(true)
        sure += 1
      }
      held += Number(!isBare)
      expect(isSure(before.join(''), PROSE, behind.join(''))).toBe(isSure(text))
    }),
    { numRuns: 1000 },
  )
  expect(sure).toBeGreaterThan(20)
  expect(held).toBeGreaterThan(50)
})

describe('what is long', () => {
  test.each([
    ['prose', PROSE],
    ['lines that end in a hash', '9f86d081884c7d659a2feaa0c55ad015\n12: '.repeat(200)],
    ['wrapped base64 of something else', wrapped(base64(PROSE), '\r\n')],
    ['a blob of something else', base64(PROSE)],
    ['code', 'if (a && b < c) { d = e % 2 } // "f\\"g\\n"\n'.repeat(200)],
  ])('is called bare: %s', (_what, text) => {
    expect(isSure(text)).toBe(true)
  })

  const HOLDING: readonly { what: string; pieces: readonly string[] }[] = [
    ...WRITTEN.map((text) => ({ what: text, pieces: [PROSE + text + PROSE] })),
    { what: 'what is wrapped at its end', pieces: [`${PROSE}${wrapped(base64(SECRET), '\n')}`] },
    {
      what: 'what begins in one piece and ends in another',
      pieces: [PROSE + SECRET.slice(0, 8), SECRET.slice(8)],
    },
    { what: 'another script', pieces: [`${PROSE}Ж`] },
    { what: 'something short', pieces: ['nothing'] },
  ]
  test.each(HOLDING)('is not called bare: $what', ({ pieces }) => {
    expect(isSure(...pieces)).toBe(false)
  })
})
