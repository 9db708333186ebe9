/** Streams of remote servers: when they are closed, how long one waits before they are opened again, and what a late one does. */
import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { pauseMs } from '../../../src/upstream/remote/http/streamable.ts'
import { call, textOf } from '../harness.ts'
import { event, events, json, meet, MODERN, result, type Script } from './scripted.ts'
import { until } from './support.ts'
import { together } from '../../together.ts'

together()

describe.concurrent('a stream is opened again', () => {
  it.each<[tries: number, retryMs: number | undefined, ms: number]>([
    [0, undefined, 1000],
    [1, undefined, 1500],
    [3, undefined, 3375],
    [50, undefined, 30_000],
    [0, 0, 1000],
    [3, 10, 1000],
    [0, 5000, 5000],
    [0, 999_999_999, 30_000],
  ])('after %i tries and a wish for %s ms in %i ms', (tries, retryMs, ms) => {
    expect(pauseMs(tries, retryMs)).toBe(ms)
  })

  it('as late as the server wants it, whatever stream has said so', async () => {
    const times: number[] = []
    const { server } = await meet({
      GET: ({ response }) => {
        times.push(performance.now())
        events(response, 'retry: 1800\n\n')
        if (times.length === 1) setTimeout(() => response.destroy(), 20)
      },
    })
    await until(() => server.of('GET').length === 2, 'it is opened again')
    const [first = 0, second = 0] = times
    expect(second - first).toBeGreaterThan(1790)
  })
})

describe.concurrent('the stream of an answer', () => {
  const open = (): { script: Script; streams: ServerResponse[]; isClosed: () => boolean } => {
    const streams: ServerResponse[] = []
    const call: Script[string] = ({ response }) => {
      streams.push(response)
      events(response)
    }
    return { script: { 'tools/call': call }, streams, isClosed: () => streams.every(({ closed }) => closed) }
  }

  it.each<[string, Script]>([
    ['the older era', {}],
    ['2026-07-28', MODERN],
  ])('of a cancelled request is closed, also by us: %s', async (_era, era) => {
    const { script, streams, isClosed } = open()
    const { ask } = await meet({ ...era, ...script })
    const stop = new AbortController()
    const asking = Promise.all([ask({ signal: stop.signal }), ask({ signal: stop.signal })])
    await until(() => streams.length === 2, 'both are called')
    stop.abort()
    expect(await asking).toEqual([{ kind: 'cancelled' }, { kind: 'cancelled' }])
    await until(isClosed, 'both are closed')
  })

  it('of a request that ran out of time is closed too', async () => {
    const { script, streams, isClosed } = open()
    const { ask, server } = await meet(script)
    expect(await ask({ timeoutMs: 200 })).toMatchObject({ kind: 'timeout' })
    expect(streams).toHaveLength(1)
    await until(isClosed, 'it is closed')
    expect(server.of('POST notifications/cancelled')).toHaveLength(1)
  })

  it('that goes on behind the answer is closed by us, so that it holds no connection', async () => {
    const { streams, isClosed } = open()
    const { ask } = await meet({
      'tools/call': ({ response, message: { id } }) => {
        streams.push(response)
        events(response, event(result(id)))
      },
    })
    expect(textOf(await ask())).toBe('done')
    expect(isClosed()).toBe(false)
    await until(isClosed, 'it is closed')
    expect(textOf(await ask())).toBe('done')
  })

  it('may end with an answer that comes late, twice, or after another, and each counts once', async () => {
    const others: [ServerResponse, unknown][] = []
    const { ask, server } = await meet({
      'tools/call': ({ response, message: { id }, nth }) => {
        events(response)
        if (nth === 1) return others.push([response, id])
        // The answers of both in the stream of the second, and then each once more.
        const [[first, firstId] = []] = others
        response.write(event(result(firstId)) + event(result(id)) + event(result(id)))
        first?.end(event(result(firstId)))
        return response.end()
      },
    })
    const first = ask()
    await until(() => others.length === 1, 'the first is called')
    const replies = await Promise.all([first, ask()])
    expect(replies.map(textOf)).toEqual(['done', 'done'])
    expect(server.of('POST tools/call')).toHaveLength(2)
  })

  it('that is taken up tells its progress, and ends with the answer', async () => {
    let called: { id?: unknown; token?: unknown } = {}
    const { ask } = await meet({
      'tools/call': ({ response, message: { id, params } }) => {
        const { _meta } = params as { _meta: { progressToken: unknown } }
        called = { id, token: _meta.progressToken }
        events(response, 'id: a1\ndata:\n\n')
        setTimeout(() => response.destroy(), 20)
      },
      GET: ({ response, request }) => {
        if (request.headers['last-event-id'] !== 'a1') return response.writeHead(405).end()
        const params = { progressToken: called.token, progress: 1 }
        events(response, event({ jsonrpc: '2.0', method: 'notifications/progress', params }, 'a2'))
        return response.end(event(result(called.id), 'a3'))
      },
    })
    const seen: number[] = []
    expect(textOf(await ask({ onProgress: ({ progress }) => seen.push(progress) }))).toBe('done')
    expect(seen).toEqual([1])
  })
})

it.concurrent('a body that comes in pieces, behind a head that came long before, is an answer', async () => {
  const { ask } = await meet({
    'tools/call': async ({ response, message: { id } }) => {
      const text = JSON.stringify(result(id))
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
      for (const char of text) {
        response.write(char)
        await pause(1)
      }
      response.end('\n')
    },
  })
  expect(textOf(await ask())).toBe('done')
})

it.concurrent('a body that breaks off costs its call, which may have taken effect, and no other', async () => {
  const { ask } = await meet({
    'tools/call': ({ response, message: { id }, nth }) => {
      if (nth > 1) return json(response, result(id))
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 })
      response.write('{"jsonrpc":"2.0"')
      return setTimeout(() => response.destroy(), 20)
    },
  })
  expect(await ask()).toMatchObject({
    reason: '"far" answered with nothing, and the connection broke.',
    hint: expect.stringContaining('may have taken effect') as string,
  })
  expect(textOf(await ask())).toBe('done')
})

// A stream may linger for a second.
it.each<[how: string, lingersMs: number, act: Script[string]]>([
  ['refused', 0, ({ response }) => response.writeHead(500).end()],
  ['broken off', 0, ({ response }) => response.destroy()],
  [
    'answered by a stream',
    1100,
    ({ response, message: { id } }) => {
      events(response, event(result(id)))
      response.end()
    },
  ],
])('a call that was %s leaves nothing of it behind', async (_how, lingersMs, act) => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const { far } = await meet({ 'tools/call': act })
  const text = 'x'.repeat(1024 * 1024)
  const ask = (at: number): Promise<unknown> => call(far, 'get_it', { text: `${at}${text}` })
  for (let at = 0; at < 3; at += 1) await ask(at)
  collect()
  const before = process.memoryUsage().heapUsed
  for (let at = 0; at < 12; at += 1) await ask(at)
  await pause(lingersMs)
  collect()
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(6 * 1024 * 1024)
})
