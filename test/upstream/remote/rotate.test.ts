/** A remote server whose headers hold a secret: another connection is made ready beside the one that works. */
import { describe, expect, it } from 'vitest'
import { SidemuxError } from '../../../src/errors.ts'
import type { ChildSpec } from '../../../src/upstream/life/child.ts'
import { call, startFleet, textOf } from '../harness.ts'
import { KINDS, remote, remoteSpec, until } from './support.ts'
import { together } from '../../together.ts'

together()

const PAUSES = { firstMs: 50, longestMs: 200 }

/** Launch n sends the key n; while the store is sealed there is none. */
function rotating(url: string, transport: 'http' | 'sse', isSealed = false) {
  const seen = { isSealed, launches: 0, begun: 0, released: [] as number[], stale: (): void => {} }
  const spec: ChildSpec = {
    ...remoteSpec('far', url, { transport }),
    launch: async (signal) => {
      seen.launches += 1
      const number = seen.launches
      if (seen.isSealed)
        throw Object.assign(new SidemuxError('team is sealed', { hint: 'unseal it' }), {
          retryable: true,
          store: 'team',
        })
      const headers = { 'X-Api-Key': `k-${number}` }
      const target = await remoteSpec('far', url, { transport, headers }).launch(signal)
      return {
        ...target,
        hold: {
          begin: (onStale) => {
            seen.begun = number
            seen.stale = () => onStale('its secret headers.X-Api-Key has changed')
          },
          release: async () => void seen.released.push(number),
        },
      }
    },
  }
  return { spec, seen }
}

describe.concurrent.each(KINDS)('%s', (kind) => {
  it('serves on, ends its call on the connection that it began on, and takes the next ones to the new one', async () => {
    const server = await remote(kind)
    const { spec, seen } = rotating(server.url, kind === 'sse' ? 'sse' : 'http')
    const { child, fleet } = startFleet([spec], { pauses: PAUSES })
    await fleet.settled()
    let isHeld = false
    let letGo = (): void => {}
    const held = new Promise<void>((resolve) => (letGo = resolve))
    server.faults.push(async ({ body }) => {
      if (isHeld || !body.includes('"old"')) return undefined
      isHeld = true
      await held
      return undefined
    })
    const old = call(child('far'), 'echo', { text: 'old' })
    await until(() => isHeld, 'the old call is at the server')
    seen.stale()
    await until(() => seen.begun === 2, 'another connection works')
    expect(textOf(await call(child('far'), 'echo', { text: 'new' }))).toContain('new')
    expect(seen.released).toEqual([])
    letGo()
    expect(textOf(await old)).toContain('old')
    await until(() => seen.released.length === 1, 'the old connection is over')
    const keysOf = (text: string) =>
      server.requests
        .filter(({ body }) => body.includes(`"${text}"`))
        .map(({ headers }) => headers['x-api-key'])
    expect([keysOf('old'), keysOf('new')]).toEqual([['k-1'], ['k-2']])
  })
})

it('waits for the store of its headers, says so, and is there when the store is', async () => {
  const server = await remote('sdk2')
  const { spec, seen } = rotating(server.url, 'http', true)
  const { child, fleet, of } = startFleet([spec], { pauses: PAUSES })
  await fleet.settled()
  expect(await call(child('far'), 'echo', { text: 'x' })).toEqual({
    kind: 'unavailable',
    reason: '"far" waits for the secret store "team": team is sealed',
    hint: 'Nothing was sent, so the call did not run. sidemux tries to start it again in 1 s; then send the call again. Unseal it.',
  })
  await until(() => seen.launches >= 3, 'it has tried again')
  seen.isSealed = false
  await until(() => seen.begun > 3, 'it is there')
  expect(of('waits')).toMatchObject([{ reason: 'team is sealed', store: 'team' }])
  expect(of('failed')).toEqual([])
})
