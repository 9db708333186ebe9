/** Patterns: the same answer by trying and in linear time, and at a price that is known before (promise 9). */
import * as fc from '../random.ts'
import { describe, expect, it } from 'vitest'
import { readExpression, type Expression } from '../../src/schema/pattern/expression.ts'
import { linearMatcher } from '../../src/schema/pattern/linear.ts'
import { TextPattern } from '../../src/schema/pattern/text-pattern.ts'
import { stepsToTry } from '../../src/schema/pattern/price.ts'
import { compileSchema } from '../../src/schema/compile.ts'
import { SchemaJudge } from '../../src/schema/judge.ts'
import { work } from '../work.ts'
import { kindOf } from './support.ts'

/** Whatever stands in patterns, with whatever it could be taken for. */
const atom = fc.constantFrom(
  'a',
  'b',
  '-',
  'é',
  '💩',
  '.',
  '\\d',
  '\\D',
  '\\w',
  '\\W',
  '\\s',
  '\\S',
  '\\.',
  '\\/',
  '\\n',
  '\\x41',
  '\\u0061',
  '\\ud83d\\udca9',
  '\\u{1f4a9}',
  '\\cJ',
  '\\0',
  '[ab]',
  '[^ab]',
  '[a-c\\d]',
  '[^\\s]',
  '[\\w-]',
  '[-a]',
  '[a-]',
  '[\\b]',
  '[]',
  '[^]',
  '[^\\W_]',
  '[\\S]',
  '[.]',
  '[)(]',
  '[\\]\\\\]',
  '[+*?]',
  '[a-c-e]',
  '[\\x61-\\x63]',
  '[💩-💫]',
  '\\b',
  '\\B',
  '^',
  '$',
)
const expression = fc.letrec<{ whole: string }>((tie) => {
  const group = fc
    .tuple(fc.constantFrom('(', '(?:', '(?<name>'), tie('whole'))
    .map(([open, of]) => `${open}${of.replaceAll('(?<name>', '(?:')})`)
  const look = fc
    .tuple(fc.constantFrom('(?=', '(?!', '(?<=', '(?<!'), tie('whole'))
    .map(([open, of]) => `${open}${of})`)
  const times = fc
    .tuple(
      fc.oneof(
        atom.filter((one) => !/^(?:\\[bB]|\^|\$)$/.test(one)),
        group,
      ),
      fc.constantFrom('*', '+', '?', '{2}', '{1,}', '{0,2}', '*?', '+?', '??', '{1,3}?'),
    )
    .map((parts) => parts.join(''))
  return {
    whole: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc
        .array(fc.oneof({ arbitrary: atom, weight: 4 }, times, group, look), { maxLength: 4 })
        .map((all) => all.join('')),
      fc.array(tie('whole'), { minLength: 1, maxLength: 3 }).map((all) => all.join('|')),
    ),
  }
}).whole
const text = fc
  .array(
    fc.constantFrom(
      ...Array.from('ab-c_1A.\n\r\t\v\f \u00a0\u2028\u2029\ufeff\u180e\u0085é💩💫)(]\\+*?J\0\b/'),
    ),
    {
      maxLength: 8,
    },
  )
  .map((all) => all.join(''))

function native(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, 'u')
  } catch {
    return undefined
  }
}

it('a pattern that RE2 can have matches there what it matches in JavaScript', () => {
  let compared = 0
  fc.assert(
    fc.property(expression, fc.array(text, { minLength: 5, maxLength: 10 }), (pattern, texts) => {
      const tried = native(pattern)
      if (tried === undefined) return
      const read = readExpression(pattern)
      const linear = read && linearMatcher(read)
      if (linear === undefined) return
      for (const one of texts) {
        // V8 finds one inside a surrogate pair, where ECMA-262 (22.2.7.2, flag u) has no place to look at.
        if (pattern.includes('\\B') && /[\ud800-\udbff][\udc00-\udfff]/.test(one)) continue
        expect([pattern, one, linear(one)]).toEqual([pattern, one, tried.test(one)])
        compared += 1
      }
    }),
    { numRuns: 500 },
  )
  expect(compared).toBeGreaterThan(700)
})

describe('the price of trying', () => {
  const price = (pattern: string, length: number): number => {
    const read = readExpression(pattern)
    return read === undefined ? Infinity : stepsToTry(read, length)
  }

  it.each([
    '^(a+)+$',
    '(a|a)*b',
    '(a|aa)+$',
    '(.*)*x',
    '(a*)*b',
    '([ab]|b)+c',
    '(x+x+)+y',
    '^(\\w+\\s?)*$',
    '(a?){60}a{60}',
    '^(?:a|ab|abc)*$',
    '(?=(a+)+$)b',
    '(?<!(a+)+)b',
    '((a{1,9}){1,9}){1,9}$',
    '(?:(?:a|b)(?:a|b)?)*c',
    '(\\w*){9}x',
  ])('of %s is more than any check may cost', (pattern) => {
    expect(price(pattern, 60)).toBeGreaterThan(1e8)
  })

  it.each([
    '^[a-zA-Z0-9_-]{1,64}$',
    '^\\d{4}-\\d{2}-\\d{2}$',
    '^https?://',
    '^#[0-9a-f]{6}$',
    '^\\S+$',
    '^[A-Z]{3}$',
    '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
    '^(?!-)[a-z0-9-]{1,63}$',
    '^(GET|POST|PUT)$',
    '^[^@\\s]+@[^@\\s]+$',
    '^/(?:[^/]+/?)$',
    '^v?\\d+\\.\\d+\\.\\d+$',
    '\\.(?:json|ya?ml)$',
    '^[^/]+/[^/]+$',
    'x',
  ])('of %s is little', (pattern) => {
    expect(price(pattern, 60)).toBeLessThan(16 * 100_000)
  })

  it('of groups in groups is worked out in no time', () => {
    const deep = `${'('.repeat(330)}a${')+'.repeat(330)}`
    const judged = compileSchema({
      items: { allOf: Array.from({ length: 100 }, (_, n) => ({ pattern: `${deep}${n}` })) },
    })
    const texts = Array.from({ length: 100 }, (_, n) => 'a'.repeat(300 + n))
    expect(work(() => expect(new SchemaJudge().judge(judged, texts).kind).not.toBe('fits'))).toBeLessThan(20)
  })

  it('is a number, or infinite, for whatever JavaScript can read, and grows with the text', () => {
    fc.assert(
      fc.property(expression, fc.nat({ max: 200 }), (pattern, length) => {
        if (native(pattern) === undefined) return
        expect(price(pattern, length)).toBeGreaterThan(0)
        expect(price(pattern, length + 1)).toBeGreaterThanOrEqual(price(pattern, length))
      }),
      { numRuns: 1000 },
    )
  })

  it('is never less than what a matcher that tries all ways takes', () => {
    fc.assert(
      fc.property(expression, text, (pattern, one) => {
        if (native(pattern) === undefined) return
        const read = readExpression(pattern)
        if (read !== undefined)
          expect(waysTried(read, one.length)).toBeLessThanOrEqual(stepsToTry(read, one.length))
      }),
      { numRuns: 1000 },
    )
  })
})

it('is paid before anything is matched', () => {
  const paid: number[] = []
  const refuse = {
    spend(steps: number): void {
      paid.push(steps)
      throw new RangeError('too much')
    },
  }
  for (const pattern of ['^a+$', '^(a+)+$', '^(?=(a+)+$)', '(?i:a)']) {
    if (native(pattern) === undefined) continue
    expect(() => new TextPattern(pattern).matches('a'.repeat(60), refuse)).toThrow('too much')
  }
  expect(Math.min(...paid)).toBeGreaterThan(0)
})

it.each<[string, string, string]>([
  ['a range from an escape to a character', '^[\\x20-~]+$', 'a b'],
  ['a range of others than the first plane', '^[\\u{1f300}-\\u{1faff}]$', '💩'],
  ['a named group', '^(?<year>\\d{4})$', '2026'],
  ['kinds by Unicode', '^\\p{L}+$', 'é'],
  ['a group again by its name', '^(?<quote>["\'])x\\k<quote>$', '"x"'],
])('%s', (_what, pattern, fitting) => {
  expect([fitting, `${fitting}\n`].map((one) => kindOf({ pattern }, one))).toEqual(['fits', 'misfits'])
})

/** How many characters are looked at where each is taken to match, as in the worst text. */
function waysTried(expression: Expression, length: number): number {
  let tried = 0
  const walk = (part: Expression, at: number, go: (at: number) => void): void => {
    if (tried > 20_000) return
    switch (part.kind) {
      case 'one':
        tried += 1
        if (at < length) go(at + 1)
        return
      case 'place':
      case 'again':
        return go(at)
      case 'look':
        return (walk(part.of, at, () => undefined), go(at))
      case 'row': {
        const from = (index: number, place: number): void => {
          const next = part.parts[index]
          if (next === undefined) go(place)
          else walk(next, place, (after) => from(index + 1, after))
        }
        return from(0, at)
      }
      case 'either':
        for (const one of part.parts) walk(one, at, go)
        return
      case 'times': {
        const again = (count: number, place: number): void => {
          if (count < part.max)
            walk(part.of, place, (after) => {
              // As in JavaScript, what matches nothing isn't tried once more.
              if (after > place || count < part.min) again(count + 1, after)
            })
          if (count >= part.min) go(place)
        }
        return again(0, at)
      }
    }
  }
  // The last way fails too.
  walk(expression, 0, () => undefined)
  return Math.min(tried, 20_000)
}
