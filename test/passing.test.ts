import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { PassingMap, PassingSet } from '../src/passing.ts'

/** Always the same numbers below `most`. */
function numbers(): (most: number) => number {
  let state = 1
  return (most) => {
    state = (state * 48_271) % 2_147_483_647
    return state % most
  }
}

describe('does what V8’s own does', () => {
  it.each([1, 40, 500])('with up to %i at once', (most) => {
    const [map, set] = [new Map<number, string>(), new Set<number>()]
    const [passingMap, passingSet] = [new PassingMap<number, string>(), new PassingSet<number>()]
    const next = numbers()
    for (let step = 0; step < 4000; step += 1) {
      const key = next(most)
      if (next(2) === 0) {
        map.set(key, `${step}`)
        passingMap.set(key, `${step}`)
        set.add(key)
        passingSet.add(key)
      } else {
        expect(passingMap.delete(key)).toBe(map.delete(key))
        expect(passingSet.delete(key)).toBe(set.delete(key))
      }
      if (step % 1999 === 1500) for (const all of [map, set, passingMap, passingSet]) all.clear()
      expect([passingMap.size, passingMap.get(key), passingMap.has(key)]).toEqual([
        map.size,
        map.get(key),
        map.has(key),
      ])
      expect([passingSet.size, passingSet.has(key)]).toEqual([set.size, set.has(key)])
      if (step % 100 !== 0) continue
      expect([...passingMap]).toEqual([...map])
      expect([...passingMap.values()]).toEqual([...map.values()])
      expect([...passingSet]).toEqual([...set])
    }
  })

  it('to who goes through it while it changes', () => {
    const seenIn = (set: Set<number> | PassingSet<number>): readonly number[] => {
      for (let key = 0; key < 1000; key += 1) set.add(key)
      const seen: number[] = []
      for (const key of set) {
        seen.push(key)
        set.delete(key)
        set.delete(key + 1)
        if (key < 1500 && key % 3 === 0) set.add(key + 1000)
        if (seen.length === 1200) break
      }
      return [...seen, -1, ...set]
    }
    expect(seenIn(new PassingSet())).toEqual(seenIn(new Set()))
  })
})

describe('keeps nothing of what has gone (promise 9)', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options?: { type: 'minor' }) => void
  const oldBytes = (): number =>
    getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')?.space_used_size ?? NaN

  /** Of so many that come and go, what the old part of the heap has more afterwards, before a full collection. */
  function left(
    add: (key: number, call: object) => void,
    remove: (key: number, call: object) => void,
  ): number {
    const calls: object[] = []
    const some = (from: number): void => {
      for (let key = from; key < from + 100; key += 1) {
        calls.push({ args: Array.from({ length: 100 }, () => key) })
        add(key, calls.at(-1) ?? {})
        if (calls.length > 8) remove(key - 8, calls.shift() ?? {})
      }
      collect({ type: 'minor' })
    }
    some(0)
    // Now it is in the old part.
    collect()
    const before = oldBytes()
    for (let from = 100; from < 10_000; from += 100) some(from)
    return oldBytes() - before
  }

  it.each([
    ['PassingMap', new Map<number, object>(), new PassingMap<number, object>()],
    ['PassingSet', new Set<object>(), new PassingSet<object>()],
  ])('%s', (_what, ofV8, passing) => {
    const leftIn = (
      one: Map<number, object> | PassingMap<number, object> | Set<object> | PassingSet<object>,
    ) =>
      left(
        (key, call) => void ('set' in one ? one.set(key, call) : one.add(call)),
        (key, call) => void ('set' in one ? one.delete(key) : one.delete(call)),
      )
    expect(leftIn(passing) * 3).toBeLessThan(leftIn(ofV8))
  })
})
