/** Awake time: what passes while the process stands still isn't counted (awake.ts). */
import { expect, it } from 'vitest'
import { AwakeClock } from '../../src/awake.ts'

const MINUTE = 60_000

/** The clock after these steps of the monotonic one, at each of which it is looked at. */
function after(...steps: readonly number[]): number {
  let monotonic = 1000
  const clock = new AwakeClock(() => monotonic)
  const began = clock.now()
  for (const step of steps) {
    monotonic += step
    clock.now()
  }
  return clock.now() - began
}

it.each([
  ['a running process', Array.from({ length: 40 }, () => 250), 10_000],
  ['one that is busy for a moment', [250, 900, 250], 1400],
  ['one that stood still for ten minutes', [250, 10 * MINUTE, 250], 750],
  ['one that stands still over and over', [250, MINUTE, 250, MINUTE, MINUTE], 1250],
  ['one that stood still for a little more than a second', [250, 1001], 500],
])('%s', (_, steps, passed) => {
  expect(after(...steps)).toBe(passed)
})

it('does not count as a gap that nobody looked', () => {
  let monotonic = 0
  const clock = new AwakeClock(() => monotonic)
  monotonic += MINUTE
  clock.resume()
  const began = clock.now()
  monotonic += 200
  expect(clock.now() - began).toBe(200)
})
