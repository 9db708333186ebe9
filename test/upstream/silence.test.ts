/** How long a request may take: no time passes while somebody is asked, and none without end. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Deadlines } from '../../src/upstream/session/times/deadlines.ts'
import { Silence } from '../../src/upstream/session/times/silence.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function silence(deadlines = new Deadlines()): { of: Silence; over: number[] } {
  const over: number[] = []
  const limits = { silenceMs: 1000, totalMs: 10_000, onOver: (afterMs: number) => over.push(afterMs) }
  const of = new Silence(limits, deadlines)
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

describe('the timers of all requests', () => {
  it('are one, which is gone soon after the last request', () => {
    const deadlines = new Deadlines()
    const before = vi.getTimerCount()
    const many = Array.from({ length: 1000 }, () => silence(deadlines))
    expect(vi.getTimerCount() - before).toBe(1)
    for (const { of } of many) of.end()
    vi.advanceTimersByTime(250)
    expect(vi.getTimerCount()).toBe(before)
    expect(many.flatMap(({ over }) => over)).toEqual([])
  })

  it('end each at its own time, whatever the order in which they began', () => {
    const deadlines = new Deadlines()
    const ended: number[] = []
    for (const silenceMs of [3000, 500, 20_000, 501, 7000])
      void new Silence({ silenceMs, totalMs: 60_000, onOver: (afterMs) => ended.push(afterMs) }, deadlines)
    const at = [499, 1, 1, 2499, 4000, 12_999, 1].map((ms) => {
      vi.advanceTimersByTime(ms)
      return ended.length
    })
    expect(at).toEqual([0, 1, 2, 3, 4, 4, 5])
    expect(ended).toEqual([500, 501, 3000, 7000, 20_000])
  })

  it('begin anew for a request that comes while another is told that its time is over', () => {
    const deadlines = new Deadlines()
    const ended: string[] = []
    const again = { silenceMs: 100, totalMs: 1000, onOver: () => ended.push('second') }
    const first = { ...again, onOver: () => [ended.push('first'), new Silence(again, deadlines)] }
    void new Silence(first, deadlines)
    vi.advanceTimersByTime(200)
    expect(ended).toEqual(['first', 'second'])
  })
})
