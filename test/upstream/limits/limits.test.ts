/** How much of the machine a server may use: how that is written, judged and watched (promise 1). */
import { describe, expect, test } from 'vitest'
import { limitsOption, parseSize } from '../../../src/upstream/limits.ts'
import { excessOf, type Usage } from '../../../src/upstream/process/limits/excess.ts'
import { Pacer } from '../../../src/upstream/process/limits/pacer.ts'
import { LimitWatch, type Watched } from '../../../src/upstream/process/limits/watch.ts'

const GB = 2 ** 30

test.each<[string, number | undefined]>([
  ['512m', 512 * 2 ** 20],
  ['1.5g', 1.5 * GB],
  ['8GiB', 8 * GB],
  ['8 GB', 8 * GB],
  ['64K', 65_536],
  ['100', undefined],
  ['-1g', undefined],
  ['1e9g', undefined],
  ['g', undefined],
])('a size is written as %s', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes)
})

test.each([{ memory: '1m' }, { memory: 512 }, { cpu: 0 }, { processes: 0 }, { processes: 1.5 }, { cpus: 1 }])(
  '%o is refused',
  (option) => {
    expect(limitsOption.safeParse(option).success).toBe(false)
  },
)

describe('what is too much', () => {
  const machine = { memory: 16 * GB, available: 8 * GB }
  const short = { ...machine, available: 0.2 * GB }
  test.each<[string, Partial<Usage>, object, typeof machine, string | undefined]>([
    ['little', {}, {}, machine, undefined],
    [
      'more than its memory',
      { memory: 3 * GB },
      { memory: 2 * GB },
      machine,
      '3 GiB of memory (of at most 2 GiB)',
    ],
    ['less than that', { memory: 2 * GB }, { memory: 2 * GB }, machine, undefined],
    ['most of the machine', { memory: 12.5 * GB }, {}, machine, '12.5 GiB of memory (of at most 12 GiB)'],
    ['much of it', { memory: 6 * GB }, {}, machine, undefined],
    ['much while none is left', { memory: 6 * GB }, {}, short, '6 GiB of memory while this machine'],
    ['not so much while none is left', { memory: 3 * GB }, {}, short, undefined],
    ['what it was given while none is left', { memory: 6 * GB }, { memory: 7 * GB }, short, undefined],
    ['many processes', { processes: 1001 }, {}, machine, 'more than 1000 processes'],
    ['those that it was given', { processes: 1001 }, { processes: 2000 }, machine, undefined],
  ])('%s', (_, usage, limits, on, why) => {
    const excess = excessOf({ processes: 3, memory: GB / 10, ...usage }, limits, on)
    if (why === undefined) expect(excess).toBeUndefined()
    else expect(excess?.why).toContain(why)
  })
})

describe.runIf(process.platform === 'linux')('the watch', () => {
  const scene = () => {
    const facts = { available: 8 * GB, tasks: 100, usage: { processes: 1, memory: 0 } as Usage, looks: 0 }
    const watch = new LimitWatch({
      memory: () => 16 * GB,
      available: () => facts.available,
      everyTask: () => facts.tasks,
      usage: () => ((facts.looks += 1), facts.usage),
    })
    const said: string[] = []
    const watched: Watched = {
      by: undefined,
      limits: () => ({}),
      onExcess: ({ setting }) => said.push(setting),
    }
    // No process has this number, so nothing is ever signalled.
    const PID = 2 ** 30
    watch.add(PID, watched)
    return { watch, facts, said, PID }
  }

  test('looks through a tree every five seconds, and at once when the machine has less', () => {
    const { watch, facts, PID } = scene()
    const looksAt = (now: number): number => {
      const before = facts.looks
      watch.tick(now)
      return facts.looks - before
    }
    expect([0, 250, 4750, 5000].map(looksAt)).toEqual([1, 0, 0, 1])
    facts.available -= 2 ** 27
    expect([5250, 5500].map(looksAt)).toEqual([1, 0])
    facts.tasks += 100
    expect([5750, 6000].map(looksAt)).toEqual([1, 0])
    // Slowly, and then it counts from the best that was seen.
    facts.available += GB
    expect(looksAt(6250)).toBe(0)
    facts.available -= 2 ** 27
    expect(looksAt(6500)).toBe(1)
    watch.remove(PID)
  })

  test('says once what is too much', () => {
    const { watch, facts, said } = scene()
    facts.usage = { processes: 5000, memory: 0 }
    watch.tick(0)
    watch.tick(9000)
    expect(said).toEqual(['processes'])
  })
})

describe('one that keeps too many processors busy', () => {
  /** Runs so many quarters of a second of a tree that uses two processors whenever it may. */
  const run = (quarters: number, processors: (at: number) => number | undefined) => {
    let used = 0
    let isPaused = false
    const signals: string[] = []
    const pacer = new Pacer(0, false, {
      seconds: () => used,
      signal: (signal) => {
        isPaused = signal === 'SIGSTOP'
        signals.push(signal)
      },
    })
    for (let at = 0; at < quarters; at++) {
      pacer.tick(at * 250, processors(at))
      if (!isPaused) used += 0.5
    }
    return { used, signals, isPaused }
  }

  test.each([0.05, 0.5, 1, 1.5])('is held to %d of them', (processors) => {
    const { used } = run(400, () => processors)
    // What it may catch up on, and what it can do before anybody looks again.
    expect(used).toBeGreaterThanOrEqual(99 * processors)
    expect(used).toBeLessThanOrEqual(100 * processors + processors + 0.5)
  })

  test('is never paused where it may use more', () => {
    expect(run(100, () => 2).signals).toEqual([])
    expect(run(100, () => undefined).signals).toEqual([])
  })

  test('goes on when its limit is taken away', () => {
    expect(run(20, (at) => (at < 10 ? 0.05 : undefined)).isPaused).toBe(false)
  })
})
