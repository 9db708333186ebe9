import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { LeaseHold, leaseFacts, settledFacts, type LeaseEvent } from '../../../src/secrets/leases/hold.ts'
import type { HeldLease } from '../../../src/secrets/leases/keeper.ts'
import { Secret } from '../../../src/secrets/secret.ts'
import { StoreError } from '../../../src/secrets/store.ts'

const MINUTE = 60_000

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
})
afterEach(() => {
  vi.useRealTimers()
})

function lease(expiresAt: number, renewable = true): HeldLease {
  return {
    handle: 'h',
    leaseId: 'database/creds/ro/1',
    order: { store: 'team', path: '/db', server: 'box' },
    fields: new Map([['PASSWORD', new Secret('hunter2-hunter2', 'box.db#PASSWORD')]]),
    expiresAt,
    renewable,
  }
}

/** `renew` answers in turn: a new expiry, `no`, or an error. */
function setup(first: HeldLease, answers: (number | 'no' | StoreError)[] = []) {
  const seen = {
    renewedAt: [] as number[],
    revoked: 0,
    stale: [] as string[],
    events: [] as LeaseEvent[],
    lose: (): void => {},
    end: (): void => {},
  }
  const hold = new LeaseHold({
    leases: new Map([['db', first]]),
    keeper: {
      renew: async (held) => {
        seen.renewedAt.push(Date.now())
        const answer = answers.shift() ?? 'no'
        if (answer instanceof StoreError) throw answer
        return answer === 'no' ? undefined : { ...held, expiresAt: answer }
      },
      revoke: async () => {
        seen.revoked += 1
        return 'revoked'
      },
      onEnded: (_lease, listener) => {
        seen.end = listener
        return () => {
          seen.end = () => {}
        }
      },
      onLost: (listener) => {
        seen.lose = listener
        return () => {
          seen.lose = () => {}
        }
      },
    },
    watch: () => () => {},
    onEvent: (event) => seen.events.push(event),
    now: Date.now,
  })
  hold.begin((why) => seen.stale.push(why))
  return { hold, seen }
}

describe('a lease', () => {
  test('is renewed at two thirds of the remaining life that the back end reports', async () => {
    const { seen } = setup(lease(30 * MINUTE), [50 * MINUTE, 80 * MINUTE])
    await vi.advanceTimersByTimeAsync(19 * MINUTE)
    expect(seen.renewedAt).toEqual([])
    await vi.advanceTimersByTimeAsync(MINUTE)
    expect(seen.renewedAt).toEqual([20 * MINUTE])
    await vi.advanceTimersByTimeAsync(20 * MINUTE)
    expect(seen.renewedAt).toEqual([20 * MINUTE, 40 * MINUTE])
    expect(seen.stale).toEqual([])
  })

  test.each([
    ['it can not be renewed', lease(3 * MINUTE, false), [], 0],
    ['the back end says no', lease(3 * MINUTE), ['no' as const], 1],
    ['a renewal gains less than a minute', lease(3 * MINUTE), [3 * MINUTE + 59_000], 1],
    ['renewing is denied', lease(3 * MINUTE), [new StoreError('denied', 'no')], 1],
  ])('makes the run stale with a third of its life left when %s', async (_what, first, answers, asked) => {
    const { seen } = setup(first, answers)
    await vi.advanceTimersByTimeAsync(2 * MINUTE - 1)
    expect(seen.stale).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(seen.stale).toEqual(['lease "db" can\'t be extended'])
    expect(seen.renewedAt).toHaveLength(asked)
  })

  test('is asked for again while there is time when the store is out of reach', async () => {
    const down = (): StoreError => new StoreError('unavailable', 'down', { retryable: true })
    const { seen } = setup(lease(9 * MINUTE), [down(), down(), 60 * MINUTE])
    await vi.advanceTimersByTimeAsync(8.9 * MINUTE)
    expect(seen.renewedAt).toHaveLength(3)
    expect(seen.stale).toEqual([])
    expect(seen.events.map(({ phase, outcome }) => `${phase} ${outcome}`)).toEqual([
      'not-renewed unavailable',
      'not-renewed unavailable',
      'renewed ok',
    ])
  })

  test('is given back once, and neither renewed nor stale after that', async () => {
    const { hold, seen } = setup(lease(3 * MINUTE))
    await Promise.all([hold.release(), hold.release()])
    await vi.advanceTimersByTimeAsync(10 * MINUTE)
    expect(seen).toMatchObject({ revoked: 1, renewedAt: [], stale: [] })
  })

  test('that is lost with the clerk makes the run stale', () => {
    const { seen } = setup(lease(3 * MINUTE))
    seen.lose()
    expect(seen.stale).toEqual(['the lease clerk ended'])
  })

  test('that was revoked at the back end makes the run stale at once, and is written down', async () => {
    const { hold, seen } = setup(lease(3 * MINUTE))
    seen.end()
    expect(seen.stale).toEqual(['lease "db" was revoked at its store'])
    expect(seen.events.map(({ phase, outcome }) => `${phase} ${outcome}`)).toEqual(['ended gone'])
    await hold.release()
    expect(seen.revoked).toBe(1)
  })

  test('is written down by id and reference, never a value (promises 3 and 6)', () => {
    const facts = leaseFacts('box', { phase: 'leased', lease: lease(MINUTE), outcome: 'ok' })
    expect(facts).toEqual({
      phase: 'leased',
      server: 'box',
      store: 'team',
      path: '/db',
      lease: 'database/creds/ro/1',
      outcome: 'ok',
      expires: '1970-01-01T00:01:00.000Z',
    })
    // What a clerk did alone has the same members, and says when.
    const held = { held: 'database/creds/ro/1', store: 'team', path: '/db', server: 'box', at: 'x' }
    const alone = settledFacts({
      lease: { ...held, expires: '1970-01-01T00:01:00.000Z' },
      outcome: 'revoked',
      at: '1970-01-01T00:00:30.000Z',
    })
    expect(alone).toEqual({ ...facts, phase: 'settled', outcome: 'revoked', at: '1970-01-01T00:00:30.000Z' })
  })
})
