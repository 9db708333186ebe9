/** A lease that ended before its time is noticed by the next look, and one that can't be looked at changes nothing. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LeaseLooks, type Holding } from '../../../src/secrets/leases/lease-looks.ts'
import { StoreError, type Store } from '../../../src/secrets/store.ts'

const MINUTE = 60_000

beforeEach(() => {
  vi.useFakeTimers({ now: 0, toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

interface Scene {
  readonly looks: LeaseLooks
  /** By lease: `ended`, or why it can't be told. */
  readonly state: Map<string, 'ended' | StoreError>
  /** Leases that are known to have ended without asking. */
  readonly known: Set<string>
  readonly asked: string[]
  readonly ended: string[]
  readonly news: string[]
  readonly begin: (handle: string, server?: string, store?: string) => void
}

function scene(pollMs?: number): Scene {
  const state: Scene['state'] = new Map()
  const known = new Set<string>()
  const asked: string[] = []
  const ended: string[] = []
  const news: string[] = []
  const store: Store = {
    type: 'test',
    validate: () => [],
    resolve: () => Promise.resolve([]),
    lookUp: async ({ id }) => {
      asked.push(id)
      const one = state.get(id)
      if (one instanceof StoreError) throw one
      return one ?? 'alive'
    },
    hasEnded: ({ id }) => known.has(id),
    close: () => Promise.resolve(),
  }
  const looks = new LeaseLooks({
    stores: new Map([
      ['team', store],
      ['other', store],
    ]),
    pollMs: () => pollMs,
    onEnded: (handle) => ended.push(handle),
    onNews: (told) => news.push(`${told.kind} ${told.store} ${told.servers.join('+')}`),
  })
  const begin = (handle: string, server = 'db', alias = 'team'): void => {
    const lease: Holding['lease'] = { id: handle, fields: new Map(), expiresAt: 0, renewable: true }
    looks.begin(handle, { store: alias, server, lease })
  }
  return { looks, state, known, asked, ended, news, begin }
}

test.each([
  ['a minute', undefined, MINUTE],
  ['poll: of its store', 10_000, 10_000],
])('within %s', async (_what, pollMs, withinMs) => {
  const { looks, state, ended, asked, begin } = scene(pollMs)
  begin('a')
  begin('b')
  await vi.advanceTimersByTimeAsync(3 * withinMs)
  expect(ended).toEqual([])
  state.set('a', 'ended')
  await vi.advanceTimersByTimeAsync(withinMs)
  expect(ended).toEqual(['a'])
  const before = asked.filter((id) => id === 'a').length
  await vi.advanceTimersByTimeAsync(5 * withinMs)
  expect(asked.filter((id) => id === 'a')).toHaveLength(before)
  expect(ended).toEqual(['a'])
  looks.stop()
  asked.length = 0
  await vi.advanceTimersByTimeAsync(5 * withinMs)
  expect(asked).toEqual([])
})

test('with its login, all at once, whatever found that out', async () => {
  const { looks, known, ended, asked, begin } = scene()
  for (const handle of ['a', 'b', 'c']) begin(handle)
  begin('d', 'web', 'other')
  await vi.advanceTimersByTimeAsync(0)
  known.add('a').add('b').add('d')
  looks.sweep('team')
  expect(ended).toEqual(['a', 'b'])
  expect(asked).toEqual([])
  looks.stop()
})

test.each([
  ['denied', new StoreError('denied', 'no')],
  ['out of reach', new StoreError('unavailable', 'down', { retryable: true })],
  ['an answer that makes no sense', new StoreError('unavailable', 'odd')],
])('a look that is %s ends nothing, and is told once', async (_what, error) => {
  const { looks, state, ended, news, asked, begin } = scene()
  begin('a')
  begin('b')
  state.set('a', error).set('b', error)
  await vi.advanceTimersByTimeAsync(2 * 60 * MINUTE)
  expect(ended).toEqual([])
  expect(news).toEqual(['failing team db'])
  // Who forbids it is not asked each minute for that.
  if (error.code === 'denied') expect(asked.length).toBeLessThan(40)
  state.clear()
  await vi.advanceTimersByTimeAsync(11 * MINUTE)
  expect(news).toEqual(['failing team db', 'working team db'])
  state.set('b', 'ended')
  await vi.advanceTimersByTimeAsync(MINUTE)
  expect(ended).toEqual(['b'])
  looks.stop()
})

test('one that ended is noticed beside one that can not be told', async () => {
  const { looks, state, ended, begin } = scene()
  begin('a')
  begin('b')
  await vi.advanceTimersByTimeAsync(0)
  state.set('a', new StoreError('unavailable', 'odd')).set('b', 'ended')
  await vi.advanceTimersByTimeAsync(MINUTE)
  expect(ended).toEqual(['b'])
  looks.stop()
})
