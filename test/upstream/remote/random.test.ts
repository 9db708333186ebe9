/**
 * However a server's answers look, are cut, and come among each other: each call has one reply, which is its own, each was
 * sent once (promise 7), and the connection lives on.
 */
import { gzipSync } from 'node:zlib'
import * as fc from '../../random.ts'
import { expect, it } from 'vitest'
import { call } from '../harness.ts'
import { events, json, meet, MODERN, result, type Exchange, type Script } from './scripted.ts'

type Told = 'own' | 'error' | 'unavailable'
interface Act {
  readonly told: Told
  readonly act: (exchange: Exchange, text: string) => unknown
}

const own = (id: unknown, text: string): object =>
  result(id, { resultType: 'complete', content: [{ type: 'text', text }] })
const fault = (id: unknown): object => ({ jsonrpc: '2.0', id, error: { code: 7, message: 'no' } })
const news = { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'x' } }
const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`
const body =
  (answer: (id: unknown, text: string) => string, head: Record<string, string> = {}) =>
  ({ response, message: { id } }: Exchange, text: string): void =>
    void response.writeHead(200, { 'content-type': 'application/json', ...head }).end(answer(id, text))
const stream =
  (answer: (id: unknown, text: string) => string) =>
  ({ response, message: { id } }: Exchange, text: string): void => {
    events(response)
    response.end(answer(id, text))
  }

const ACTS: Readonly<Record<string, Act>> = {
  json: { told: 'own', act: body((id, text) => JSON.stringify(own(id, text))) },
  lines: {
    told: 'own',
    act: body((id, text) => JSON.stringify(own(id, text), null, 2).replaceAll('\n', '\r\n')),
  },
  'id as text': { told: 'own', act: body((id, text) => JSON.stringify(own(String(id), text))) },
  'no id': { told: 'own', act: body((_, text) => JSON.stringify(own(null, text))) },
  packed: {
    told: 'own',
    act: ({ response, message: { id } }, text) =>
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end(gzipSync(JSON.stringify(own(id, text)))),
  },
  event: { told: 'own', act: stream((id, text) => data(own(id, text))) },
  'event of several lines': {
    told: 'own',
    act: stream(
      (id, text) => `${JSON.stringify(own(id, text), null, 1).replaceAll(/^/gm, 'data: ')}\r\n\r\n`,
    ),
  },
  'news before': { told: 'own', act: stream((id, text) => `: hi\n\n${data(news)}${data(own(id, text))}`) },
  'another before': {
    told: 'own',
    act: stream((id, text) => data(own('x', 'not this')) + data(own(id, text))),
  },
  twice: { told: 'own', act: stream((id, text) => data(own(id, text)) + data(own(id, 'not this'))) },
  moved: {
    told: 'own',
    act: (exchange, text) =>
      exchange.request.url === '/mcp'
        ? exchange.response.writeHead(307, { location: '/else' }).end()
        : json(exchange.response, own(exchange.message.id, text)),
  },
  error: { told: 'error', act: body((id) => JSON.stringify(fault(id))) },
  'error in a stream': { told: 'error', act: stream((id) => data(fault(id))) },
  'error in a refusal': {
    told: 'error',
    act: ({ response, message: { id } }) => json(response, fault(id), 422),
  },
  failure: { told: 'unavailable', act: ({ response }) => response.writeHead(500).end('words') },
  nothing: { told: 'unavailable', act: ({ response }) => response.writeHead(202).end() },
  page: {
    told: 'unavailable',
    act: ({ response }) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
  },
  'half a body': {
    told: 'unavailable',
    act: ({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"jsonrpc":"2.0"')
      setTimeout(() => response.destroy(), 5)
    },
  },
  'half a stream': {
    told: 'unavailable',
    act: ({ response, message: { id } }) => {
      events(response, data(own(id, 'x')).slice(0, -3))
      setTimeout(() => response.destroy(), 5)
    },
  },
  'no answer': { told: 'unavailable', act: stream(() => data(news)) },
  broken: { told: 'unavailable', act: ({ response }) => response.destroy() },
}

it.each<[string, Script]>([
  ['the older era', {}],
  ['2026-07-28', MODERN],
])('a call to a server of %s has one reply, its own, by one request', async (_era, era) => {
  const seen = new Map<string, number>()
  const act: Script[string] = (exchange) => {
    const { name, text } = (exchange.message.params as { arguments: { name: string; text: string } })
      .arguments
    if (exchange.request.url === '/mcp') seen.set(text, (seen.get(text) ?? 0) + 1)
    return ACTS[name]?.act(exchange, text)
  }
  const { far, server } = await meet({ ...era, 'tools/call': act })
  let calls = 0
  const one = async (name: string): Promise<[Told, Told]> => {
    calls += 1
    const text = `${calls} ${name}`
    const reply = await call(far, 'get_it', { name, text }, { timeoutMs: 20_000 })
    if (reply.kind === 'result') expect(reply.result['content']).toEqual([{ type: 'text', text }])
    expect(seen.get(text)).toBe(1)
    return [reply.kind === 'result' ? 'own' : (reply.kind as Told), ACTS[name]?.told ?? 'own']
  }
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...Object.keys(ACTS)), { minLength: 1, maxLength: 40 }),
      async (names) => {
        const told = await Promise.all(names.map(one))
        expect(told.map(([is]) => is)).toEqual(told.map(([, shouldBe]) => shouldBe))
      },
    ),
    { numRuns: 40 },
  )
  expect(server.of('POST tools/list')).toHaveLength(1)
})
