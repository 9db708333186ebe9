/** How long a request may take: no time passes while somebody is asked, and none without end. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Silence } from '../../src/upstream/silence.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function silence(): { of: Silence; over: number[] } {
  const over: number[] = []
  const of = new Silence({ silenceMs: 1000, totalMs: 10_000, onOver: (afterMs) => over.push(afterMs) })
  return { of, over }
}

const HOUR = 3_600_000

describe('a request', () => {
  it('is over when it was silent for too long, or took too long in all', () => {
    const { of, over } = silence()
    vi.advanceTimersByTime(1000)
    expect(over).toEqual([1000])
    of.end()
    const alive = silence()
    for (let n = 0; n < 20; n += 1) {
      vi.advanceTimersByTime(900)
      if (alive.over.length === 0) alive.of.touch()
    }
    expect(alive.over).toEqual([10_000])
  })

  it('has all the time that a human takes', () => {
    const { of, over } = silence()
    vi.advanceTimersByTime(900)
    of.hold()
    of.hold()
    vi.advanceTimersByTime(HOUR)
    of.release()
    vi.advanceTimersByTime(HOUR)
    of.release()
    vi.advanceTimersByTime(999)
    expect(over).toEqual([])
    vi.advanceTimersByTime(1)
    expect(over).toEqual([1000])
  })

  it('is not held for ever by a server that asks all the time (promise 1)', () => {
    const { of, over } = silence()
    for (let n = 0; n < 100_000 && over.length === 0; n += 1) {
      of.hold()
      vi.advanceTimersByTime(500)
      of.release()
    }
    expect(over).toEqual([4 * HOUR])
  })
})
