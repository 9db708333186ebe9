/** What a host hears of a server that says too much (promise 1). */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { HostLogs, MAX_A_SECOND, MAX_ERRORS_MORE } from '../../src/upstream/life/told/host-logs.ts'
import { Newest } from '../../src/upstream/messages/newest.ts'
import { newsOf, type NewsDeps } from '../../src/upstream/life/told/news.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a few go on at once, then the newest every so often, and none after the newest', () => {
  const said: number[] = []
  const newest = new Newest<number>({ burst: 3, everyMs: 50 }, (value) => said.push(value))
  for (let value = 1; value <= 10; value += 1) newest.put(value)
  expect(said).toEqual([1, 2, 3])
  vi.advanceTimersByTime(50)
  expect(said).toEqual([1, 2, 3, 10])
  newest.put(11)
  newest.put(12)
  newest.flush()
  newest.flush()
  expect(said).toEqual([1, 2, 3, 10, 12])
  vi.advanceTimersByTime(1000)
  expect(said).toEqual([1, 2, 3, 10, 12])
  for (let value = 20; value < 23; value += 1) newest.put(value)
  expect(said.slice(5)).toEqual([20, 21, 22])
})

test('one of each kind that waits is said, whatever it is', () => {
  const said: unknown[] = []
  const newest = new Newest<unknown>({ burst: 0, everyMs: 50 }, (value) => said.push(value))
  newest.put(undefined)
  newest.flush()
  expect(said).toEqual([undefined])
})

test('a thousand log messages within a second are a hundred, and their number; errors have some more', () => {
  const said: { level?: unknown; data?: unknown }[] = []
  const logs = new HostLogs((message) => said.push(message))
  for (let n = 0; n < 1000; n += 1) logs.put({ level: 'debug', data: n })
  for (let n = 0; n < 100; n += 1) logs.put({ level: 'error', data: `bad ${n}` })
  expect(said).toHaveLength(MAX_A_SECOND + MAX_ERRORS_MORE)
  expect(said.at(-1)).toEqual({ level: 'error', data: `bad ${MAX_ERRORS_MORE - 1}` })
  vi.advanceTimersByTime(1000)
  expect(said.at(-1)).toEqual({
    level: 'warning',
    data: 'sidemux: 980 more log messages within a second, left out',
  })
  logs.put({ level: 'debug', data: 'next' })
  vi.advanceTimersByTime(5000)
  expect(said.at(-1)).toEqual({ level: 'debug', data: 'next' })
})

test('what the host does not want takes the place of nothing that it wants', () => {
  const heard: unknown[] = []
  const deps = {
    host: {
      logLevel: () => 'warning',
      onMessage: (_: string, { data }: { data?: unknown }) => heard.push(data),
    },
    log: { fromChild: () => undefined },
    run: { exchange: { listener: undefined } },
  }
  const news = newsOf(deps as unknown as NewsDeps)
  for (let n = 0; n < 1000; n += 1) news.onLog({ level: 'debug', data: n })
  news.onLog({ level: 'warning', data: 'the disk is full' })
  vi.advanceTimersByTime(1000)
  expect(heard).toEqual(['the disk is full'])
})
