/** A back end that wishes to be left alone: how it says so, that every store hands it on, and that all who ask keep to it. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { Creations } from '../../src/secrets/leases/creations.ts'
import { StoreError, type Lease, type Store } from '../../src/secrets/store.ts'
import { parseRetryAfter } from '../../src/net/retry-after.ts'
import { keeping, Wishes } from '../../src/secrets/stores/shared/wishes.ts'
import { NAMES, request, resolverOf, RIGS, useRigs } from './rigs.ts'

useRigs()

const NOW = Date.parse('2026-11-28T12:00:00Z')
const HOUR = 3_600_000

describe('the header', () => {
  test.each<[header: string | null | undefined, serverTime: number | undefined, ms: number | undefined]>([
    ['41', undefined, 41_000],
    [' 41 ', undefined, 41_000],
    ['0', undefined, 0],
    ['1.5', undefined, 1500],
    ['Sat, 28 Nov 2026 12:00:41 GMT', undefined, 41_000],
    ['Saturday, 28-Nov-26 12:00:41 GMT', undefined, 41_000],
    ['Sat Nov 28 12:00:41 2026', undefined, 41_000],
    // Its clock is an hour ahead of, or behind, ours: the moment counts from its own Date.
    ['Sat, 28 Nov 2026 13:00:41 GMT', NOW + HOUR, 41_000],
    ['Sat, 28 Nov 2026 11:00:41 GMT', NOW - HOUR, 41_000],
    ['Sat, 28 Nov 2026 11:59:00 GMT', undefined, 0],
    ['Wed, 30 Dec 2026 00:00:00 GMT', undefined, HOUR],
    ['2678400', undefined, HOUR],
    ['99999999999999999999999999', undefined, HOUR],
    ['Sat, 28 Nov 9999 12:00:41 GMT', undefined, HOUR],
    ['-5', undefined, undefined],
    ['soon', undefined, undefined],
    ['Infinity', undefined, undefined],
    ['Sat, 99 Nov 2026 99:00:00 GMT', undefined, undefined],
    ['', undefined, undefined],
    [null, undefined, undefined],
    [undefined, undefined, undefined],
  ])('%s (server time %s): %s ms', (header, serverTime, ms) => {
    expect(parseRetryAfter(header, { serverTime, now: NOW })).toBe(ms)
  })
})

const inSeconds = (seconds: number, skewMs = 0): string =>
  new Date(Date.now() + skewMs + seconds * 1000).toUTCString()

describe.each(NAMES)('%s', (name) => {
  test.each<[what: string, status: number, retryAfter: () => string, skewMs: number, code: string]>([
    ['429, seconds', 429, () => '41', 0, 'rate_limited'],
    ['429, a date', 429, () => inSeconds(41), 0, 'rate_limited'],
    ['429, a date of a clock an hour ahead', 429, () => inSeconds(41, HOUR), HOUR, 'rate_limited'],
    ['503, seconds', 503, () => '41', 0, 'unavailable'],
    ['502, a date', 502, () => inSeconds(41), 0, 'unavailable'],
    ['429, next year', 429, () => '31536000', 0, 'rate_limited'],
  ])('hands on what it heard: %s', async (_what, status, retryAfter, skewMs, code) => {
    const { server, store, path, on, close } = await RIGS[name](skewMs)
    onTestFinished(close)
    server.fail('rate-limited', { on, status, retryAfter: retryAfter() })
    const [problem] = (await resolverOf(store, 2500).resolve('srv', [request(path)])).problems
    expect(problem?.code).toBe(code)
    const expected = retryAfter() === '31536000' ? HOUR : 41_000
    expect(problem?.retryAfterMs).toBeGreaterThan(expected - 2500)
    expect(problem?.retryAfterMs).toBeLessThanOrEqual(expected + 1000)
  })

  test('is left alone as long as it wishes, by every server', async () => {
    const { server, store, path, on, close } = await RIGS[name]()
    onTestFinished(close)
    server.fail('rate-limited', { on, times: 1, retryAfter: 41 })
    const resolver = resolverOf(store, 2500)
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const [problem] = (await resolver.resolve(id, [request(path)])).problems
      expect(problem).toMatchObject({ code: 'rate_limited', store: 'cloud' })
      expect(problem?.retryAfterMs).toBeGreaterThan(38_000)
    }
    expect(server.count(on)).toBe(1)
  })
})

// AWS and Doppler have no login.
test.each(NAMES.filter((name) => name !== 'aws-sm' && name !== 'doppler'))(
  '%s hands on what its login heard',
  async (name) => {
    const { server, store, path, close } = await RIGS[name]()
    onTestFinished(close)
    server.fail('rate-limited', { on: 'login', retryAfter: 41 })
    const [problem] = (await resolverOf(store, 2500).resolve('srv', [request(path)])).problems
    expect(problem).toMatchObject({ code: 'rate_limited', retryAfterMs: 41_000 })
  },
)

test.each([
  ['vault', '/database/creds/ro'],
  ['infisical', '/db/RO'],
] as const)('%s hands on what it heard when a lease was wanted', async (name, path) => {
  const { server, store, close } = await RIGS[name]()
  onTestFinished(close)
  server.fail('rate-limited', { on: 'lease', retryAfter: 41 })
  const signal = AbortSignal.timeout(5000)
  await expect(store.lease?.({ path }, undefined, { serverId: 'srv', signal })).rejects.toMatchObject({
    code: 'rate_limited',
    retryable: false,
    retryAfterMs: 41_000,
  })
})

describe('what is remembered', () => {
  const limited = (retryAfterMs: number): StoreError =>
    new StoreError('rate_limited', 'slower', { hint: 'wait', retryable: true, retryAfterMs })

  test('the longest wish, what is left of it, and nothing after it', () => {
    const clock = { now: 0 }
    const wishes = new Wishes(() => clock.now)
    expect(wishes.unwelcome()).toBeUndefined()
    wishes.heard(limited(5000))
    wishes.heard(limited(1000))
    wishes.heard(new StoreError('denied', 'no'))
    wishes.heard(new Error('odd'))
    clock.now = 2000
    expect(wishes.unwelcome()).toMatchObject({ message: 'slower', hint: 'wait', retryAfterMs: 3000 })
    clock.now = 5000
    expect(wishes.unwelcome()).toBeUndefined()
  })

  test('for leases too, but what is held is renewed and given back', async () => {
    const clock = { now: 0 }
    const sent: string[] = []
    const lease: Lease = { id: 'lease', fields: new Map(), expiresAt: 0, renewable: false }
    let error: StoreError | undefined = limited(41_000)
    const send = async <T>(what: string, answer: T): Promise<T> => {
      sent.push(what)
      if (error !== undefined) throw error
      return answer
    }
    const store = keeping<Store>(
      {
        type: 'test',
        validate: () => [],
        resolve: (references) =>
          send(
            'resolve',
            references.map(() => ({ ok: true, value: 'value' })),
          ),
        lease: () => send('lease', lease),
        renew: () => send('renew', lease),
        revoke: () => send('revoke', 'revoked'),
        lookUp: () => send('look up', 'alive'),
        close: async () => {},
      },
      new Wishes(() => clock.now),
    )
    const context = { serverId: 'a', signal: new AbortController().signal }
    await expect(store.lease?.({ path: '/db' }, undefined, context)).rejects.toBe(error)
    error = undefined
    clock.now = 1000
    await expect(store.lease?.({ path: '/db' }, undefined, context)).rejects.toMatchObject({
      retryAfterMs: 40_000,
    })
    await expect(store.lookUp?.(lease, context)).rejects.toMatchObject({ code: 'rate_limited' })
    expect(await store.resolve([{ path: '/x' }], context)).toMatchObject([{ ok: false }])
    expect(await store.renew?.(lease, undefined, context)).toBe(lease)
    expect(await store.revoke?.(lease, context)).toBe('revoked')
    expect(sent).toEqual(['lease', 'renew', 'revoke'])
    clock.now = 41_000
    expect(await store.resolve([{ path: '/x' }], context)).toMatchObject([{ ok: true }])
  })

  test('a lease whose answer was lost says for how long no other is asked for', async () => {
    const clock = { now: 0 }
    const creations = new Creations(() => clock.now)
    const order = { store: 'team', path: '/db', server: 'a' }
    const send = (): Promise<unknown> => creations.send(() => Promise.reject(new Error('half-way')), order)
    await expect(send()).rejects.toMatchObject({ retryAfterMs: 60_000, unheard: true })
    clock.now = 20_000
    await expect(send()).rejects.toMatchObject({ retryAfterMs: 40_000, unheard: false })
  })
})

test('a wish that one watch heard holds for the others of its store, and for a launch', async () => {
  const { server, store, close } = await RIGS.vault(0, 100)
  onTestFinished(close)
  const stops = ['/token', '/b', '/c'].map((path) => store.watch?.([{ path }], () => {}))
  onTestFinished(() => stops.forEach((stop) => stop?.()))
  await expect.poll(() => server.count('read')).toBeGreaterThan(6)
  server.fail('rate-limited', { on: 'read', retryAfter: 41 })
  const before = server.count('read')
  await expect.poll(() => server.count('read')).toBeGreaterThan(before)
  await new Promise((wait) => setTimeout(wait, 600))
  // What was under way when the first one heard it.
  expect(server.count('read') - before).toBeLessThanOrEqual(3)
  const [problem] = (await resolverOf(store, 2500).resolve('srv', [request('/token')])).problems
  expect(problem?.retryAfterMs).toBeGreaterThan(38_000)
  expect(server.count('read') - before).toBeLessThanOrEqual(3)
})
