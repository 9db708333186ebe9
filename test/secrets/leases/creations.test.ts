/** A creation whose answer was lost may have made a lease, so there is no second one soon (promise 8). */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Creations } from '../../../src/secrets/leases/creations.ts'
import { StoreError, type Lease } from '../../../src/secrets/store.ts'

const ORDER = { store: 'team', path: '/db', server: 'pg' }
const LEASE: Lease = { id: 'lease-1', fields: new Map(), expiresAt: 0, renewable: false }

function setup() {
  const clock = { now: 0, sent: 0 }
  const creations = new Creations(() => clock.now)
  const send = (outcome: Error | undefined, order = ORDER): Promise<Lease> =>
    creations.send(async () => {
      clock.sent += 1
      if (outcome !== undefined) throw outcome
      return LEASE
    }, order)
  return { clock, send }
}

describe('after a creation', () => {
  it.each<[string, Error | undefined, 'at once' | 'later']>([
    ['that worked', undefined, 'at once'],
    ['that was denied', new StoreError('denied', 'no'), 'at once'],
    ['whose answer was lost', new StoreError('timeout', 'lost', { unheard: true }), 'later'],
    ['that failed in a way nobody knows', new Error('half-way'), 'later'],
  ])('%s', async (_what, outcome, next) => {
    const { clock, send } = setup()
    await send(outcome).catch(() => {})
    if (next === 'later') {
      clock.now = 59_999
      await expect(send(undefined)).rejects.toMatchObject({ code: 'unavailable', unheard: false })
      expect(clock.sent).toBe(1)
      clock.now = 60_000
    }
    await expect(send(undefined)).resolves.toBe(LEASE)
    expect(clock.sent).toBe(2)
  })

  it('whose answer was lost, asking too early makes the wait no longer', async () => {
    const { clock, send } = setup()
    await send(new Error('lost')).catch(() => {})
    clock.now = 59_000
    await send(undefined).catch(() => {})
    clock.now = 60_000
    await expect(send(undefined)).resolves.toBe(LEASE)
  })

  it.each([
    ['store', { ...ORDER, store: 'other' }],
    ['path', { ...ORDER, path: '/cache' }],
    ['server', { ...ORDER, server: 'web' }],
  ])('whose answer was lost, that of another %s is sent', async (_what, other) => {
    const { send } = setup()
    await send(new Error('lost')).catch(() => {})
    await expect(send(undefined, other)).resolves.toBe(LEASE)
  })
})

describe('a store that never answers', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is given up after 20 s, its signal with it, and not asked again', async () => {
    const creations = new Creations(() => 0)
    let signal: AbortSignal | undefined
    const never = creations.send((_reference, _ttlMs, context) => {
      signal = context.signal
      return new Promise((_resolve, reject) => {
        context.signal.addEventListener('abort', () => reject(context.signal.reason as Error))
      })
    }, ORDER)
    const given = expect(never).rejects.toMatchObject({ code: 'timeout', unheard: true })
    await vi.advanceTimersByTimeAsync(20_000)
    await given
    expect(signal?.aborted).toBe(true)
    await expect(creations.send(async () => LEASE, ORDER)).rejects.toMatchObject({ code: 'unavailable' })
  })
})
