/** Who sends as fast as it is read costs itself only (promise 1): the arithmetic of its budget. */
import { describe, expect, test } from 'vitest'
import { NoisyShare, SAVED_MS, SHARE, TURN_MESSAGES, TURN_MS, Budget } from '../../src/wire/budget.ts'

/** Servers that share a loop and always have something to say, and what they had of it after so many ms. */
function flood(servers: number, ms: number, { cost, slowness = 1 }: { cost: number; slowness?: number }) {
  let now = 0
  const share = new NoisyShare()
  const all = Array.from({ length: servers }, () => ({
    budget: new Budget(share, () => now),
    at: 0,
    spent: 0,
    sent: 0,
  }))
  let longest = 0
  while (now < ms) {
    const next = all.toSorted((a, b) => a.at - b.at)[0] ?? { budget: new Budget(), at: 0, spent: 0, sent: 0 }
    now = Math.max(now, next.at)
    next.budget.resume()
    for (let wait: number | undefined, turn = 0; wait === undefined;) {
      now += cost * slowness
      next.spent += cost * slowness
      turn += cost * slowness
      next.sent += 1
      wait = next.budget.spend(cost * slowness)
      if (wait !== undefined) next.at = now + wait
      longest = Math.max(longest, turn)
    }
  }
  return { spent: all.map(({ spent }) => spent), sent: all.map(({ sent }) => sent), longest }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

describe('servers that send as fast as they are read', () => {
  test.each([
    [1, 0.01, 1],
    [1, 0.5, 1],
    [5, 0.02, 1],
    [40, 0.02, 1],
    [5, 0.02, 20],
  ])(
    '%d of them, %d ms a message, a machine %d times as slow: a tenth in all, the same for each',
    (servers, cost, slowness) => {
      const ms = 60_000
      const { spent, sent, longest } = flood(servers, ms, { cost, slowness })
      expect(sum(spent)).toBeLessThan(ms * SHARE * 1.01 + servers * (SAVED_MS + TURN_MS))
      expect(sum(spent)).toBeGreaterThan(ms * SHARE * 0.9)
      expect(Math.max(...sent) / Math.min(...sent)).toBeLessThan(1.2)
      expect(longest).toBeLessThanOrEqual(TURN_MS + cost * slowness)
    },
  )
})

test('one that says little never waits, and none waits for what it was asked for', () => {
  let now = 0
  const budget = new Budget(new NoisyShare(), () => now)
  const waits = Array.from({ length: 10_000 }, () => {
    now += 5
    return budget.spend(0.05) ?? 0
  })
  expect(Math.max(...waits)).toBe(0)
})

test('a turn ends after so many messages, however light', () => {
  const budget = new Budget(new NoisyShare(), () => 0)
  const waits = Array.from({ length: 2 * TURN_MESSAGES }, () => budget.spend(0))
  expect(waits.flatMap((wait, at) => (wait === undefined ? [] : [at + 1]))).toEqual([
    TURN_MESSAGES,
    2 * TURN_MESSAGES,
  ])
})

test('a pause that a sleeping machine made longer is short all the same', () => {
  const budget = new Budget(new NoisyShare(), () => 0)
  budget.spend(3_600_000)
  expect(budget.spend(3_600_000)).toBeLessThan(1000)
})

test('what a process that has ended left behind is read without waiting', () => {
  const budget = new Budget(new NoisyShare(), () => 0)
  budget.finish()
  expect(Array.from({ length: 1000 }, () => budget.spend(50) ?? 0).every((wait) => wait === 0)).toBe(true)
})

test('what other programs take of the processor meanwhile is not its work', () => {
  const messages = 2000
  const waited = (interruption: number): number => {
    let [now, cpu, all] = [0, 0, 0]
    const budget = new Budget(
      new NoisyShare(),
      () => now,
      () => cpu,
    )
    for (let message = 0; message < messages; message += 1) {
      cpu += 0.1
      now += 0.1 + (message % 10 === 0 ? interruption : 0)
      const wait = budget.spend(0.1 + (message % 10 === 0 ? interruption : 0)) ?? 0
      now += wait
      all += wait
      if (wait > 0) budget.resume()
    }
    return all
  }
  expect(waited(10)).toBeLessThanOrEqual(waited(0))
  expect(waited(0)).toBeGreaterThan(0)
})
