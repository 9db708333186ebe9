/** Long answers of remote servers: read by a thread of their own, in order, one at a time, and exact to the byte. */
import type { ServerResponse } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { RawJson, writeJson } from '../../../src/json/write.ts'
import { LargeReader } from '../../../src/large/reader.ts'
import { Redactor } from '../../../src/redact/redactor.ts'
import { parseLine, type Frame } from '../../../src/wire/framing.ts'
import type { FleetDeps } from '../../../src/upstream/life/fleet.ts'
import type { Fault, RemoteKind, RemoteServer } from '../../servers/remote/http.mjs'
import { call, startFleet, textOf, type TestFleet } from '../harness.ts'
import { once, remote, remoteSpec, until } from './support.ts'

const MiB = 1024 * 1024
const ROW = '{"id":9007199254740993,"text":"ä 😀","own":1e400}'
const ROWS = `{"rows":[${Array.from({ length: Math.ceil((2 * MiB) / ROW.length) }, () => ROW).join()}]}`
const LONG = 'x'.repeat(MiB)

const idOf = (body: string): string => /"id":(\d+)/.exec(body)?.[1] ?? ''
const resultOf = (body: string, members: string): string =>
  `{"jsonrpc":"2.0","id":${idOf(body)},"result":{"resultType":"complete","content":[]${members}}}`

/** An answer as one body, or as an event of a stream of its own. */
const asBody =
  (members: string): Fault =>
  ({ response, body }) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(resultOf(body, members))
    return true
  }
const asEvent =
  (members: string, then = (response: ServerResponse): void => void response.end()): Fault =>
  ({ response, body }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`data: ${resultOf(body, members)}\n\n`)
    then(response)
    return true
  }

async function start(
  readLarge: NonNullable<FleetDeps['readLarge']>,
  kind: RemoteKind = 'sdk2',
): Promise<TestFleet & { server: RemoteServer }> {
  const server = await remote(kind)
  const spec = remoteSpec('far', server.url, { transport: kind === 'sse' ? 'sse' : 'http' })
  const started = startFleet([spec], { readLarge })
  await started.fleet.settled()
  return { ...started, server }
}

function thread(): NonNullable<FleetDeps['readLarge']> {
  const reader = new LargeReader(new Redactor())
  onTestFinished(() => reader.close())
  return (id, line, facts) => reader.read(line, facts, { id, apps: false })
}

/** A thread that reads when it is let. */
function slowThread(): { read: NonNullable<FleetDeps['readLarge']>; waiting: (() => void)[] } {
  const waiting: (() => void)[] = []
  const read = (_id: string, line: readonly Buffer[]): Promise<Frame> =>
    new Promise((resolve) =>
      waiting.push(() =>
        resolve(parseLine(Buffer.concat(line), 'response') ?? { kind: 'bad', why: 'not-json', bytes: 0 }),
      ),
    )
  return { read, waiting }
}

describe('2 MB with integers beyond 2^53 arrive as they were sent, from the thread', () => {
  const ways: [string, Fault][] = [
    ['a body', asBody(`,"structuredContent":${ROWS}`)],
    ['an event', asEvent(`,"structuredContent":${ROWS}`)],
    ['a body of several lines', asBody(`,\n"structuredContent":\n${ROWS}\n`)],
  ]
  it.each(ways)('as %s', async (_name, fault) => {
    const { child, server } = await start(thread())
    once(server, 'tools/call', fault)
    const reply = await call(child('far'), 'echo', { text: 'x' })
    const content = reply.kind === 'result' ? reply.result['structuredContent'] : reply
    expect(content).toBeInstanceOf(RawJson)
    expect(writeJson(content) === ROWS).toBe(true)
    expect(textOf(await call(child('far'), 'echo', { text: 'next' }))).toBe('next')
  })

  it('as an event of the older transport', async () => {
    const { child } = await start(thread(), 'sse')
    const reply = await call(child('far'), 'get_long', { bytes: 2 * MiB })
    const content = reply.kind === 'result' ? reply.result['content'] : reply
    expect(content).toBeInstanceOf(RawJson)
    expect(writeJson(content)).toBe(`[{"type":"text","text":"${'x'.repeat(2 * MiB)}"}]`)
  })
})

it.each([
  ['broken', asBody(`,"more":"${LONG}`), 'with something that is not JSON'],
  ['no result', asBody(`},"error":{"code":1,"message":"${LONG}"`), 'with both a result and an error'],
  [
    'deep',
    asEvent(`,"more":"${LONG}","d":${'['.repeat(300)}${']'.repeat(300)}`),
    'with data nested deeper than 256 levels',
  ],
])('a long answer that is %s ends its call in our words', async (_name, fault, why) => {
  const { child, server } = await start(thread())
  once(server, 'tools/call', fault)
  expect(await call(child('far'), 'echo', { text: 'x' })).toMatchObject({
    kind: 'unavailable',
    reason: `"far" answered ${why}.`,
  })
})

it('what comes while a long answer is read is handed on after it, in its order', async () => {
  const { read, waiting } = slowThread()
  const { child, server } = await start(read)
  const settled: string[] = []
  const ask = async (name: string): Promise<void> =>
    void (await call(child('far'), 'echo', { text: name }).then(() => settled.push(name)))
  once(server, 'tools/call', asEvent(`,"more":"${LONG}"`))
  const long = ask('long')
  await until(() => waiting.length === 1, 'it is read')
  const others = [ask('second'), ask('third')]
  await until(() => server.calls.length === 2, 'the others are answered')
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(settled).toEqual([])
  waiting.shift()?.()
  await Promise.all([long, ...others])
  expect(settled[0]).toBe('long')
  expect(settled).toHaveLength(3)
})

it('a stream is not read on while its long message is read, so no more than that waits', async () => {
  const { read, waiting } = slowThread()
  const { child, server } = await start(read)
  const state = { written: 0, isOver: false }
  const flood = (response: ServerResponse): void => {
    const news = `data: {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"debug","data":"${LONG}"}}\n\n`
    const more = (): void => {
      while (state.written < 48 * MiB) {
        state.written += news.length
        if (!response.write(news)) return void response.once('drain', more)
      }
      response.end()
    }
    // By us too, who leave an answered call's stream a second.
    response.once('close', () => (state.isOver = true))
    more()
  }
  once(server, 'tools/call', asEvent(`,"more":"${LONG}"`, flood))
  const reply = call(child('far'), 'echo', { text: 'x' })
  await until(() => waiting.length === 1, 'it is read')
  await new Promise((resolve) => setTimeout(resolve, 300))
  // What the system keeps for a connection, and one message.
  expect(state.written).toBeLessThan(24 * MiB)
  waiting.shift()?.()
  expect(await reply).toMatchObject({ kind: 'result' })
  await until(() => state.isOver, 'the rest is read, or nobody waits for it any more')
})

describe('an end while a long answer is read', () => {
  it('that we want waits for nothing', async () => {
    const { read, waiting } = slowThread()
    const { fleet, child, server } = await start(read)
    once(server, 'tools/call', asBody(`,"more":"${LONG}"`))
    const reply = call(child('far'), 'echo', { text: 'x' })
    await until(() => waiting.length === 1, 'it is read')
    await fleet.stop()
    expect(await reply).toMatchObject({ kind: 'unavailable' })
    await until(() => server.sockets.size === 0, 'all connections are closed')
    waiting.shift()?.()
  })

  it('that is the loss of the server comes after it', async () => {
    const { read, waiting } = slowThread()
    const { child, server, of } = await start(read)
    once(server, 'tools/call', asBody(`,"more":"${LONG}"`))
    const long = call(child('far'), 'echo', { text: 'x' })
    await until(() => waiting.length === 1, 'it is read')
    await server.close()
    const next = call(child('far'), 'echo', { text: 'y' })
    await until(() => of('lost').length === 1, 'it is lost')
    waiting.shift()?.()
    expect(await long).toMatchObject({ kind: 'result' })
    expect(await next).toMatchObject({ kind: 'unavailable' })
    await until(() => child('far').state.kind === 'waiting', 'it is down')
  })

  it('costs the call its answer when the thread has failed, and no more', async () => {
    const { child, server } = await start(async (_id, line) => ({
      kind: 'bad',
      why: 'unreadable',
      bytes: line.length,
    }))
    once(server, 'tools/call', asEvent(`,"more":"${LONG}"`))
    expect(await call(child('far'), 'echo', { text: 'x' })).toMatchObject({
      kind: 'unavailable',
      reason: '"far" answered with something that could not be read.',
    })
    expect(textOf(await call(child('far'), 'echo', { text: 'next' }))).toBe('next')
  })
})
