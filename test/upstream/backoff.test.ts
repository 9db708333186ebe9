import { describe, expect, test } from 'vitest'
import { nextStart, PACE } from '../../src/upstream/backoff.ts'

describe('a child is started at most 5 times in 60 s, ever more slowly, then seldom', () => {
  const now = 1_000_000
  const cases = [
    { title: 'the first start', ages: [], unready: 0, expected: { kind: 'soon', delayMs: 0 } },
    { title: 'the second', ages: [0], unready: 0, expected: { kind: 'soon', delayMs: 500 } },
    { title: 'the third', ages: [900, 0], unready: 2, expected: { kind: 'soon', delayMs: 1000 } },
    { title: 'the fifth', ages: [9, 6, 3, 0], unready: 4, expected: { kind: 'soon', delayMs: 4000 } },
    { title: 'no sixth', ages: [9, 7, 6, 3, 0], unready: 5, expected: { kind: 'seldom', delayMs: 60_000 } },
    {
      title: 'after three that came seldom',
      ages: [0],
      unready: 8,
      expected: { kind: 'seldom', delayMs: 202_500 },
    },
    {
      title: 'after a night of them',
      ages: [0],
      unready: 200,
      expected: { kind: 'seldom', delayMs: 300_000 },
    },
    {
      title: 'no sixth, also when it was ready each time',
      ages: [9, 7, 6, 3, 0],
      unready: 0,
      expected: { kind: 'seldom', delayMs: 60_000 },
    },
    {
      title: 'the oldest has left the window',
      ages: [60_000, 7, 6, 3, 0],
      unready: 0,
      expected: { kind: 'soon', delayMs: 4000 },
    },
    {
      title: 'a crash after a long time',
      ages: [3_600_000],
      unready: 0,
      expected: { kind: 'soon', delayMs: 0 },
    },
    {
      title: 'slow starts that never succeed',
      ages: [300_000, 240_000, 180_000, 120_000, 60_000],
      unready: 5,
      expected: { kind: 'seldom', delayMs: 60_000 },
    },
    {
      title: 'slow starts so far',
      ages: [240_000, 180_000, 120_000, 60_000],
      unready: 4,
      expected: { kind: 'soon', delayMs: 4000 },
    },
  ]
  test.each(cases)('$title', ({ ages, unready, expected }) => {
    expect(nextStart({ starts: ages.map((age) => now - age), unready }, now)).toEqual(expected)
  })

  test('the pause has an end', () => {
    const pace = { ...PACE, maxStarts: 50 }
    expect(nextStart({ starts: [], unready: 40 }, now, pace)).toEqual({ kind: 'soon', delayMs: 10_000 })
  })
})
