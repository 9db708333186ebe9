/** A back end that wishes to be left alone: how it says so, that every store hands it on, and that all who ask keep to it. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { Creations } from '../../src/secrets/leases/creations.ts'
import { StoreError, type Lease, type Store } from '../../src/secrets/store.ts'
import { parseRetryAfter } from '../../src/secrets/stores/shared/retry-after.ts'
import { Wishes } from '../../src/secrets/wishes.ts'
import { NAMES, request, resolverOf, RIGS } from './rigs.ts'

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
  const store = {} as Store
  const limited = (retryAfterMs: number): StoreError =>
    new StoreError('rate_limited', 'slower', { hint: 'wait', retryable: true, retryAfterMs })

  test('the longest wish, what is left of it, and nothing after it', () => {
    const clock = { now: 0 }
    const wishes = new Wishes<Store>(() => clock.now)
    expect(wishes.unwelcome(store)).toBeUndefined()
    wishes.heard(store, limited(5000))
    wishes.heard(store, limited(1000))
    wishes.heard(store, new StoreError('denied', 'no'))
    clock.now = 2000
    expect(wishes.unwelcome(store)).toMatchObject({ message: 'slower', hint: 'wait', retryAfterMs: 3000 })
    expect(wishes.unwelcome({} as Store)).toBeUndefined()
    clock.now = 5000
    expect(wishes.unwelcome(store)).toBeUndefined()
  })

  test('one lease that was refused for now holds for all of its store, whoever asks', async () => {
    const clock = { now: 0 }
    const creations = new Creations(() => clock.now)
    let sent = 0
    const create = async (error?: StoreError): Promise<Lease> => {
      sent += 1
      if (error !== undefined) throw error
      return { id: 'lease', fields: new Map(), expiresAt: 0, renewable: false }
    }
    const order = (server: string, of = 'team') => ({ store: of, path: '/db', server })
    await creations.send(() => create(limited(41_000)), order('a')).catch(() => {})
    clock.now = 1000
    await expect(creations.send(() => create(), order('b'))).rejects.toMatchObject({ retryAfterMs: 40_000 })
    expect(sent).toBe(1)
    await creations.send(() => create(), order('b', 'other'))
    clock.now = 41_000
    await creations.send(() => create(), order('b'))
    expect(sent).toBe(3)
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
