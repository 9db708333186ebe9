/** When a watch of a server's values says that one has changed, and when it looks again. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseTemplate } from '../../src/secrets/reference.ts'
import type { Resolution, ResolveRequest } from '../../src/secrets/resolve.ts'
import { watchRotation } from '../../src/secrets/rotation.ts'
import type { StoreErrorCode } from '../../src/secrets/store.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const FIELD = 'env.TOKEN'
const parsed = parseTemplate('${team:/TOKEN}')
if (!parsed.ok) throw new Error('not a template')
const requests: readonly ResolveRequest[] = [{ field: FIELD, template: parsed.template }]

const found = (value: string): Resolution => ({
  fields: new Map([[FIELD, { value, secrets: [] }]]),
  uses: [],
  problems: [],
})
const failed = (code: StoreErrorCode): Resolution => ({
  fields: new Map(),
  uses: [],
  problems: [{ field: FIELD, reference: '${team:/TOKEN}', store: 'team', code, message: 'no' }],
})

function start(): {
  now: { is: Resolution }
  looks(): number
  nudge(): void
  changes: string[][]
  stop(): void
} {
  const now = { is: found('first-value') }
  const changes: string[][] = []
  let looks = 0
  let nudge = (): void => {}
  const stop = watchRotation({
    serverId: 'srv',
    requests,
    leases: { declared: new Map(), taken: new Map() },
    fields: found('first-value').fields,
    onChange: (fields) => changes.push([...fields]),
    resolver: {
      resolve: () => {
        looks += 1
        return Promise.resolve(now.is)
      },
      watch: (_serverId, _requests, onChange) => {
        nudge = onChange
        return () => {}
      },
    },
  })
  return { now, looks: () => looks, nudge: () => nudge(), changes, stop }
}

describe('after the one look at its beginning', () => {
  test('it looks when a store says so, and says only what is another value', async () => {
    const watch = start()
    await vi.advanceTimersByTimeAsync(1000)
    expect(watch.looks()).toBe(1)
    watch.nudge()
    await vi.advanceTimersByTimeAsync(1000)
    expect([watch.looks(), watch.changes]).toEqual([2, []])
    watch.now.is = found('second-value')
    watch.nudge()
    watch.nudge()
    await vi.advanceTimersByTimeAsync(1000)
    expect([watch.looks(), watch.changes]).toEqual([3, [[FIELD]]])
    watch.stop()
  })

  test.each<StoreErrorCode>(['unavailable', 'timeout', 'rate_limited'])(
    'a change whose value is %s for a while is not lost',
    async (code) => {
      const watch = start()
      await vi.advanceTimersByTimeAsync(1000)
      watch.now.is = failed(code)
      watch.nudge()
      await vi.advanceTimersByTimeAsync(20_000)
      expect([watch.looks(), watch.changes]).toEqual([3, []])
      watch.now.is = found('second-value')
      await vi.advanceTimersByTimeAsync(30_000)
      expect(watch.changes).toEqual([[FIELD]])
      watch.stop()
    },
  )

  test('it gives up after a few looks, and begins anew with the next sign', async () => {
    const watch = start()
    await vi.advanceTimersByTimeAsync(1000)
    watch.now.is = failed('unavailable')
    watch.nudge()
    await vi.advanceTimersByTimeAsync(24 * 3_600_000)
    expect(watch.looks()).toBe(6)
    watch.nudge()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(watch.looks()).toBe(8)
    watch.stop()
    await vi.advanceTimersByTimeAsync(24 * 3_600_000)
    expect(watch.looks()).toBe(8)
  })

  test.each<StoreErrorCode>(['not_found', 'denied', 'auth', 'invalid_reference'])(
    'what is %s is not asked for again by itself',
    async (code) => {
      const watch = start()
      await vi.advanceTimersByTimeAsync(1000)
      watch.now.is = failed(code)
      watch.nudge()
      await vi.advanceTimersByTimeAsync(3_600_000)
      expect([watch.looks(), watch.changes]).toEqual([2, []])
      watch.stop()
    },
  )

  test('nor is anything when no store said that it changed', async () => {
    const watch = start()
    watch.now.is = failed('unavailable')
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(watch.looks()).toBe(1)
    watch.stop()
  })
})
