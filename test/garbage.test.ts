import { setImmediate as turn } from 'node:timers/promises'
import { expect, it, vi } from 'vitest'
import {
  exposed,
  FULL_BYTES,
  Garbage,
  GARBAGE,
  GROWN_BYTES,
  MANY_CALLS,
  YOUNG_BYTES,
} from '../src/garbage.ts'
import { LineFramer, type LargeLine } from '../src/wire/framing.ts'

function rig({ canCollect = true } = {}) {
  const seen = { done: [] as string[], exposed: 0, used: 100, collected: 0 }
  const turns: (() => void)[] = []
  const waits: (() => void)[] = []
  const garbage = new Garbage({
    expose: () => {
      seen.exposed += 1
      return canCollect
        ? (...options) => void seen.done.push(options.length === 0 ? 'all' : 'new')
        : undefined
    },
    used: () => seen.used,
    soon: (act) => void turns.push(act),
    later: (act) => void waits.push(act),
    onCollected: () => void (seen.collected += 1),
  })
  const run = (acts: (() => void)[]): void => {
    for (const act of acts.splice(0)) act()
  }
  const call = (times: number): void => {
    for (let time = 0; time < times; time += 1) garbage.called()
  }
  /** Calls that came after the wait began make it begin once more. */
  const quiet = (): void => {
    run(waits)
    run(waits)
  }
  return { garbage, seen, turns, waits, run, quiet, call }
}

it('collects what is new after some MB of long lines, once and between two turns (promise 9)', () => {
  const { garbage, seen, turns, run } = rig()
  garbage.passed(YOUNG_BYTES - 1, false)
  expect(turns).toHaveLength(0)
  garbage.passed(1, false)
  garbage.passed(YOUNG_BYTES, false)
  expect([turns.length, seen.done]).toEqual([1, []])
  run(turns)
  garbage.passed(YOUNG_BYTES - 1, false)
  expect([turns.length, seen.done, seen.exposed]).toEqual([0, ['new'], 1])
  garbage.passed(1, false)
  run(turns)
  expect([seen.done, seen.exposed, seen.collected]).toEqual([['new', 'new'], 1, 2])
})

it('collects all only when nothing was read or called since the last look', () => {
  const { garbage, seen, waits, run, call } = rig()
  garbage.passed(FULL_BYTES, false)
  expect(waits).toHaveLength(1)
  call(1)
  run(waits)
  expect([seen.done, waits.length]).toEqual([[], 1])
  garbage.passed(100_000, false)
  run(waits)
  expect([seen.done, waits.length]).toEqual([[], 1])
  run(waits)
  expect([seen.done, waits.length]).toEqual([['all'], 0])
  garbage.passed(FULL_BYTES - 1, false)
  expect(waits).toHaveLength(0)
})

it('collects all after many calls where the heap has grown, and not otherwise', () => {
  const { seen, waits, quiet, call } = rig()
  call(MANY_CALLS - 1)
  expect(waits).toHaveLength(0)
  call(MANY_CALLS)
  expect(waits).toHaveLength(1)
  quiet()
  expect(seen.done).toEqual([])
  seen.used += GROWN_BYTES
  call(MANY_CALLS)
  quiet()
  expect(seen.done).toEqual(['all'])
  call(MANY_CALLS)
  quiet()
  expect(seen.done).toEqual(['all'])
})

it('has what is only kept to be used again given back before all is collected, and at no other time', () => {
  const { garbage, seen, turns, waits, run } = rig()
  garbage.whenAll(() => void seen.done.push('given back'))
  garbage.passed(FULL_BYTES, false)
  run(turns)
  run(waits)
  expect(seen.done).toEqual(['new', 'given back', 'all'])
})

it('leaves V8 alone where it has no means', () => {
  const { garbage, seen, turns, run } = rig({ canCollect: false })
  for (let time = 0; time < 3; time += 1) {
    garbage.passed(YOUNG_BYTES, false)
    run(turns)
  }
  expect([seen.done, seen.exposed]).toEqual([[], 1])
})

it('leaves what is new to V8 where texts are made of lines, and counts them for the rest', () => {
  const { garbage, turns, waits } = rig()
  garbage.passed(FULL_BYTES, true)
  expect([turns.length, waits.length]).toEqual([0, 1])
})

it('is told of lines that came in several chunks, and whether texts are made of them', () => {
  const told = vi.spyOn(GARBAGE, 'passed').mockReturnValue()
  for (const largeBytes of [Infinity, 1000]) {
    const framer = new LineFramer<LargeLine>({ largeBytes })
    for (const part of ['"', 'x'.repeat(65_536), 'y'.repeat(65_536), '"\n{}\n', '{"a":', '1}\n'])
      expect([...framer.push(Buffer.from(part))]).toBeDefined()
  }
  expect(told.mock.calls).toEqual([
    [131_074, true],
    [131_074, false],
  ])
  told.mockRestore()
})

it('finds the means of V8, and shows it to nobody', async () => {
  GARBAGE.passed(YOUNG_BYTES, false)
  await new Promise((done) => {
    setImmediate(done)
  })
  expect(globalThis.gc).toBeUndefined()
})

it('V8’s function collects what is new, and without options also what has outlived that', async () => {
  const collect = exposed()
  let kept: object | undefined = { text: 'x' }
  const ref = new WeakRef(kept)
  for (let time = 0; time < 3; time += 1) {
    await turn()
    collect?.({ type: 'minor' })
  }
  kept = undefined
  await turn()
  collect?.({ type: 'minor' })
  expect(ref.deref()).toBeDefined()
  // What a turn has looked at lives as long as it does.
  await turn()
  collect?.()
  expect(ref.deref()).toBeUndefined()
  expect(kept).toBeUndefined()
})
