/** When a watch that fails is told, of whom, and how often (promise 1: nothing that stopped working is silent). */
import { expect, test } from 'vitest'
import { StoreError, type StoreErrorCode } from '../../src/secrets/store.ts'
import { WatchLooks } from '../../src/secrets/stores/shared/looks.ts'
import { WatchHealth, type ServerWatches, type WatchNews } from '../../src/secrets/resolve/watch-health.ts'

const SECOND = 1000

interface Scene {
  /** What was told since it was asked last. */
  readonly news: () => string[]
  /** A server's look at a store, at a second. */
  readonly look: (at: number, server: string, failed?: StoreErrorCode, store?: string) => void
  readonly end: (server: string) => void
}

function scene(): Scene {
  const clock = { now: 0 }
  const told: WatchNews[] = []
  const health = new WatchHealth(
    (news) => told.push(news),
    () => clock.now,
  )
  const watches = new Map<string, ServerWatches>()
  const counts = new Map<string, { times: number; since: number }>()
  const of = (server: string): ServerWatches => {
    const present = watches.get(server) ?? health.begin(server)
    watches.set(server, present)
    return present
  }
  return {
    news: () =>
      told
        .splice(0)
        .map((news) =>
          [news.kind, news.store, news.servers.join('+'), `since ${news.since / SECOND}`]
            .concat(news.kind === 'failing' ? news.code : [])
            .join(' '),
        ),
    look(at, server, failed, store = 'team') {
      clock.now = at * SECOND
      const key = `${server} ${store}`
      const { times = 0, since = clock.now } = counts.get(key) ?? {}
      if (failed === undefined) counts.delete(key)
      else counts.set(key, { times: times + 1, since })
      const error = failed && new StoreError(failed, 'no')
      of(server).saw(store, error && { error, times: times + 1, since })
    },
    end(server) {
      of(server).end()
      watches.delete(server)
    },
  }
}

test('one look that fails is a hiccup, two in a row are told, and once', () => {
  const { news, look } = scene()
  look(0, 'a')
  look(60, 'a', 'unavailable')
  look(120, 'a')
  expect(news()).toEqual([])
  look(180, 'a', 'unavailable')
  expect(news()).toEqual([])
  look(240, 'a', 'unavailable')
  expect(news()).toEqual(['failing team a since 180 unavailable'])
  for (let at = 300; at < 3000; at += 60) look(at, 'a', 'unavailable')
  expect(news()).toEqual([])
  look(3000, 'a')
  expect(news()).toEqual(['working team a since 180'])
  look(3060, 'a')
  look(3120, 'a', 'unavailable')
  look(3180, 'a', 'unavailable')
  expect(news()).toEqual(['failing team a since 3120 unavailable'])
})

test('a burst of looks at files is one', () => {
  const { news, look } = scene()
  for (let at = 0; at < 4; at += 0.1) look(at, 'a', 'not_found')
  expect(news()).toEqual([])
  look(60, 'a', 'not_found')
  expect(news()).toEqual(['failing team a since 0 not_found'])
})

test('twenty servers and one outage are two lines', () => {
  const { news, look } = scene()
  const servers = Array.from({ length: 20 }, (_, index) => `s${index}`)
  for (const round of [0, 60])
    for (const [at, server] of servers.entries()) look(round + at, server, 'timeout')
  expect(news()).toEqual([`failing team ${servers.join('+')} since 0 timeout`])
  for (const [at, server] of servers.entries()) look(120 + at, server)
  expect(news()).toEqual([`working team ${servers.join('+')} since 0`])
})

test("one that stays down keeps nobody else's good news back", () => {
  const { news, look } = scene()
  for (const at of [0, 60]) for (const server of ['a', 'b', 'c']) look(at, server, 'unavailable')
  expect(news()).toEqual(['failing team a+b+c since 0 unavailable'])
  look(120, 'a')
  look(121, 'b')
  expect(news()).toEqual([])
  look(122, 'c', 'unavailable')
  expect(news()).toEqual(['working team a+b since 0'])
  look(180, 'c')
  expect(news()).toEqual(['working team c since 0'])
})

test('one that ends is no news, and waits for nobody', () => {
  const { news, look, end } = scene()
  for (const at of [0, 60]) for (const server of ['a', 'b']) look(at, server, 'unavailable')
  news()
  look(120, 'a')
  end('b')
  expect(news()).toEqual(['working team a since 0'])
  look(180, 'b', 'unavailable')
  end('b')
  expect(news()).toEqual([])
})

test('another reason is told, after two looks too; another store by itself', () => {
  const { news, look } = scene()
  for (const at of [0, 60]) look(at, 'a', 'unavailable')
  expect(news()).toEqual(['failing team a since 0 unavailable'])
  look(120, 'a', 'auth')
  look(180, 'a', 'unavailable')
  expect(news()).toEqual([])
  look(240, 'a', 'auth')
  look(300, 'a', 'auth')
  expect(news()).toEqual(['failing team a since 0 auth'])
  for (const at of [310, 370]) look(at, 'a', 'unavailable', 'other')
  expect(news()).toEqual(['failing other a since 310 unavailable'])
  look(380, 'a')
  expect(news()).toEqual(['working team a since 0'])
})

test('several places of one store: each counts by itself, and the worst is told', () => {
  const told: (number | undefined)[] = []
  const looks = new WatchLooks((trouble) => told.push(trouble?.times))
  const [first, second] = [looks.part(), looks.part()]
  const error = new StoreError('not_found', 'gone')
  first(undefined)
  first(error)
  second(error)
  second(error)
  first(undefined)
  second(undefined)
  expect(told).toEqual([undefined, 1, 1, 2, 2, undefined])
})
