/** What a server is asked to tell of its lists: it is asked again, however often that failed. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Connection } from '../../src/upstream/session/connection.ts'
import type { Subscription } from '../../src/upstream/session/subscription.ts'
import { Watches } from '../../src/upstream/session/watches.ts'
import { RpcError } from '../../src/wire/rpc-error.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A server of 2026-07-28 that answers the first requests to listen with a failure. */
function server(failure: unknown, failures: number) {
  const seen = { listens: 0, missed: 0 }
  const ends: (() => void)[] = []
  const connection = {
    modern: true,
    gone: false,
    capabilities: { tools: { listChanged: true } },
    missed: () => (seen.missed += 1),
    async listen(): Promise<Pick<Subscription, 'close' | 'closed'>> {
      seen.listens += 1
      if (seen.listens <= failures) throw failure
      const closed = new Promise<'remote'>((resolve) => ends.push(() => resolve('remote')))
      return { close: () => undefined, closed }
    },
  }
  const watches = new Watches()
  const begin = (): void => watches.begin(connection as unknown as Connection, async () => ({ kind: 'gone' }))
  return { seen, connection, begin, end: () => ends.pop()?.() }
}

it.each([1, 30])(
  'after %i requests that came to nothing, as on a busy machine, one is answered',
  async (failures) => {
    const { seen, begin } = server(new Error('no answer in time'), failures)
    begin()
    await vi.advanceTimersByTimeAsync(30 * 60_000)
    expect(seen).toEqual({ listens: failures + 1, missed: 1 })
  },
)

it('a stream that breaks off is made anew, and what was missed is looked up', async () => {
  const { seen, begin, end } = server(undefined, 0)
  begin()
  await vi.advanceTimersByTimeAsync(0)
  end()
  await vi.advanceTimersByTimeAsync(2000)
  expect(seen).toEqual({ listens: 2, missed: 1 })
})

it('who is gone, or knows no such request, is not asked again', async () => {
  const gone = server(new Error('closed'), Infinity)
  gone.begin()
  await vi.advanceTimersByTimeAsync(0)
  gone.connection.gone = true
  const other = server(new RpcError(-32601, 'Method not found'), Infinity)
  other.begin()
  await vi.advanceTimersByTimeAsync(30 * 60_000)
  expect([gone.seen.listens, other.seen.listens]).toEqual([1, 1])
})
