/** Names are resolved once for a while, few at a time, a server's after each other, and what isn't found is asked for again. */
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { Lookups, SharedLookups } from '../../src/egress/lookup.ts'
import { AddressPool } from '../../src/egress/pool.ts'
import { RefusedPlaces } from '../../src/egress/refused-places.ts'

const FOUND = [{ address: '93.184.216.34', family: 4 }]

it('asks once within the time that an answer holds', async () => {
  let now = 0
  let asked = 0
  const lookups = new Lookups(
    async () => {
      asked += 1
      return FOUND
    },
    () => now,
  )
  await Promise.all([lookups.find('a.test'), lookups.find('a.test')])
  expect(asked).toBe(1)
  now = 60_000
  await lookups.find('a.test')
  expect(asked).toBe(2)
})

/** Looks names up one step after the other, as the test says. */
function held(): {
  readonly shared: SharedLookups
  readonly asked: string[]
  readonly answer: (name: string) => void
} {
  const going = new Map<string, () => void>()
  const asked: string[] = []
  const shared = new SharedLookups(
    async (name) =>
      new Promise((resolve) => {
        asked.push(name)
        going.set(name, () => resolve(FOUND))
      }),
  )
  return { shared, asked, answer: (name) => going.get(name)?.() }
}

it('asks for one at a time, has the others wait, and answers no more than it can hold', async () => {
  const { shared, asked, answer } = held()
  const lookups = new Lookups(async (name) => shared.find(name))
  const all = Array.from({ length: 66 }, async (_, at) => lookups.find(`${at}.test`))
  await expect(all[65]).rejects.toMatchObject({ code: 'EAI_AGAIN' })
  for (let at = 0; at < 65; at += 1) {
    expect(asked.length).toBe(at + 1)
    answer(`${at}.test`)
    await all[at]
    await turn()
  }
})

it('gives each server its turn, whatever another one asks for (promise 1)', async () => {
  const { shared, asked, answer } = held()
  const [hostile, one, two] = Array.from({ length: 3 }, () => new Lookups(async (name) => shared.find(name)))
  const slow = Array.from({ length: 200 }, async (_, at) => hostile?.find(`${at}.slow.test`))
  for (const name of slow) name.catch(() => undefined)
  // Also a name that the hostile one has asked for before, and waits with.
  const found = one?.find('40.slow.test')
  const other = two?.find('two.test')
  await turn()
  expect(asked).toEqual(['0.slow.test', '40.slow.test'])
  answer('40.slow.test')
  expect(await found).toEqual(FOUND)
  await turn()
  expect(asked.slice(2)).toEqual(['two.test'])
  answer('two.test')
  expect(await other).toEqual(FOUND)
})

it('asks again for what it has not found', async () => {
  let isThere = false
  const lookups = new Lookups(async () => {
    if (!isThere) throw Object.assign(new Error('no'), { code: 'ENOTFOUND' })
    return FOUND
  })
  await expect(lookups.find('a.test')).rejects.toMatchObject({ code: 'ENOTFOUND' })
  isThere = true
  expect(await lookups.find('a.test')).toEqual(FOUND)
})

it('keeps the addresses of the names that were asked for last, and gives none to two of them', () => {
  const pool = new AddressPool()
  const first = pool.addressOf('first.test')
  const given = Array.from({ length: 4096 }, (_, at) => pool.addressOf(`${at}.test`))
  expect(new Set(given).size).toBe(4096)
  expect(pool.nameOf(first)).toBeUndefined()
  expect(given.every((address, at) => pool.nameOf(address) === `${at}.test`)).toBe(true)
})

it('tells of a place once, and of a server that makes up names no more than so many', () => {
  const told: string[] = []
  const places = new RefusedPlaces(({ host }) => told.push(host))
  for (let at = 0; at < 100; at += 1) {
    places.add({ server: 'one', host: 'a.test', why: 'host', at })
    places.add({ server: 'one', host: `${at}.test`, why: 'host', at })
  }
  expect(told.filter((host) => host === 'a.test')).toEqual(['a.test'])
  expect(told.length).toBe(32)
  expect(places.of('one').length).toBe(64)
  expect(places.of('one', 99).map(({ host }) => host)).toEqual(['a.test', '99.test'])
  expect(places.of('two')).toEqual([])
})
