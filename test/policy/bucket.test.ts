import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import { Bucket } from '../../src/policy/bucket.ts'

describe('Bucket', () => {
  test('starts full, then refills steadily', () => {
    const bucket = new Bucket('3/minute')
    expect([0, 0, 0].map((now) => bucket.take(now))).toEqual([{ ok: true }, { ok: true }, { ok: true }])
    expect(bucket.take(0)).toEqual({ ok: false, retryAfterMs: 20_000 })
    expect(bucket.take(5_000)).toEqual({ ok: false, retryAfterMs: 15_000 })
    expect(bucket.take(20_000)).toEqual({ ok: true })
    expect(bucket.take(20_000)).toEqual({ ok: false, retryAfterMs: 20_000 })
  })

  test('never holds more than its count', () => {
    const bucket = new Bucket('2/second')
    bucket.take(0)
    const taken = [1e9, 1e9, 1e9].map((now) => bucket.take(now).ok)
    expect(taken).toEqual([true, true, false])
  })

  test('a clock set back grants nothing and does not stop the refill', () => {
    const bucket = new Bucket('1/second')
    expect(bucket.take(100_000).ok).toBe(true)
    expect(bucket.take(50_000).ok).toBe(false)
    expect(bucket.take(50_999).ok).toBe(false)
    expect(bucket.take(51_000).ok).toBe(true)
  })

  test.each([
    ['3/hour', 3, '4/hour', 1],
    ['3/hour', 3, '3/day', 0],
    ['3/hour', 1, '2/second', 1],
    ['600/minute', 5, '3/hour', 0],
    ['3/hour', 0, '5/hour', 5],
  ])('from %s, %i taken, to %s: %i are left', (before, taken, after, left) => {
    const bucket = new Bucket(before)
    for (let n = 0; n < taken; n += 1) bucket.take(0)
    const changed = bucket.withRate(after, 0)
    const more = Array.from({ length: 10 }, () => changed.take(0).ok).filter(Boolean)
    expect(more).toHaveLength(left)
    const back = changed.withRate(before, 0)
    expect(back.look(0).ok).toBe(taken + left < Number.parseInt(before, 10))
  })

  test.each(['', '0/minute', '-1/minute', '5/week', '5', '5/minute ', '1e3/minute'])('refuses %j', (rate) => {
    expect(() => new Bucket(rate)).toThrow(TypeError)
  })

  test('over any stretch of time no more than count + elapsed × rate, and retryAfterMs is exact', () => {
    const units = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.constantFrom('second', 'minute', 'hour', 'day'),
        fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 200 }),
        (count, unit, waits) => {
          const bucket = new Bucket(`${count}/${unit}`)
          let now = 1_700_000_000_000
          const start = now
          let taken = 0
          for (const wait of waits) {
            now += wait
            const answer = bucket.take(now)
            if (answer.ok) {
              taken += 1
              continue
            }
            expect(answer.retryAfterMs).toBeLessThanOrEqual(Math.ceil(units[unit] / count))
            now += answer.retryAfterMs
            expect(bucket.take(now)).toEqual({ ok: true })
            taken += 1
          }
          expect(taken).toBeLessThanOrEqual(count + ((now - start) * count) / units[unit])
        },
      ),
    )
  })
})
