/**
 * The HTTP requests that a remote server sees, by situation. First written down from the MCP SDK's transports, which were
 * here before ours: what a server sees hasn't changed, but for what is said at a row.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import {
  event,
  events,
  INITIALIZED,
  json,
  meet,
  MODERN,
  older,
  result,
  type Exchange,
  type Meeting,
  type Script,
} from './scripted.ts'
import { until } from './support.ts'

interface Row {
  readonly script?: Script
  readonly options?: Parameters<typeof meet>[1]
  readonly act?: (meeting: Meeting) => Promise<unknown>
  /** What is seen but for the handshake, unless that is what the row is about. */
  readonly seen: readonly string[]
  readonly isAboutHandshake?: true
}

const S = 'version=2025-11-25 session=s1'
const M = 'method=tools/call name=get_it version=2026-07-28'
const HANDSHAKE = [
  'POST server/discover method=server/discover version=2026-07-28',
  'POST initialize',
  `POST notifications/initialized ${S}`,
  `POST tools/list ${S}`,
]
const notHere: (exchange: Exchange) => unknown = ({ response }) => response.writeHead(404).end()
const OLDER = older()
const got = async ({ server }: Meeting, times: number, settleMs = 300): Promise<void> => {
  await until(() => server.of('GET').length >= times, `GET ${times} times`)
  await pause(settleMs)
}
/** What the caller was told, or why it is down, in a line. */
function toldBy(outcome: unknown): string[] {
  if (typeof outcome !== 'object' || outcome === null) return []
  const { kind, reason, message } = outcome as { kind?: string; reason?: string; message?: string }
  return [[kind, (reason ?? message)?.replace(/:\d+/, '')].filter((part) => part !== undefined).join(': ')]
}
const moved =
  (status: number, to: string) =>
  ({ request, response, message }: Exchange): unknown =>
    request.url === to
      ? json(response, result(message.id))
      : response.writeHead(status, { location: to }).end('elsewhere')

/** A call whose stream breaks off. The next try is answered by that status, or by a stream that breaks off too; then this comes. */
function resumed(last: (id: unknown) => string, status = 200): Script {
  let called: unknown
  let tries = 0
  return {
    'tools/call': ({ response, message: { id } }) => {
      called = id
      events(response, 'id: a1\ndata:\n\n')
      setTimeout(() => response.destroy(), 50)
    },
    GET: ({ response, request }) => {
      if (request.headers['last-event-id'] === undefined) return response.writeHead(405).end()
      tries += 1
      if (tries === 1 && status !== 200) return response.writeHead(status).end()
      events(response, tries === 1 ? 'id: a2\ndata:\n\n' : last(called))
      return response.end()
    },
  }
}

const ROWS: Readonly<Record<string, Row>> = {
  'a server of the older era with a session, from the handshake to its end': {
    isAboutHandshake: true,
    act: ({ fleet }) => fleet.stop(),
    seen: [...HANDSHAKE, `GET ${S}`, `DELETE ${S}`],
  },
  'one without a session': {
    isAboutHandshake: true,
    script: {
      initialize: ({ response, message: { id } }) =>
        json(response, result(id, { ...INITIALIZED, protocolVersion: '2025-06-18' })),
    },
    act: ({ fleet }) => fleet.stop(),
    seen: [
      'POST server/discover method=server/discover version=2026-07-28',
      'POST initialize',
      'POST notifications/initialized version=2025-06-18',
      'POST tools/list version=2025-06-18',
      'GET version=2025-06-18',
    ],
  },
  'a server of 2026-07-28': {
    isAboutHandshake: true,
    script: MODERN,
    act: async ({ ask, fleet }) => {
      const reply = await ask()
      await fleet.stop()
      return reply
    },
    seen: [
      'POST server/discover method=server/discover version=2026-07-28',
      'POST tools/list method=tools/list version=2026-07-28',
      `POST tools/call ${M}`,
      'result',
    ],
  },
  'a name that no header can hold': {
    script: MODERN,
    act: ({ far }) =>
      far.request(
        { method: 'resources/read', params: { uri: 'memo://süß' } },
        { signal: new AbortController().signal, timeoutMs: 5000, caller: { capabilities: {} } },
      ),
    seen: [
      'POST tools/list method=tools/list version=2026-07-28',
      'POST resources/read method=resources/read name==?base64?bWVtbzovL3PDvMOf?= version=2026-07-28',
      'unavailable: "far" answered with HTTP 404.',
    ],
  },
  'headers of its own that are ours too': {
    options: {
      headers: {
        Accept: 'text/plain, application/json',
        'Mcp-Session-Id': 'theirs',
        'MCP-Protocol-Version': '1999-01-01',
        'Content-Type': 'text/plain',
      },
    },
    isAboutHandshake: true,
    act: ({ fleet }) => fleet.stop(),
    seen: [
      'POST server/discover accept=text/plain, application/json, text/event-stream method=server/discover version=2026-07-28 session=theirs',
      'POST initialize accept=text/plain, application/json, text/event-stream version=1999-01-01',
      `POST notifications/initialized accept=text/plain, application/json, text/event-stream ${S}`,
      `POST tools/list accept=text/plain, application/json, text/event-stream ${S}`,
      `GET accept=text/plain, application/json, text/event-stream type=text/plain ${S}`,
      `DELETE accept=text/plain, application/json type=text/plain ${S}`,
    ],
  },
  'the acceptance of what it was told, with 200': {
    script: { 'notifications/initialized': ({ response }) => json(response, {}) },
    act: ({ ask }) => ask(),
    seen: [`POST tools/call ${S}`, 'result'],
  },
  'the acceptance of what it was told, with 204': {
    script: { 'notifications/initialized': ({ response }) => response.writeHead(204).end() },
    seen: [],
  },
  'no stream of news, with 404': {
    script: { GET: ({ response }) => response.writeHead(404).end() },
    act: () => pause(1500),
    seen: [`GET ${S}`],
  },
  'no stream of news, as a failure': {
    script: { GET: ({ response }) => response.writeHead(500).end() },
    act: () => pause(1500),
    seen: [`GET ${S}`],
  },
  // Not asked for each second, as before.
  'no stream of news, as a web page': {
    script: {
      GET: ({ response }) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello'),
    },
    act: () => pause(2500),
    seen: [`GET ${S}`],
  },
  'a stream of news that ends, and has no ids': {
    script: {
      GET: ({ response, nth }) => {
        events(response, ': hello\n\n')
        if (nth === 1) setTimeout(() => response.end(), 50)
      },
    },
    act: (meeting) => got(meeting, 2),
    seen: [`GET ${S}`, `GET ${S}`],
  },
  'a stream of news that breaks off behind an event with an id': {
    script: {
      GET: ({ response, nth }) => {
        events(response, event({ jsonrpc: '2.0', method: 'notifications/x' }, `n${nth}`))
        if (nth < 3) setTimeout(() => response.destroy(), 50)
      },
    },
    act: (meeting) => got(meeting, 3),
    seen: [`GET ${S}`, `GET from=n1 ${S}`, `GET from=n2 ${S}`],
  },
  // It counts by the standard (WHATWG HTML, 9.2.6), and did not before.
  'an id without data': {
    script: {
      GET: ({ response, nth }) => {
        events(response, 'id: bare\n\n')
        if (nth < 2) setTimeout(() => response.destroy(), 50)
      },
    },
    act: (meeting) => got(meeting, 2),
    seen: [`GET ${S}`, `GET from=bare ${S}`],
  },
  'an id with empty data': {
    script: {
      GET: ({ response, nth }) => {
        events(response, 'id: primed\ndata:\n\n')
        if (nth < 2) setTimeout(() => response.destroy(), 50)
      },
    },
    act: (meeting) => got(meeting, 2),
    seen: [`GET ${S}`, `GET from=primed ${S}`],
  },
  'an id, then an empty one': {
    script: {
      GET: ({ response, nth }) => {
        events(response, 'id: one\ndata:\n\nid:\ndata:\n\n')
        if (nth < 2) setTimeout(() => response.destroy(), 50)
      },
    },
    act: (meeting) => got(meeting, 2),
    seen: [`GET ${S}`, `GET from=one ${S}`],
  },
  'an id that was taken up, and is not taken up the next time': {
    script: {
      GET: ({ response, request, nth }) => {
        if (request.headers['last-event-id'] !== undefined) return response.writeHead(400).end()
        events(response, 'id: one\ndata:\n\n')
        if (nth === 1) setTimeout(() => response.destroy(), 50)
        return undefined
      },
    },
    act: (meeting) => got(meeting, 3),
    seen: [`GET ${S}`, `GET from=one ${S}`, `GET ${S}`],
  },
  'an answer whose stream breaks off behind an id, twice': {
    script: resumed((id) => event(result(id), 'a3')),
    act: ({ ask }) => ask(),
    seen: [`POST tools/call ${S}`, `GET ${S}`, `GET from=a1 ${S}`, `GET from=a2 ${S}`, 'result'],
  },
  'an answer whose stream breaks off without an id': {
    script: {
      'tools/call': ({ response }) => {
        events(response, ': hello\n\n')
        setTimeout(() => response.destroy(), 50)
      },
    },
    act: ({ ask }) => ask(),
    seen: [
      `POST tools/call ${S}`,
      `GET ${S}`,
      'unavailable: "far" answered with nothing, and the connection is closed.',
    ],
  },
  'an answer whose stream goes on behind the answer, and breaks off': {
    script: {
      'tools/call': ({ response, message: { id } }) => {
        events(response, event(result(id), 'a1'))
        setTimeout(() => response.destroy(), 50)
      },
    },
    act: async ({ ask }) => {
      const reply = await ask()
      await pause(1500)
      return reply
    },
    seen: [`POST tools/call ${S}`, `GET ${S}`, 'result'],
  },
  // Its own answer is still waited for, and was not before.
  'the answer of another in the stream, which then breaks off behind an id': {
    script: {
      'tools/call': ({ response }) => {
        events(response, event(result('another'), 'a1'))
        setTimeout(() => response.destroy(), 50)
      },
    },
    act: ({ ask }) => ask(),
    seen: [
      `POST tools/call ${S}`,
      `POST ping ${S}`,
      `GET ${S}`,
      `GET from=a1 ${S}`,
      'unavailable: "far" answered with nothing, and the connection is closed.',
    ],
  },
  'an answer whose stream is not taken up, with 405': {
    script: {
      'tools/call': ({ response }) => {
        events(response, 'id: a1\ndata:\n\n')
        setTimeout(() => response.destroy(), 50)
      },
    },
    act: ({ ask }) => ask(),
    seen: [
      `POST tools/call ${S}`,
      `POST ping ${S}`,
      `GET ${S}`,
      `GET from=a1 ${S}`,
      'unavailable: "far" answered with nothing, and the connection is closed.',
    ],
  },
  // Told at once; before it was tried four times, which took eight seconds.
  'an answer whose stream is not taken up, with 400': {
    script: {
      'tools/call': ({ response }) => {
        events(response, 'id: a1\ndata:\n\n')
        setTimeout(() => response.destroy(), 50)
      },
      GET: ({ response, nth }) => response.writeHead(nth === 1 ? 405 : 400).end(),
    },
    act: ({ ask }) => ask({ timeoutMs: 20_000 }),
    seen: [
      `POST tools/call ${S}`,
      `POST ping ${S}`,
      `GET ${S}`,
      `GET from=a1 ${S}`,
      'unavailable: "far" answered with nothing, and the connection is closed.',
    ],
  },
  'an answer whose stream is taken up at the second try': {
    script: resumed((id) => event(result(id), 'a2'), 503),
    act: ({ ask }) => ask({ timeoutMs: 20_000 }),
    seen: [
      `POST tools/call ${S}`,
      `POST ping ${S}`,
      `GET ${S}`,
      `GET from=a1 ${S}`,
      `GET from=a1 ${S}`,
      'result',
    ],
  },
  // Nobody waits for it any more; before it was taken up all the same.
  'an answer that was cancelled while its stream is to be taken up': {
    script: {
      'tools/call': ({ response }) => {
        events(response, 'id: a1\ndata:\n\n')
        setTimeout(() => response.destroy(), 50)
      },
    },
    act: async ({ ask }) => {
      const stop = new AbortController()
      setTimeout(() => stop.abort(), 400)
      const reply = await ask({ signal: stop.signal })
      await pause(1500)
      return reply
    },
    seen: [`POST tools/call ${S}`, `POST notifications/cancelled ${S}`, `GET ${S}`, 'cancelled'],
  },
  // That revision knows no GET; before it was asked for all the same.
  'an answer whose stream breaks off, of 2026-07-28': {
    script: {
      ...MODERN,
      'tools/call': ({ response }) => {
        events(response, 'id: a1\ndata:\n\n')
        setTimeout(() => response.destroy(), 50)
      },
    },
    act: ({ ask }) => ask(),
    seen: [
      'POST tools/list method=tools/list version=2026-07-28',
      `POST tools/call ${M}`,
      'unavailable: "far" answered with nothing, and the connection is closed.',
    ],
  },
  'an answer that was cancelled, of 2026-07-28': {
    script: { ...MODERN, 'tools/call': ({ response }) => events(response) },
    act: async ({ ask, server }) => {
      const stop = new AbortController()
      const asking = ask({ signal: stop.signal })
      await until(() => server.of('POST tools/call').length === 1, 'it is called')
      const before = server.sockets.size
      stop.abort()
      const reply = await asking
      await until(() => server.sockets.size < before, 'the connection is closed')
      return reply
    },
    seen: ['POST tools/list method=tools/list version=2026-07-28', `POST tools/call ${M}`, 'cancelled'],
  },
  'an answer that was cancelled': {
    script: { 'tools/call': ({ response }) => events(response) },
    act: async ({ ask, server }) => {
      const stop = new AbortController()
      const asking = ask({ signal: stop.signal })
      await until(() => server.of('POST tools/call').length === 1, 'it is called')
      stop.abort()
      return asking
    },
    seen: [`POST tools/call ${S}`, `POST notifications/cancelled ${S}`, `GET ${S}`, 'cancelled'],
  },
  'a redirect of POST within its origin, with 307': {
    script: { 'tools/call': moved(307, '/else') },
    act: ({ ask }) => ask(),
    seen: [`POST tools/call ${S}`, `POST tools/call at /else ${S}`, `GET ${S}`, 'result'],
  },
  'a redirect of POST within its origin, with 302': {
    script: { 'tools/call': moved(302, '/else') },
    act: ({ ask }) => ask(),
    seen: [`POST tools/call ${S}`, `GET ${S}`, 'unavailable: "far" answered with HTTP 302.'],
  },
  'a redirect of POST to another origin': {
    script: { 'tools/call': moved(307, 'http://127.0.0.1:9/mcp') },
    act: ({ ask }) => ask(),
    seen: [`POST tools/call ${S}`, `GET ${S}`, 'unavailable: "far" answered with HTTP 307.'],
  },
  'a redirect of POST with a name in it': {
    script: {
      'tools/call': ({ request, response }) =>
        response.writeHead(308, { location: `http://me:pw@${request.headers.host}/else` }).end(),
    },
    act: ({ ask }) => ask(),
    seen: [`POST tools/call ${S}`, `GET ${S}`, 'unavailable: "far" answered with HTTP 308.'],
  },
  'a redirect of POST to itself': {
    script: { 'tools/call': ({ response }) => response.writeHead(308, { location: '/mcp' }).end() },
    act: ({ ask }) => ask(),
    seen: [
      `POST tools/call ${S}`,
      `POST tools/call ${S}`,
      `POST tools/call ${S}`,
      `POST tools/call ${S}`,
      `POST tools/call ${S}`,
      `POST tools/call ${S}`,
      `GET ${S}`,
      'unavailable: "far" answered with HTTP 308.',
    ],
  },
  'a redirect of GET within its origin': {
    script: {
      GET: ({ request, response }) =>
        request.url === '/news' ? events(response) : response.writeHead(302, { location: '/news' }).end(),
    },
    seen: [`GET ${S}`, `GET at /news ${S}`],
  },
  'an answer that is empty, with 202': {
    script: { 'tools/call': ({ response }) => response.writeHead(202).end() },
    act: ({ ask }) => ask(),
    seen: [
      `POST tools/call ${S}`,
      `GET ${S}`,
      'unavailable: "far" answered with nothing, and the connection is closed.',
    ],
  },
  'an answer that is empty, with 204': {
    script: { 'tools/call': ({ response }) => response.writeHead(204).end() },
    act: ({ ask }) => ask(),
    seen: [
      `POST tools/call ${S}`,
      `GET ${S}`,
      'unavailable: "far" answered with something that is not an answer of MCP.',
    ],
  },
  'an answer of a type in capitals, with a charset': {
    script: {
      'tools/call': ({ response, message: { id } }) =>
        response
          .writeHead(201, { 'content-type': 'Application/JSON; Charset=UTF-8' })
          .end(JSON.stringify(result(id))),
    },
    act: ({ ask }) => ask(),
    seen: [`POST tools/call ${S}`, `GET ${S}`, 'result'],
  },
  'a server that wants a login, and there is none': {
    isAboutHandshake: true,
    script: { 'server/discover': ({ response }) => response.writeHead(401).end() },
    act: async ({ far }) => far.state,
    seen: ['POST server/discover method=server/discover version=2026-07-28', 'failed: "far" needs a login.'],
  },
  'credentials that are refused': {
    isAboutHandshake: true,
    options: { headers: { Authorization: 'Bearer key' } },
    script: { 'server/discover': ({ response }) => response.writeHead(401).end() },
    act: async ({ far }) => far.state,
    seen: [
      'POST server/discover authorization=Bearer key method=server/discover version=2026-07-28',
      'failed: "far" does not accept the credentials that it was given (HTTP 401).',
    ],
  },
  'another id of the session in a later answer': {
    script: {
      'tools/call': ({ response, message: { id } }) =>
        json(response, result(id), 200, { 'mcp-session-id': 's2' }),
    },
    act: async ({ ask }) => {
      await ask()
      return ask()
    },
    seen: [`POST tools/call ${S}`, `POST tools/call ${S}`, `GET ${S}`, 'result'],
  },
  'the older transport': {
    isAboutHandshake: true,
    options: { transport: 'sse' },
    script: OLDER,
    act: async ({ ask, fleet }) => {
      const reply = await ask()
      await fleet.stop()
      return reply
    },
    seen: [
      'POST initialize at /messages?s=1 no accept',
      'POST notifications/initialized at /messages?s=1 version=2024-11-05 no accept',
      'POST tools/list at /messages?s=1 version=2024-11-05 no accept',
      'POST tools/call at /messages?s=1 version=2024-11-05 no accept',
      'GET',
      'result',
    ],
  },
  'the older transport, found out': {
    isAboutHandshake: true,
    script: {
      ...OLDER,
      'server/discover': notHere,
      initialize: (exchange) =>
        exchange.request.url === '/mcp' ? notHere(exchange) : OLDER['initialize']?.(exchange),
    },
    act: ({ ask }) => ask(),
    seen: [
      'POST server/discover method=server/discover version=2026-07-28',
      'POST initialize',
      'POST initialize at /messages?s=1 no accept',
      'POST notifications/initialized at /messages?s=1 version=2024-11-05 no accept',
      'POST tools/list at /messages?s=1 version=2024-11-05 no accept',
      'POST tools/call at /messages?s=1 version=2024-11-05 no accept',
      'GET',
      'result',
    ],
  },
  'the older transport, with an address elsewhere': {
    isAboutHandshake: true,
    options: { transport: 'sse' },
    script: {
      GET: ({ response }) => events(response, 'event: endpoint\ndata: http://127.0.0.1:9/messages\n\n'),
    },
    act: async ({ far }) => far.state,
    seen: ['GET', 'waiting: "far" answered with something that is not MCP, at 127.0.0.1.'],
  },
  'the older transport, where there is a web page': {
    isAboutHandshake: true,
    options: { transport: 'sse' },
    script: { GET: ({ response }) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>') },
    act: async ({ far }) => far.state,
    seen: ['GET', 'waiting: "far" answered with something that is not MCP, at 127.0.0.1.'],
  },
  'the older transport, where nothing is': {
    isAboutHandshake: true,
    options: { transport: 'sse' },
    script: { GET: ({ response }) => response.writeHead(404).end() },
    act: async ({ far }) => far.state,
    seen: ['GET', 'failed: at the address of "far" on 127.0.0.1 there is no MCP server (HTTP 404).'],
  },
  'the older transport, whose stream ends before its address': {
    isAboutHandshake: true,
    options: { transport: 'sse' },
    script: {
      GET: ({ response }) => {
        events(response, ': hello\n\n')
        response.end()
      },
    },
    act: async ({ far }) => far.state,
    seen: ['GET', 'waiting: "far" answered with something that is not MCP, at 127.0.0.1.'],
  },
  'the older transport, with a redirect': {
    isAboutHandshake: true,
    options: { transport: 'sse' },
    script: {
      ...OLDER,
      GET: (exchange) =>
        exchange.request.url === '/mcp'
          ? exchange.response.writeHead(307, { location: '/sse' }).end()
          : OLDER['GET']?.(exchange),
    },
    act: ({ ask }) => ask(),
    seen: [
      'POST initialize at /messages?s=1 no accept',
      'POST notifications/initialized at /messages?s=1 version=2024-11-05 no accept',
      'POST tools/list at /messages?s=1 version=2024-11-05 no accept',
      'POST tools/call at /messages?s=1 version=2024-11-05 no accept',
      'GET',
      'GET at /sse',
      'result',
    ],
  },
}

/** In the order of their methods: which of a GET and a POST comes first is chance where they leave at once. */
function shownOf({ server }: Meeting, { isAboutHandshake }: Row): string[] {
  const lines = ['POST', 'GET', 'DELETE'].flatMap((method) => server.of(method))
  return isAboutHandshake === true ? lines : lines.filter((line) => !HANDSHAKE.includes(line))
}

async function seenIn(row: Row): Promise<readonly string[]> {
  const meeting = await meet(row.script, row.options)
  const { server } = meeting
  const wanted = row.seen.filter((line) => /^(?:POST|GET|DELETE) ?/.test(line))
  // Else a busy machine would end the connection before its first GET is heard.
  if (wanted.some((line) => line.startsWith('GET')))
    await until(() => server.of('GET').length > 0, 'it asks for news')
  const told = toldBy(await row.act?.(meeting))
  const isAllSeen = (): boolean => shownOf(meeting, row).length >= wanted.length
  // That there are no more of them is seen a moment later.
  await until(isAllSeen, wanted.join()).catch(() => undefined)
  await pause(200)
  return [...shownOf(meeting, row), ...told]
}

it('are these, by situation', async () => {
  const rows = Object.entries(ROWS)
  const seen = await Promise.all(rows.map(async ([name, row]) => [name, await seenIn(row)] as const))
  expect(Object.fromEntries(seen)).toEqual(
    Object.fromEntries(rows.map(([name, { seen: lines }]) => [name, lines])),
  )
})
