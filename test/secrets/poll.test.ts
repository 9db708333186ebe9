/** When a watch looks again, and that it looks again whatever happens. */
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { failure, StoreError, type StoreAnswer } from '../../src/secrets/store.ts'
import { nextLook, poll } from '../../src/secrets/stores/shared/poll.ts'
import { watchFiles } from '../../src/secrets/stores/shared/watch-directory.ts'
import { watchWhenAsked } from '../../src/secrets/stores/shared/watch-reading.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

describe('the next look', () => {
  test.each<[intervalMs: number, failures: number, retryAfterMs: number | undefined, expected: number]>([
    [MINUTE, 0, undefined, MINUTE],
    [10 * SECOND, 0, undefined, 10 * SECOND],
    [MINUTE, 1, undefined, 2 * MINUTE],
    [MINUTE, 2, undefined, 4 * MINUTE],
    [MINUTE, 4, undefined, 15 * MINUTE],
    [MINUTE, 5000, undefined, 15 * MINUTE],
    [2 * HOUR, 3, undefined, 2 * HOUR],
    [10 * SECOND, 1, 59 * SECOND, 59 * SECOND],
    [MINUTE, 1, 1, 2 * MINUTE],
    [MINUTE, 1, 31 * 24 * HOUR, HOUR],
    [596 * HOUR, 0, undefined, 596 * HOUR],
  ])('every %d ms, %d failures, retry after %s: %d', (intervalMs, failures, retryAfterMs, expected) => {
    // Half of the jitter; of a wish all of it comes on top.
    const ms = nextLook({ intervalMs, failures, retryAfterMs, random: 0.5 })
    expect(ms).toBeGreaterThanOrEqual(expected)
    expect(ms).toBeLessThanOrEqual(expected * 1.05)
  })

  test('is never sooner than wished, never beyond what a timer can wait, never at once', () => {
    fc.assert(
      fc.property(
        fc.record({
          intervalMs: fc.integer({ min: 10 * SECOND, max: 2 ** 31 - 1 }),
          failures: fc.nat(2000),
          retryAfterMs: fc.option(fc.nat(HOUR), { nil: undefined }),
          random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        }),
        (facts) => {
          const ms = nextLook(facts)
          expect(ms).toBeGreaterThanOrEqual(Math.max(facts.intervalMs * 0.9, facts.retryAfterMs ?? 0))
          expect(ms).toBeLessThan(2 ** 31)
        },
      ),
    )
  })
})

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('polling', () => {
  test('waits as long as the back end wishes, then goes on', async () => {
    const looks: number[] = []
    let changes = 0
    const { stop } = poll({
      intervalMs: 20,
      onChange: () => (changes += 1),
      look: () => {
        looks.push(performance.now())
        if (looks.length === 2)
          return Promise.reject(
            new StoreError('rate_limited', 'slower', { retryable: true, retryAfterMs: 400 }),
          )
        return Promise.resolve(looks.length === 1 ? 'a' : 'b')
      },
    })
    await expect.poll(() => changes).toBe(1)
    stop()
    const [, second = 0, third = 0] = looks
    expect(third - second).toBeGreaterThanOrEqual(395)
    expect(third - second).toBeLessThan(2000)
  })

  test('one that hangs ends at its deadline and is no change', async () => {
    let looks = 0
    let changes = 0
    const { stop } = poll({
      intervalMs: 20,
      deadlineMs: 30,
      onChange: () => (changes += 1),
      look: (signal) =>
        ++looks === 2
          ? new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('late'))))
          : Promise.resolve('same'),
    })
    await expect.poll(() => looks).toBeGreaterThan(3)
    stop()
    expect(changes).toBe(0)
  })
})

describe('watching by reading', () => {
  test('nobody looks unless it is said how often', () => {
    expect(watchWhenAsked(() => Promise.resolve([]), undefined)).toEqual({})
  })

  test('one that fails hides no other, and none of them is no change', async () => {
    const ok = (value: string): StoreAnswer => ({ ok: true, value })
    let answers = [ok('a'), ok('b')]
    let looks = 0
    let changes = 0
    const resolve = (): Promise<readonly StoreAnswer[]> => {
      looks += 1
      return Promise.resolve(answers)
    }
    const { watch } = watchWhenAsked(resolve, 10)
    const stop = watch?.([{ path: 'A' }, { path: 'B' }], () => (changes += 1))
    const more = async (): Promise<void> => {
      const before = looks
      await expect.poll(() => looks).toBeGreaterThan(before + 2)
    }
    await more()
    answers = [failure('unavailable', 'no'), ok('b')]
    await more()
    expect(changes).toBe(0)
    answers = [failure('unavailable', 'no'), ok('c')]
    await expect.poll(() => changes).toBe(1)
    answers = [failure('unavailable', 'no'), failure('unavailable', 'no')]
    await more()
    answers = [ok('a'), ok('c')]
    await more()
    expect(changes).toBe(1)
    answers = [ok('z'), ok('c')]
    await expect.poll(() => changes).toBe(2)
    stop?.()
  })
})

describe('watching files', () => {
  async function place(): Promise<{ dir: string; changes: () => number; settled: () => Promise<void> }> {
    const dir = await mkdtemp(join(tmpdir(), 'sidemux-watch-'))
    await mkdir(join(dir, 'a'))
    await writeFile(join(dir, 'a', 'one'), 'first')
    await writeFile(join(dir, 'two'), 'first')
    let changes = 0
    // So long that only events can be what is noticed.
    const stop = watchFiles([join(dir, 'a', 'one'), join(dir, 'two')], () => (changes += 1), HOUR)
    onTestFinished(async () => {
      stop()
      await rm(dir, { recursive: true })
    })
    await pause(150)
    return { dir, changes: () => changes, settled: () => pause(250) }
  }

  test('in several directories: each that is other is a change, touching and neighbours are none', async () => {
    const { dir, changes, settled } = await place()
    await writeFile(join(dir, 'a', 'one'), 'first')
    await writeFile(join(dir, 'a', 'neighbour'), 'x')
    await settled()
    expect(changes()).toBe(0)
    await writeFile(join(dir, 'a', 'new'), 'second')
    await rename(join(dir, 'a', 'new'), join(dir, 'a', 'one'))
    await expect.poll(changes).toBe(1)
    await writeFile(join(dir, 'two'), 'second')
    await expect.poll(changes).toBe(2)
  })

  test('one that is gone is no change, and it is noticed when it is back with another content', async () => {
    const { dir, changes, settled } = await place()
    await rm(join(dir, 'two'))
    await settled()
    expect(changes()).toBe(0)
    await writeFile(join(dir, 'two'), 'first')
    await settled()
    expect(changes()).toBe(0)
    await writeFile(join(dir, 'two'), 'second')
    await expect.poll(changes).toBe(1)
  })

  test('a directory that is replaced as a whole, as git does, is watched on', async () => {
    const { dir, changes } = await place()
    await mkdir(join(dir, 'b'))
    await writeFile(join(dir, 'b', 'one'), 'second')
    await rename(join(dir, 'a'), join(dir, 'old'))
    await rename(join(dir, 'b'), join(dir, 'a'))
    await expect.poll(changes).toBe(1)
    await writeFile(join(dir, 'a', 'one'), 'third')
    await expect.poll(changes).toBe(2)
  })
})
