/** When a watch looks again, and that it looks again whatever happens. */
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import {
  failure,
  StoreError,
  type StoreAnswer,
  type StoreErrorCode,
  type WatchTrouble,
} from '../../src/secrets/store.ts'
import { nextLook, poll } from '../../src/secrets/stores/shared/poll.ts'
import { watchFiles } from '../../src/secrets/stores/shared/watch-directory.ts'
import { watchWhenAsked } from '../../src/secrets/stores/shared/watch-reading.ts'
import { onTestFinished, together } from '../together.ts'

together()

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

describe.concurrent('the next look', () => {
  type Code = StoreErrorCode | undefined
  test.each<[code: Code, intervalMs: number, failures: number, expected: number]>([
    [undefined, MINUTE, 0, MINUTE],
    [undefined, 10 * SECOND, 0, 10 * SECOND],
    [undefined, 596 * HOUR, 0, 596 * HOUR],
    // By the same interval, whatever failed and however often.
    ['unavailable', MINUTE, 1, MINUTE],
    ['unavailable', 10 * SECOND, 5000, 10 * SECOND],
    ['timeout', 10 * SECOND, 3, 10 * SECOND],
    ['not_found', 10 * SECOND, 5000, 10 * SECOND],
    ['denied', MINUTE, 5000, MINUTE],
    ['auth', 2 * HOUR, 3, 2 * HOUR],
    // Too often, and it doesn't say until when.
    ['rate_limited', 10 * SECOND, 1, 20 * SECOND],
    ['rate_limited', 10 * SECOND, 5000, MINUTE],
    ['rate_limited', MINUTE, 1, 2 * MINUTE],
    ['rate_limited', MINUTE, 5000, 3 * MINUTE],
    ['rate_limited', 2 * HOUR, 5000, 6 * HOUR],
  ])('after %s, every %d ms, %d failures: %d', (code, intervalMs, failures, expected) => {
    const failed = code === undefined ? undefined : { code, retryAfterMs: undefined }
    for (const [random, share] of [
      [0, 0.9],
      [1, 1],
    ] as const) {
      const ms = nextLook({ intervalMs, failures, failed, tookMs: 0, random })
      expect(ms).toBeGreaterThanOrEqual(Math.min(expected * share, 2 ** 31 - 1))
      expect(ms).toBeLessThanOrEqual(expected)
    }
  })

  test.each([
    ['a refusal', 10 * SECOND, 0, 10 * SECOND],
    ['one that hung', 10 * SECOND, 8 * SECOND, 2 * SECOND],
    ['one that hung longer', 10 * SECOND, 40 * SECOND, 2 * SECOND],
  ])('after %s counts from the beginning of the last one', (_what, intervalMs, tookMs, expected) => {
    const failed = { code: 'timeout', retryAfterMs: undefined } as const
    expect(nextLook({ intervalMs, failures: 1, failed, tookMs, random: 1 })).toBe(expected)
  })

  test('is never sooner than wished, never beyond what a timer can wait, never at once, never late', () => {
    fc.assert(
      fc.property(
        fc.record({
          intervalMs: fc.integer({ min: 10 * SECOND, max: 2 ** 31 - 1 }),
          failures: fc.nat(2000),
          retryAfterMs: fc.option(fc.nat(2 * HOUR), { nil: undefined }),
          code: fc.constantFrom('unavailable' as const, 'rate_limited' as const, 'denied' as const),
          tookMs: fc.nat(MINUTE),
          random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        }),
        ({ code, retryAfterMs, ...facts }) => {
          const ms = nextLook({ ...facts, failed: { code, retryAfterMs } })
          const wished = Math.min(retryAfterMs ?? 0, HOUR)
          expect(ms).toBeGreaterThanOrEqual(Math.max(facts.intervalMs * 0.19, wished))
          expect(ms).toBeLessThan(2 ** 31)
          if (code !== 'rate_limited')
            expect(ms).toBeLessThanOrEqual(Math.max(facts.intervalMs, wished * 1.1))
        },
      ),
    )
  })
})

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe.concurrent('polling', () => {
  test('waits as long as the back end wishes, then goes on', async ({ expect }) => {
    const looks: number[] = []
    let changes = 0
    const { stop } = poll({
      intervalMs: 20,
      onChange: () => (changes += 1),
      look: async () => {
        looks.push(performance.now())
        if (looks.length === 2)
          throw new StoreError('rate_limited', 'slower', { retryable: true, retryAfterMs: 400 })
        return { seen: looks.length === 1 ? 'a' : 'b' }
      },
    })
    await expect.poll(() => changes).toBe(1)
    stop()
    const [, second = 0, third = 0] = looks
    expect(third - second).toBeGreaterThanOrEqual(395)
  })

  test('one that hangs ends at its deadline and is no change', async ({ expect }) => {
    let looks = 0
    let changes = 0
    const { stop } = poll({
      intervalMs: 20,
      deadlineMs: 30,
      onChange: () => (changes += 1),
      look: (signal) =>
        ++looks === 2
          ? new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('late'))))
          : Promise.resolve({ seen: 'same' }),
    })
    await expect.poll(() => looks).toBeGreaterThan(3)
    stop()
    expect(changes).toBe(0)
  })
})

describe.concurrent('watching by reading', () => {
  test('nobody looks unless it is said how often', () => {
    expect(watchWhenAsked(() => Promise.resolve([]), undefined)).toEqual({})
  })

  test('one that fails hides no other, none of them is no change, and each is told', async ({ expect }) => {
    const ok = (value: string): StoreAnswer => ({ ok: true, value })
    let answers = [ok('a'), ok('b')]
    let looks = 0
    let changes = 0
    const resolve = (): Promise<readonly StoreAnswer[]> => {
      looks += 1
      return Promise.resolve(answers)
    }
    const { watch } = watchWhenAsked(resolve, 10)
    let trouble: WatchTrouble | undefined
    const stop = watch?.(
      [{ path: 'A' }, { path: 'B' }],
      () => (changes += 1),
      (told) => (trouble = told),
    )
    const more = async (): Promise<void> => {
      const before = looks
      await expect.poll(() => looks).toBeGreaterThan(before + 2)
    }
    await more()
    answers = [failure('unavailable', 'no'), ok('b')]
    expect(trouble).toBeUndefined()
    await more()
    expect(changes).toBe(0)
    expect(trouble).toMatchObject({ error: { code: 'unavailable' } })
    answers = [failure('unavailable', 'no'), ok('c')]
    await expect.poll(() => changes).toBe(1)
    expect(trouble).toMatchObject({ error: { code: 'unavailable' } })
    answers = [failure('unavailable', 'no'), failure('unavailable', 'no')]
    await more()
    answers = [ok('a'), ok('c')]
    await more()
    expect(changes).toBe(1)
    expect(trouble).toBeUndefined()
    answers = [ok('z'), ok('c')]
    await expect.poll(() => changes).toBe(2)
    stop?.()
  })
})

describe.concurrent('watching files', () => {
  async function place(): Promise<{ dir: string; changes: () => number; settled: () => Promise<void> }> {
    const dir = await mkdtemp(join(tmpdir(), 'sidemux-watch-'))
    await mkdir(join(dir, 'a'))
    await writeFile(join(dir, 'a', 'one'), 'first')
    await writeFile(join(dir, 'two'), 'first')
    let changes = 0
    let stop = (): void => undefined
    await new Promise<void>((looked) => {
      stop = watchFiles([join(dir, 'a', 'one'), join(dir, 'two')], {
        onChange: () => (changes += 1),
        onLook: () => looked(),
        // So long that only events can be what is noticed.
        intervalMs: HOUR,
      })
    })
    onTestFinished(async () => {
      stop()
      await rm(dir, { recursive: true })
    })
    await pause(150)
    return { dir, changes: () => changes, settled: () => pause(250) }
  }

  test('in several directories: each that is other is a change, touching and neighbours are none', async ({
    expect,
  }) => {
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

  test('one that is gone is no change, and it is noticed when it is back with another content', async ({
    expect,
  }) => {
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

  test('a directory that is replaced as a whole, as git does, is watched on', async ({ expect }) => {
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
