/** A server that can't be launched because something is away waits for it, and is no failed one (promise 1). */
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { SidemuxError } from '../../src/errors.ts'
import type { ChildSpec } from '../../src/upstream/life/child.ts'
import { call, spec, startFleet, textOf, until } from './harness.ts'

interface Refusal {
  readonly store?: string
  readonly retryAfterMs?: number
  readonly retryable?: boolean
}

/** Its launches are refused until `away` is false. */
function dependent(id: string, refusal: Refusal = {}) {
  const seen = { away: true, launches: 0 }
  const works = spec(id, 'echo')
  const child: ChildSpec = {
    ...works,
    launch: async (signal) => {
      seen.launches += 1
      if (!seen.away) return works.launch(signal)
      throw Object.assign(new SidemuxError(`${id} has no secret`, { hint: 'unseal it' }), {
        retryable: true,
        store: 'team',
        ...refusal,
      })
    },
  }
  return { spec: child, seen }
}

const SELDOM = { pauses: { firstMs: 60_000, longestMs: 60_000 } }

describe('a server whose store is away', () => {
  test('is tried for ever, and says of itself what is true', async () => {
    const { spec, seen } = dependent('one')
    const { fleet, child, of } = startFleet([spec], { pauses: { firstMs: 20, longestMs: 40 } })
    await fleet.settled()
    await until(() => seen.launches > 12)
    expect(of('failed')).toEqual([])
    expect(of('waits')).toEqual([
      {
        kind: 'waits',
        id: 'one',
        reason: 'one has no secret',
        hint: 'unseal it',
        store: 'team',
      },
    ])
    seen.away = false
    await until(() => child('one').state.kind === 'ready')
    expect(textOf(await call(child('one'), 'echo', { text: 'up' }))).toBe('up')
  })

  test('is tried at once when somebody calls, once for many, and the call waits for what comes of it', async () => {
    const { spec, seen } = dependent('one')
    const { fleet, child } = startFleet([spec], SELDOM)
    await fleet.settled()
    const asks = () => Promise.all([1, 2, 3].map(() => call(child('one'), 'echo', { text: 'x' })))
    const began = performance.now()
    const [first] = await asks()
    // Not before a second has passed since the last try.
    expect(performance.now() - began).toBeGreaterThan(500)
    expect(first).toEqual({
      kind: 'unavailable',
      reason: '"one" waits for the secret store "team": one has no secret',
      hint: expect.stringMatching(
        /^Nothing was sent, so the call did not run\. sidemux tries to start it again in \d+ s; then send the call again\. Unseal it\.$/,
      ) as string,
    })
    expect(seen.launches).toBe(2)
    seen.away = false
    expect((await asks()).map(textOf)).toEqual(['x', 'x', 'x'])
    expect(seen.launches).toBe(3)
  })

  test('is not tried before the moment that the store wished for, whoever calls', async () => {
    const { spec, seen } = dependent('one', { retryAfterMs: 2500 })
    const { fleet, child } = startFleet([spec], { pauses: { firstMs: 50, longestMs: 50 } })
    await fleet.settled()
    const refused = performance.now()
    seen.away = false
    expect(textOf(await call(child('one'), 'echo', { text: 'x' }))).toBe('x')
    expect(performance.now() - refused).toBeGreaterThan(2400)
    expect(seen.launches).toBe(2)
  })

  test('that wishes for long is not waited for', async () => {
    // Longer than this test may take.
    const { spec } = dependent('one', { retryAfterMs: 300_000 })
    const { fleet, child } = startFleet([spec])
    await fleet.settled()
    expect(await call(child('one'), 'echo')).toMatchObject({ kind: 'unavailable' })
  })

  test('is tried as soon as another one has found the store back', async () => {
    const [one, two, other] = [dependent('one'), dependent('two'), dependent('three', { store: 'else' })]
    const { fleet, child } = startFleet([one.spec, two.spec, other.spec], SELDOM)
    await fleet.settled()
    await pause(1100)
    for (const { seen } of [one, two, other]) seen.away = false
    expect(textOf(await call(child('one'), 'echo', { text: 'x' }))).toBe('x')
    await until(() => child('two').state.kind === 'ready')
    expect([child('three').state.kind, other.seen.launches]).toEqual(['waiting', 1])
  })

  test('starts at once by another entry of servers.yaml', async () => {
    const { spec: away } = dependent('one')
    const { fleet, child } = startFleet([away], SELDOM)
    await fleet.settled()
    fleet.change([spec('one', 'echo')], () => false)
    expect(textOf(await call(child('one'), 'echo', { text: 'x' }))).toBe('x')
  })
})

test('what only a person can mend is tried again when somebody calls, and not all the time', async () => {
  const { spec, seen } = dependent('one', { retryable: false })
  const { fleet, child } = startFleet([spec])
  await fleet.settled()
  expect(await call(child('one'), 'echo')).toMatchObject({
    reason: 'one has no secret',
    hint: 'The call did not run. Unseal it.',
  })
  seen.away = false
  await pause(3000)
  expect([child('one').state.kind, seen.launches]).toEqual(['failed', 1])
  await pause(2200)
  expect(textOf(await call(child('one'), 'echo', { text: 'mended' }))).toBe('mended')
})
