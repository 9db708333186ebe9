/** How often a list is read that changes. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Connection } from '../../src/upstream/session/connection.ts'
import { OfferList } from '../../src/upstream/session/lists/offer-list.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function growing(grows: () => boolean) {
  const seen = { reads: 0, changes: 0, tools: 0 }
  const connection = {
    async list() {
      seen.reads += 1
      if (grows()) seen.tools += 200
      return { entries: Array.from({ length: seen.tools }, (_, n) => ({ name: `t${n}` })), warnings: [] }
    },
  } as unknown as Connection
  const list = new OfferList({
    connection: () => connection,
    stop: new AbortController().signal,
    warn: () => undefined,
    quote: () => undefined,
    onChange: () => (seen.changes += 1),
  })
  const pages = { entries: [], warnings: [], cache: undefined }
  list.adopt(connection, { read: [{ kind: 'tools', pages }], pending: new Map() }, false)
  return { list, seen }
}

async function say(list: OfferList, seconds: number): Promise<void> {
  for (let n = 0; n < seconds * 20; n += 1) {
    list.changed('tools')
    await vi.advanceTimersByTimeAsync(50)
  }
}

it('one that grows without an end is read seldomer and seldomer', async () => {
  const { list, seen } = growing(() => true)
  await say(list, 8)
  expect(seen.changes).toBeGreaterThanOrEqual(8)
  await say(list, 592)
  expect(seen.changes).toBeLessThan(25)
  // A quiet time later every change is news again.
  await vi.advanceTimersByTimeAsync(300_000)
  const before = seen.changes
  await say(list, 6)
  expect(seen.changes - before).toBeGreaterThanOrEqual(5)
})

it('one that is only said to change is read each second', async () => {
  const { list, seen } = growing(() => false)
  await say(list, 60)
  expect(seen.changes).toBe(0)
  expect(seen.reads).toBeGreaterThanOrEqual(59)
})
