/** What a child's life does next, for every situation that it can be in; the clock of nobody. */
import { describe, expect, test } from 'vitest'
import type { Down } from '../../src/upstream/session/diagnosis.ts'
import { nextStep, type Situation } from '../../src/upstream/life/starting/next-step.ts'

const down = (again: Down['again'], more: Partial<Down> = {}): Down => ({
  reason: 'r',
  hint: 'h',
  again,
  ...more,
})
const FIRST: Situation = {
  serving: false,
  replace: 'beside',
  last: undefined,
  failures: 0,
  guesses: 0,
  tookMs: 0,
  besideFailed: 0,
  swaps: 0,
  pace: { kind: 'soon', delayMs: 500 },
  random: 1,
}
const start = (delayMs: number, how = 'beside') => ({ kind: 'start', delayMs, how })
const FAILED = { kind: 'failed' } as const
const EXHAUSTED = { pace: { kind: 'seldom', delayMs: 60_000 } } as const
const LONG = { ...start(60_000), seldom: true }

describe('with nothing that works', () => {
  const cases: [string, Partial<Situation>, object][] = [
    ['the first start', {}, start(0)],
    ['a start in another era', { last: down('now') }, start(0)],
    ['another era, after many starts', { last: down('now'), guesses: 2, ...EXHAUSTED }, start(0)],
    ['another era, again and again', { last: down('now'), guesses: 3 }, start(500)],
    ['the same after many starts', { last: down('now'), guesses: 3, ...EXHAUSTED }, LONG],
    ['a crash', { last: down('later') }, start(500)],
    ['a crash, too often', { last: down('later'), ...EXHAUSTED }, LONG],
    ['what only a person can mend', { last: down('never') }, FAILED],
    [
      'the same, where a look costs nothing',
      { last: down('seldom'), failures: 1 },
      { ...FAILED, againMs: 60_000 },
    ],
    ['and the next look', { last: down('seldom'), failures: 2 }, { ...FAILED, againMs: 90_000 }],
    ['the tenth', { last: down('seldom'), failures: 10 }, { ...FAILED, againMs: 300_000 }],
    ['a store that is away', { last: down('passed'), failures: 1 }, start(1000)],
    ['the second time', { last: down('passed'), failures: 2 }, start(2000)],
    ['the fifth', { last: down('passed'), failures: 5 }, start(16_000)],
    ['a weekend', { last: down('passed'), failures: 9000 }, start(30_000)],
    [
      'a store that says nothing for 15 s',
      { last: down('passed'), failures: 5, tookMs: 15_000 },
      start(1000),
    ],
    ['a store that is away is no crash', { last: down('passed'), failures: 50, ...EXHAUSTED }, start(30_000)],
    ['ten servers ask at ten moments', { last: down('passed'), failures: 3, random: 0 }, start(3200)],
    [
      'a back end that wishes for 41 s',
      { last: down('passed', { retryAfterMs: 41_000 }), failures: 1 },
      start(42_000),
    ],
    [
      'not a moment before',
      { last: down('passed', { retryAfterMs: 41_000 }), failures: 1, random: 0 },
      start(41_000),
    ],
    [
      'a wish shorter than the pause',
      { last: down('passed', { retryAfterMs: 100 }), failures: 4 },
      start(8000),
    ],
  ]
  test.each(cases)('%s', (_title, facts, expected) => {
    expect(nextStep({ ...FIRST, ...facts })).toEqual(expected)
  })
})

describe('beside one that works', () => {
  const cases: [string, Partial<Situation>, object][] = [
    ['at once', {}, start(0)],
    ['a store that is away', { last: down('passed', { retryAfterMs: 5000 }), failures: 1 }, start(5500)],
    ['a secret that is gone', { last: down('never'), failures: 3 }, start(4000)],
    [
      'a crash, however often',
      { last: down('later'), failures: 1, besideFailed: 1, ...EXHAUSTED },
      start(1000),
    ],
    [
      'twice in vain: without the other',
      { last: down('later'), failures: 2, besideFailed: 2 },
      start(2000, 'after'),
    ],
    ['that in vain too: beside again', { last: down('later'), failures: 3, swaps: 1 }, start(4000)],
    ['three times then', { last: down('later'), failures: 6, besideFailed: 3, swaps: 1 }, start(30_000)],
    ['and four', { last: down('later'), failures: 7, besideFailed: 4, swaps: 1 }, start(30_000, 'after')],
    ['where the config says so', { replace: 'after' }, start(0, 'after')],
  ]
  test.each(cases)('%s', (_title, facts, expected) => {
    expect(nextStep({ ...FIRST, serving: true, ...facts })).toEqual(expected)
  })
})
