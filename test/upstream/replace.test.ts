/** A child whose secrets have changed is replaced: no call is lost, and nothing is held twice or kept. */
import { describe, expect, test } from 'vitest'
import { SidemuxError } from '../../src/errors.ts'
import type { ChildSpec } from '../../src/upstream/child.ts'
import { call, environment, serverFile, startFleet, textOf, until } from './harness.ts'

/** A toolbox that tells which launch it came from; `stale()` makes the present one stale. */
function replaceable(options: { failLaunches?: (launch: number) => boolean } = {}) {
  const seen = { launches: 0, begun: 0, released: [] as number[], stale: (): void => {} }
  const spec: ChildSpec = {
    id: 'box',
    startTimeoutMs: 15_000,
    launch: async () => {
      seen.launches += 1
      const number = seen.launches
      if (options.failLaunches?.(number) === true) throw new SidemuxError('the store is down')
      return {
        command: process.execPath,
        args: [serverFile('toolbox')],
        cwd: '/',
        env: environment({ TOOLBOX_NAME: `launch${number}` }),
        hold: {
          begin: (onStale) => {
            seen.begun = number
            seen.stale = () => onStale('env.TOKEN has changed')
          },
          release: async () => void seen.released.push(number),
        },
      }
    },
  }
  return { spec, seen }
}

describe('a stale child', () => {
  test('is replaced twelve times under load: 0 lost calls, each hold released once, no start counted as a crash', async () => {
    const { spec, seen } = replaceable()
    const { child, of } = startFleet([spec])
    await child('box').settled()
    const load = { running: true, calls: 0, lost: 0 }
    const workers = [0, 1, 2].map(async () => {
      while (load.running) {
        load.calls += 1
        const reply = await call(child('box'), 'echo', { text: 'x', delay: 5 }, { timeoutMs: 30_000 })
        if (reply.kind !== 'result') load.lost += 1
      }
    })
    for (let round = 1; round <= 12; round += 1) {
      seen.stale()
      await until(() => seen.begun === round + 1, 15_000)
    }
    load.running = false
    await Promise.all(workers)
    expect(load.lost).toBe(0)
    expect(load.calls).toBeGreaterThan(24)
    expect(textOf(await call(child('box'), 'echo', { text: 'x' }))).toBe('launch13:x')
    await until(() => seen.released.length === 12)
    expect(seen.released).toEqual(Array.from({ length: 12 }, (_, index) => index + 1))
    expect(of('failed')).toEqual([])
  })

  test('lets a call in flight end on the old process, while a new call waits for the new one', async () => {
    const { spec, seen } = replaceable()
    const { child } = startFleet([spec])
    await child('box').settled()
    const old = call(child('box'), 'echo', { text: 'old', delay: 500 })
    await new Promise((resolve) => setTimeout(resolve, 50))
    seen.stale()
    await until(() => child('box').state.kind === 'starting')
    const fresh = call(child('box'), 'echo', { text: 'new' })
    expect(textOf(await old)).toBe('launch1:old')
    expect(textOf(await fresh)).toBe('launch2:new')
  })

  test('goes on as it is while the next launch can’t be had, and holds what it held', async () => {
    const { spec, seen } = replaceable({ failLaunches: (launch) => launch === 2 })
    const { child, of } = startFleet([spec])
    await child('box').settled()
    seen.stale()
    await until(() => seen.launches === 2)
    expect(textOf(await call(child('box'), 'echo', { text: 'x' }))).toBe('launch1:x')
    expect(seen.released).toEqual([])
    await until(() => seen.begun === 3, 10_000)
    expect(textOf(await call(child('box'), 'echo', { text: 'x' }))).toBe('launch3:x')
    await until(() => seen.released.length === 1)
    expect(of('log').map(({ text }) => text)).toContain('"box" can\'t be replaced yet: the store is down')
  })

  test('a crash releases too, and a stop releases what a next launch already held', async () => {
    const { spec, seen } = replaceable()
    const { child, fleet } = startFleet([spec])
    await child('box').settled()
    await call(child('box'), 'crash')
    await until(() => seen.begun === 2, 10_000)
    expect(seen.released).toEqual([1])
    seen.stale()
    await fleet.stop()
    expect(seen.released.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: seen.launches }, (_, index) => index + 1),
    )
  })
})
