import { describe, expect, test } from 'vitest'
import { nextStart, PACE } from '../../src/upstream/backoff.ts'
import { sandboxProblem } from '../../src/upstream/sandbox.ts'

describe('a child is started at most 5 times in 60 s, ever more slowly', () => {
  const now = 1_000_000
  const cases = [
    { title: 'the first start', ages: [], unready: 0, expected: { kind: 'start', delayMs: 0 } },
    { title: 'the second', ages: [0], unready: 0, expected: { kind: 'start', delayMs: 500 } },
    { title: 'the third', ages: [900, 0], unready: 2, expected: { kind: 'start', delayMs: 1000 } },
    { title: 'the fifth', ages: [9, 6, 3, 0], unready: 4, expected: { kind: 'start', delayMs: 4000 } },
    { title: 'no sixth', ages: [9, 7, 6, 3, 0], unready: 5, expected: { kind: 'failed' } },
    {
      title: 'no sixth, also when it was ready each time',
      ages: [9, 7, 6, 3, 0],
      unready: 0,
      expected: { kind: 'failed' },
    },
    {
      title: 'the oldest has left the window',
      ages: [60_000, 7, 6, 3, 0],
      unready: 0,
      expected: { kind: 'start', delayMs: 4000 },
    },
    {
      title: 'a crash after a long time',
      ages: [3_600_000],
      unready: 0,
      expected: { kind: 'start', delayMs: 0 },
    },
    {
      title: 'slow starts that never succeed',
      ages: [300_000, 240_000, 180_000, 120_000, 60_000],
      unready: 5,
      expected: { kind: 'failed' },
    },
    {
      title: 'slow starts so far',
      ages: [240_000, 180_000, 120_000, 60_000],
      unready: 4,
      expected: { kind: 'start', delayMs: 4000 },
    },
  ]
  test.each(cases)('$title', ({ ages, unready, expected }) => {
    expect(nextStart({ starts: ages.map((age) => now - age), unready }, now)).toEqual(expected)
  })

  test('the pause has an end', () => {
    const pace = { ...PACE, maxStarts: 50 }
    expect(nextStart({ starts: [], unready: 40 }, now, pace)).toEqual({ kind: 'start', delayMs: 10_000 })
  })
})

test('a sandbox that is required and not there is refused (promise 1)', () => {
  expect(sandboxProblem('github', 'auto')).toBeUndefined()
  expect(sandboxProblem('github', 'off')).toBeUndefined()
  expect(sandboxProblem('github', 'required')).toMatchObject({
    message: expect.stringContaining('"github" requires a sandbox'),
    hint: expect.stringContaining('sandbox: auto'),
  })
})
