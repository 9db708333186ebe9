/**
 * What makes the search for secrets cheap finds the same as the plain way does (promise 3). Each short cut is compared
 * with the simplest thing that could do it, over random texts in which secrets are hidden, encoded and cut.
 */
import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import { Scanner } from '../../src/redact/find/scanner.ts'
import { Sieve } from '../../src/redact/find/sieve.ts'
import { Strands, tellingFragments, type Strand } from '../../src/redact/find/strands.ts'
import { disguisesOf } from '../../src/redact/forms/disguises.ts'
import { Skeleton } from '../../src/redact/forms/skeleton.ts'
import { bitsOf } from '../../src/redact/forms/strength.ts'
import { decodedBase64 } from '../../src/redact/views/base64.ts'
import { markup, programs, quotedPrintable } from '../../src/redact/views/more-steps.ts'
import { entity, percent, unescape, unwrap } from '../../src/redact/views/steps.ts'
import { apply, itself } from '../../src/redact/views/view.ts'
import { viewsOf } from '../../src/redact/views/views.ts'
import { STRONG } from './strong.ts'

const LONG = 'wordsOf(another) '.repeat(80)
const value = fc.constantFrom(...Object.values(STRONG), 'correct horse battery staple', 'kY8!secret value')

/** A text that holds parts of a value in one way or another, between other things; short or long. */
function textsAround(secret: string): fc.Arbitrary<string> {
  const part = fc
    .tuple(fc.nat(secret.length), fc.nat(secret.length))
    .map(([a, b]) => secret.slice(Math.min(a, b), Math.max(a, b)))
  const written = fc
    .tuple(
      fc.oneof(part, fc.constant(secret)),
      fc.constantFrom(
        (v: string) => v,
        (v: string) => v.toUpperCase(),
        (v: string) => Array.from(v).join(' \n'),
        (v: string) => Array.from(v).join('\\n'),
        (v: string) => Buffer.from(v).toString('hex'),
        (v: string) => Buffer.from(v).toString('base64'),
        (v: string) => encodeURIComponent(v),
        (v: string) => Array.from(v).join('&shy;'),
        (v: string) => Array.from(v).toReversed().join(''),
        (v: string) => v.replaceAll(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)),
      ),
    )
    .map(([v, write]) => write(v))
  const other = fc.constantFrom(
    ' ',
    '\n',
    '\\n',
    '\\',
    'the ',
    '<b>',
    '%41',
    '=\n',
    '0x',
    'é',
    'Ж',
    'value',
    LONG,
  )
  return fc
    .array(fc.oneof(written, other, fc.string({ maxLength: 8 })), { maxLength: 8 })
    .map((all) => all.join(''))
}

function strandOf(secret: string): Strand<string> {
  const { text } = new Skeleton(secret)
  const core = /\s/.test(secret) ? undefined : { from: 0, to: text.length }
  return {
    known: secret,
    text,
    bits: bitsOf(text),
    core,
    isWordy: core === undefined,
    isAddress: false,
    leastLeft: 0,
  }
}

test('the sieve never says no where the skeleton holds something', () => {
  let held = 0
  fc.assert(
    fc.property(
      value.chain((secret) => fc.tuple(fc.constant(secret), textsAround(secret))),
      ([secret, text]) => {
        const strands = new Strands<string>()
        strands.add(strandOf(secret))
        const whole = [new Skeleton(secret).text, ...disguisesOf(secret, 'strong')]
        const scanner = new Scanner(
          whole.map((each) => ({ text: each, fold: false, before: 0, after: 0 }) as const),
        )
        const skeleton = new Skeleton(text).text
        const reading = { size: skeleton.length, isApart: () => true, isLast: () => true }
        const isThere =
          scanner.find(skeleton).length > 0 ||
          whole.some((each) => skeleton.includes(each)) ||
          tellingFragments(strands.find(skeleton), reading).length > 0
        const mayHold = new Sieve(whole, strands).mayHold(text)
        if (isThere) expect(mayHold).toBe(true)
        held += Number(isThere)
      },
    ),
    { numRuns: 1500 },
  )
  expect(held).toBeGreaterThan(50)
})

describe('a sieve', () => {
  const secret = STRONG['GitHub'] ?? ''
  const strands = new Strands<string>()
  strands.add(strandOf(secret))
  const sieve = new Sieve([new Skeleton(secret).text], strands)
  const pieces = secret.match(/.{6}/g) ?? []

  test.each([
    ['the value', secret],
    ['the value behind much else', LONG + secret + LONG],
    ['one that is cut at both ends', secret.slice(2, -2)],
    ['pieces in any order', pieces.toReversed().join(' and then ')],
    ['pieces far from each other', pieces.join(LONG)],
    ['letters that are blanks where they are written so', Array.from(secret).join('\\n\\t')],
    ['another script around it', `${LONG}Ж${Array.from(secret).join('\u200b')}`],
  ])('lets through %s', (_what, text) => {
    expect(sieve.mayHold(text)).toBe(true)
  })

  test.each([
    ['nothing', ''],
    ['much', LONG],
    ['its words', 'ghp ghp ghp ghp'],
    ['a piece again and again', `${secret.slice(8, 14)} `.repeat(1000)],
    ['half of its pieces', pieces.slice(0, 3).join(' and ')],
  ])('holds back %s', (_what, text) => {
    expect(sieve.mayHold(text)).toBe(false)
  })
})

const odd = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\n',
        '\r\n',
        '\\',
        'n',
        '\\n',
        '\\r',
        ' ',
        '\t',
        '=',
        '%',
        '<',
        '>',
        '&',
        ';',
        '\u001b[1m',
        'x',
        '0x',
      ),
      fc.string({ unit: fc.constantFrom(...Array.from('abzAZ09+/-_=')), minLength: 1, maxLength: 8 }),
      fc.string({ unit: fc.constantFrom(...Array.from('abzAZ09+/-_')), minLength: 16, maxLength: 80 }),
      fc.constantFrom(`${'aZ09'.repeat(5)}\nb`, `${'aZ09'.repeat(5)}\\n  b`),
      fc.constantFrom('%41', '=41', '&lt;', '<b>', '\\u0041', '\\x41', 'é', 'Ж', LONG),
    ),
    { maxLength: 16 },
  )
  .map((all) => all.join(''))

test('a skeleton is what is left character by character', () => {
  const foldPlainly = (text: string): string =>
    text.replaceAll(/\\[nrtbf]/g, '').replaceAll(/[^]/g, (unit) => new Skeleton(unit).text)
  fc.assert(
    fc.property(odd, (text) => {
      expect(new Skeleton(text).text).toBe(foldPlainly(text))
    }),
    { numRuns: 1000 },
  )
})

test('without its wrapping a text has the same skeleton', () => {
  let wrapped = 0
  fc.assert(
    fc.property(odd, (text) => {
      const view = apply(unwrap, itself(text))
      wrapped += Number(view !== undefined)
      expect(view?.hasSameSkeleton ?? true).toBe(true)
      expect(new Skeleton(view?.text ?? text).text).toBe(new Skeleton(text).text)
    }),
    { numRuns: 1500 },
  )
  expect(wrapped).toBeGreaterThan(50)
})

test('what has no sign has nothing to undo', () => {
  fc.assert(
    fc.property(odd, (text) => {
      for (const step of [unwrap, unescape, percent, entity, markup, programs, quotedPrintable]) {
        // Those of JSON's escapes that are left to the exact forms are no sign.
        const plainly = text.replaceAll(step.token, (token) => step.undo?.(token) ?? '')
        const view = apply(step, itself(text))
        if (view !== undefined) expect(view.text).toBe(plainly)
        else if (step !== unescape && step !== programs) expect(plainly).toBe(text)
        if (view !== undefined) expect(viewsOf(text).map((each) => each.text)).toContain(view.text)
      }
    }),
    { numRuns: 1000, examples: [['=\t\n'], ['a=  \r\nb']] },
  )
})

test('base64 is decoded as Node does it, and is found in its place', () => {
  const decodedPlainly = (text: string): string[] =>
    [...text.matchAll(/[A-Za-z0-9+/_-]{16,}/g)]
      .filter(([run]) => /[A-Z]/.test(run.slice(0, 64)) && /[a-z]/.test(run.slice(0, 64)))
      .map(([run]) => Buffer.from(run, 'base64').toString('latin1'))
  fc.assert(
    fc.property(odd, (text) => {
      const runs = decodedPlainly(text)
      const view = decodedBase64(itself(text))
      expect(view?.text).toBe(runs.length === 0 ? undefined : `\n${runs.join('\n')}\n`)
      let at = 1
      for (const run of runs) {
        const [start = 0, end = 0] = [view?.start(at), view?.end(at + run.length)]
        expect(Buffer.from(text.slice(start, end), 'base64').toString('latin1')).toBe(run)
        at += run.length + 1
      }
    }),
    { numRuns: 1000 },
  )
})
