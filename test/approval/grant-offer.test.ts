import { describe, expect, test } from 'vitest'
import { checkWish, offerFor, type GrantWish } from '../../src/approval/grants/grant-offer.ts'

const HOUR = 3_600_000
type Args = Record<string, unknown>

describe('what is offered', () => {
  test('destructive: never without bounds (promise 4)', () => {
    expect(offerFor('destructive', { path: '/a' }, false)).toEqual({
      risk: 'destructive',
      anyArguments: false,
      argumentNames: ['path'],
      maxUses: 20,
      maxMs: 8 * HOUR,
    })
    expect(offerFor('destructive', {}, false)).toMatchObject({ anyArguments: true, maxUses: 20 })
  })

  test.each(['write', 'read'] as const)('%s: any arguments, 30 days', (risk) => {
    expect(offerFor(risk, { a: 1 }, false)).toMatchObject({
      anyArguments: true,
      maxUses: undefined,
      maxMs: 720 * HOUR,
    })
  })

  test.each<[string, Args, boolean, Args?]>([
    ['a definition that changed', { a: 1 }, true],
    ['an argument named __proto__', JSON.parse('{"__proto__":1}') as Args, false],
    ['a name with half a surrogate pair', { '\ud800': 1 }, false],
    ['a name beyond 128 characters', { ['x'.repeat(129)]: 1 }, false],
    ['65 arguments', Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`a${n}`, n])), false],
    ['a name that is a secret', { 'tok-123': 1 }, false, { '‹masked›': 1 }],
  ])('nothing for %s', (_, args, changed, shown) => {
    expect(offerFor('write', args, changed, shown)).toBeUndefined()
  })
})

describe('what may be wished', () => {
  const destructive = offerFor('destructive', { path: '/a', mode: 1 }, false)
  const write = offerFor('write', { path: '/a' }, false)
  const good = { fixed: ['path'], uses: 20, ms: 8 * HOUR }
  test.each<[string, typeof write, Partial<GrantWish>, RegExp | undefined]>([
    ['the whole offer', destructive, {}, undefined],
    ['nothing fixed', destructive, { fixed: [] }, /at least one argument fixed/],
    ['one use too many', destructive, { uses: 21 }, /20 times at most/],
    ['uncounted', destructive, { uses: undefined }, /20 times at most/],
    ['a millisecond too long', destructive, { ms: 8 * HOUR + 1 }, /8 hours at most/],
    ['no use', destructive, { uses: 0 }, /above 0/],
    ['half a use', destructive, { uses: 0.5 }, /above 0/],
    ['NaN uses', destructive, { uses: NaN }, /above 0/],
    ['no time', destructive, { ms: 0 }, /milliseconds/],
    ['time without end', destructive, { ms: Infinity }, /milliseconds/],
    ['an argument that is not there', destructive, { fixed: ['other'] }, /does not have/],
    ['an argument twice', destructive, { fixed: ['path', 'path'] }, /twice/],
    ['any arguments of a write', write, { fixed: [], uses: undefined, ms: 720 * HOUR }, undefined],
    ['31 days of a write', write, { ms: 721 * HOUR }, /720 hours at most/],
  ])('%s', (_, offer, wish, expected) => {
    if (offer === undefined) throw new Error('nothing was offered')
    const found = checkWish(offer, { ...good, ...wish })
    if (expected === undefined) expect(found).toBeUndefined()
    else expect(found).toMatch(expected)
  })
})
