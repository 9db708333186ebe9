import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import {
  covers,
  pickGrant,
  whyEnded,
  whyNotCovered,
  whyVoid,
} from '../../src/approval/grants/grant-coverage.ts'
import type { GrantWish } from '../../src/approval/grants/grant-offer.ts'
import { grantOf, spent, type Grant, type GrantSubject } from '../../src/approval/grants/grants.ts'
import { subjectOf } from './asked.ts'

const NOW = 1_800_000_000_000
const HOUR = 3_600_000
const subject = subjectOf('delete_file')
type Args = Record<string, unknown>
let ids = 0

function grant(args: Args, wish: Partial<GrantWish> = {}, risk: 'write' | 'destructive' = 'write'): Grant {
  ids += 1
  const fresh = { id: `id-${String(ids).padStart(4, '0')}`, salt: `salt-${ids}`, now: NOW }
  return grantOf(
    subject,
    { args, shown: args, risk },
    { fixed: [], uses: undefined, ms: HOUR, ...wish },
    fresh,
  )
}

describe('what is covered (promise 4)', () => {
  const fixed = grant({ path: '/a', force: true }, { fixed: ['path'] })
  test.each<[string, Args, RegExp | undefined]>([
    ['the same call', { path: '/a', force: true }, undefined],
    ['another value where it is free', { path: '/a', force: { deep: [1] } }, undefined],
    ['a free argument left out', { path: '/a' }, undefined],
    ['the fixed argument left out', { force: true }, /"path" is fixed/],
    ['another value where it is fixed', { path: '/b' }, /"path" is fixed/],
    ['the value in a list', { path: ['/a'] }, /"path" is fixed/],
    ['another normal form', { path: '/a\u0301' }, /"path" is fixed/],
    ['undefined', { path: undefined }, /"path" is fixed/],
    ['one argument more', { path: '/a', recursive: true }, /no argument "recursive"/],
    ['__proto__ more', JSON.parse('{"path":"/a","__proto__":1}') as Args, /no argument "__proto__"/],
    ['half a surrogate pair', { path: '/a\ud800' }, /"path" is fixed/],
  ])('%s', (_, args, why) => {
    const found = whyNotCovered(fixed, subject, args, NOW + 1)
    expect(covers(fixed, subject, args, NOW + 1)).toBe(why === undefined)
    if (why === undefined) expect(found).toBeUndefined()
    else expect(found).toMatch(why)
  })

  test('the value counts and not how it was written', () => {
    const one = grant({ n: JSON.parse('1.0') as unknown, o: { a: 1, b: 2 } }, { fixed: ['n', 'o'] })
    expect(covers(one, subject, JSON.parse('{"o":{"b":2,"a":1e0},"n":1}') as Args, NOW)).toBe(true)
    expect(covers(one, subject, { n: '1', o: { a: 1, b: 2 } }, NOW)).toBe(false)
  })

  test('a yes to what a tool does by one argument is none to what it does by another', () => {
    const write = grant({ path: '/a' }, { fixed: [] }, 'write')
    expect(covers(write, { ...subject, risk: 'write' }, { path: '/a' }, NOW)).toBe(true)
    expect(covers(write, { ...subject, risk: 'unknown' }, { path: '/a' }, NOW)).toBe(true)
    expect(covers(write, { ...subject, risk: 'destructive' }, { path: '/a' }, NOW)).toBe(false)
    const all = grant({ path: '/a' }, { fixed: [] }, 'destructive')
    expect(covers(all, { ...subject, risk: 'destructive' }, { path: '/a' }, NOW)).toBe(true)
  })

  test.each<[string, Partial<GrantSubject>, RegExp]>([
    ['another server with the same tool', { server: 'other' }, /another tool/],
    ['another tool', { tool: 'delete_all' }, /another tool/],
    ['another launch command', { launchHash: 'd'.repeat(64) }, /launch command changed/],
    ['another definition', { toolHash: 'd'.repeat(64) }, /definition of the tool changed/],
    ['other rules', { ruleHash: 'd'.repeat(64) }, /rules, profile or environment changed/],
    ['what a rule on arguments asks about', { rule: 'tools.confirm: * where {…}' }, /not given at a call/],
  ])('not %s', (_, other, why) => {
    expect(whyNotCovered(fixed, { ...subject, ...other }, { path: '/a' }, NOW)).toMatch(why)
  })

  test('a tool that is gone is said, and one that is as it was is not', () => {
    expect(whyVoid(fixed, undefined)).toBe('the tool is no longer there')
    expect(whyVoid(fixed, subject)).toBeUndefined()
  })

  test('what a rule on arguments asks about is covered by what was given at such a call, and so are others', () => {
    const rule = 'tools.confirm: delete_* where {"path":"/etc/**"}'
    const one = { ...fixed, subject: { ...subject, rule } }
    expect(covers(one, { ...subject, rule }, { path: '/a' }, NOW)).toBe(true)
    expect(covers(one, subject, { path: '/a' }, NOW)).toBe(true)
    expect(covers(one, { ...subject, rule: 'tools.allow' }, { path: '/a' }, NOW)).toBe(false)
    expect(whyVoid(fixed, { ...subject, rule })).toBeUndefined()
  })

  test('until it expires, as often as it was granted, and not before it was given', () => {
    const twice = grant({}, { uses: 2 })
    expect(whyEnded(twice, NOW + HOUR - 1)).toBeUndefined()
    expect(whyEnded(twice, NOW + HOUR)).toBe('it has expired')
    expect(whyEnded(spent(spent(twice)), NOW)).toBe('it is used up')
    expect(spent(spent(twice)).used).toBe(2)
    expect(whyNotCovered(twice, subject, {}, NOW - HOUR)).toMatch(/later than it is now/)
  })

  test('a value is covered exactly when its canonical JSON is the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const one = grant({ v: a }, { fixed: ['v'] })
        expect(covers(one, subject, { v: a }, NOW)).toBe(true)
        const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
        expect(covers(one, subject, { v: b }, NOW)).toBe(same)
      }),
    )
  })
})

function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return Object.is(value, -0) ? 0 : value
  if (Array.isArray(value)) return value.map(sorted)
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return { members: members.map(([key, member]) => [key, sorted(member)]) }
}

describe('of several', () => {
  const args = { path: '/a', force: true }
  const loose = grant(args, { ms: 1000 })
  const narrow = grant(args, { fixed: ['path'], ms: HOUR })
  const soon = grant(args, { fixed: ['force'], ms: HOUR / 2 })
  const narrowest = grant(args, { fixed: ['path', 'force'], ms: 2 * HOUR })
  const notNow = grant(args, { fixed: ['path', 'force'], ms: 1 })

  test('the narrower is first, then the one that expires first', () => {
    const pick = (...grants: Grant[]) => pickGrant(grants, subject, args, NOW + 10)
    expect(pick(loose, narrow)).toBe(narrow)
    expect(pick(loose, narrow, soon)).toBe(soon)
    expect(pick(soon, notNow, narrowest, loose)).toBe(narrowest)
    expect(pick(notNow)).toBeUndefined()
    expect(pick()).toBeUndefined()
  })
})

test('keeps no value, and shows the masked one, cut visibly and with nothing hidden (promise 3)', () => {
  const made = grantOf(
    subject,
    {
      args: { token: 'sesame', long: 'x', bidi: 'y' },
      shown: { token: '‹masked›', long: 'x'.repeat(5000), bidi: 'a\u202eb' },
      risk: 'write',
    },
    { fixed: ['token', 'long', 'bidi'], uses: 1, ms: 1 },
    { id: 'id', salt: 'salt', now: NOW },
  )
  expect(JSON.stringify(made)).not.toContain('sesame')
  expect(made.fixed['token']?.shown).toBe('"‹masked›"')
  expect(made.fixed['long']?.shown).toMatch(/^"x{199} … \(cut, 5002 characters\)$/)
  expect(made.fixed['bidi']?.shown).toBe('"a‹U+202E›b"')
  const [one, two] = [grant({ v: 1 }, { fixed: ['v'] }), grant({ v: 1 }, { fixed: ['v'] })]
  expect(one.fixed['v']?.hash).not.toBe(two.fixed['v']?.hash)
})
