/** When a watch of a server's values says that one has changed, and when it looks again. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseTemplate } from '../../src/secrets/reference.ts'
import type { Resolution, ResolveRequest } from '../../src/secrets/resolve/resolve.ts'
import { watchRotation } from '../../src/secrets/resolve/rotation.ts'
import { StoreError, type StoreErrorCode, type WatchTrouble } from '../../src/secrets/store.ts'
import { WatchHealth } from '../../src/secrets/resolve/watch-health.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const FIELD = 'env.TOKEN'
const parsed = parseTemplate('${team:/TOKEN}')
if (!parsed.ok) throw new Error('not a template')
const requests: readonly ResolveRequest[] = [{ field: FIELD, template: parsed.template }]

const found = (value: string): Resolution => ({
  fields: new Map([[FIELD, { value, secrets: [] }]]),
  uses: [],
  values: new Map(),
  problems: [],
})
const failed = (code: StoreErrorCode, retryable = false, retryAfterMs?: number): Resolution => ({
  fields: new Map(),
  uses: [],
  values: new Map(),
  problems: [
    {
      field: FIELD,
      reference: '${team:/TOKEN}',
      store: 'team',
      code,
      message: 'no',
      retryable,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    },
  ],
})
const trouble: WatchTrouble = { error: new StoreError('unavailable', 'no'), times: 1, since: 0 }

function start(): {
  now: { is: Resolution }
  looks(): number
  nudge(): void
  saw(trouble: WatchTrouble | undefined): void
  changes: string[][]
  stop(): void
} {
  const now = { is: found('first-value') }
  const changes: string[][] = []
  let looks = 0
  let nudge = (): void => {}
  let saw = (_trouble: WatchTrouble | undefined): void => {}
  const stop = watchRotation({
    serverId: 'srv',
    requests,
    leases: { declared: new Map(), taken: new Map() },
    fields: found('first-value').fields,
    health: new WatchHealth(() => {}),
    onChange: (fields) => changes.push([...fields]),
    resolver: {
      resolve: () => {
        looks += 1
        return Promise.resolve(now.is)
      },
      watch: (_serverId, _requests, onChange, onLook) => {
        nudge = onChange
        saw = (trouble) => onLook('team', trouble)
        return () => {}
      },
    },
  })
  return { now, looks: () => looks, nudge: () => nudge(), saw: (trouble) => saw(trouble), changes, stop }
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

  test('while its store is only out of reach, it is looked for on and on, and never late', async () => {
    const watch = start()
    await vi.advanceTimersByTimeAsync(1000)
    watch.now.is = failed('unavailable', true)
    watch.nudge()
    await vi.advanceTimersByTimeAsync(3 * 3_600_000)
    expect(watch.changes).toEqual([])
    watch.now.is = found('second-value')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(watch.changes).toEqual([[FIELD]])
    watch.stop()
  })

  test('and not before a store wishes to be asked', async () => {
    const watch = start()
    await vi.advanceTimersByTimeAsync(1000)
    watch.now.is = failed('rate_limited', true, 300_000)
    watch.nudge()
    await vi.advanceTimersByTimeAsync(299_000)
    expect(watch.looks()).toBe(2)
    await vi.advanceTimersByTimeAsync(2000)
    expect(watch.looks()).toBe(3)
    watch.stop()
  })

  test.each<[when: string, sign: boolean]>([
    ['right after its launch', false],
    ['when a store said that it changed', true],
  ])('what could not be told %s is looked for when the store can be watched again', async (_when, sign) => {
    const watch = start()
    if (sign) await vi.advanceTimersByTimeAsync(1000)
    watch.now.is = failed('auth')
    watch.saw(trouble)
    if (sign) watch.nudge()
    await vi.advanceTimersByTimeAsync(3_600_000)
    const looks = watch.looks()
    watch.now.is = found('second-value')
    watch.saw(undefined)
    await vi.advanceTimersByTimeAsync(100)
    expect([watch.looks(), watch.changes]).toEqual([looks + 1, [[FIELD]]])
    // Nothing is open any more, so this is no reason to look.
    watch.now.is = found('first-value')
    watch.nudge()
    await vi.advanceTimersByTimeAsync(100)
    watch.saw(trouble)
    watch.saw(undefined)
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(watch.looks()).toBe(looks + 2)
    watch.stop()
  })

  test('nor is anything when no store said that it changed', async () => {
    const watch = start()
    watch.now.is = failed('unavailable')
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(watch.looks()).toBe(1)
    watch.stop()
  })
})
