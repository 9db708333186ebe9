// A remote server of the older era that keeps sessions, written from the wire: Streamable HTTP (2025-11-25
// basic/transports) at /mcp, and the older transport (2024-11-05) at /sse. It forgets its sessions when it is told to, and
// from then on turns away what belongs to one of them in the form that it is given.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'

const json = (response, status, value) =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
const plain = (response, status, text, type = 'text/plain') =>
  void response.writeHead(status, text === '' ? {} : { 'content-type': type }).end(text)
const error = (id, code, message) => ({ jsonrpc: '2.0', id, error: { code, message } })
const sent = (message) => `event: message\ndata: ${JSON.stringify(message)}\n\n`

/** In which form a server says that it doesn't know a session; each is that of a published server or SDK. */
export const FORMS = {
  '404 without a body': (response) => plain(response, 404, ''),
  '404 with id null (TypeScript SDK)': (response) =>
    json(response, 404, error(null, -32_001, 'Session not found')),
  '404 with id "server-error" (Python SDK)': (response) =>
    json(response, 404, error('server-error', -32_600, 'Session not found')),
  '404 with the id of the request': (response, { id }) =>
    json(response, 404, error(id ?? null, -32_603, 'Internal error')),
  '404 with a web page': (response) => plain(response, 404, '<h1>Not Found</h1>', 'text/html'),
  '400 without a body': (response) => plain(response, 400, ''),
  '400 with a text': (response) => plain(response, 400, 'Invalid or missing session ID'),
  '400 with another text': (response) => plain(response, 400, 'Bad Request'),
  '400 with an error': (response) =>
    json(response, 400, error(null, -32_000, 'Bad Request: No valid session ID provided')),
  '400 of one that was started again': (response) =>
    json(response, 400, error(null, -32_000, 'Bad Request: Server not initialized')),
  '410 Gone': (response) => plain(response, 410, 'Gone'),
  '404 with the id of the request and its words': (response, { id }) =>
    json(response, 404, error(id ?? null, -32_602, 'Sitzung nicht gefunden')),
  '400 with an error in other words': (response) =>
    json(response, 400, error(null, -32_600, '会话不存在或已过期')),
  '400 with an error for its arguments': (response, { id }) =>
    json(response, 400, error(id ?? null, -32_602, 'Sesión desconocida')),
  '401 without a body': (response) => plain(response, 401, ''),
  '403 without a body': (response) => plain(response, 403, ''),
  '406 without a body': (response) => plain(response, 406, ''),
  '409 without a body': (response) => plain(response, 409, ''),
  '409 with an object': (response) => json(response, 409, { detail: 'unknown client', trace: randomUUID() }),
  '422 with an object': (response) =>
    json(response, 422, { detail: [{ loc: ['header', 'mcp-session-id'] }] }),
  '423 with a text': (response) => plain(response, 423, 'Locked'),
  '498 with a text': (response) => plain(response, 498, 'expired'),
  '503 with words about the session': (response) => plain(response, 503, 'no such session on this node'),
  '403 with words about the session': (response) => plain(response, 403, 'this session is not yours'),
  '500 with words about the session': (response) => plain(response, 500, 'Error: Session has expired'),
  '200 with an error': (response, { id }) =>
    json(response, 200, error(id ?? null, -32_001, 'Session not found')),
  '200 with an error in other words': (response, { id }) =>
    json(response, 200, error(id ?? null, -32_000, 'inconnu')),
  '200 with an error without an id': (response) =>
    json(response, 200, error(null, -32_602, 'セッションが見つかりません')),
  '200 with an error in a stream': (response, { id }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(sent(error(id ?? null, -32_600, `Invalid session: unknown ${randomUUID()}`)))
  },
}

const TOOLS = ['run', 'get_slowly', 'get_page', 'get_bad', 'get_odd'].map((name) => ({
  name,
  inputSchema: { type: 'object' },
}))

export async function startSessions(options = {}) {
  const state = {
    requests: [],
    initialized: 0,
    runs: 0,
    cancelled: 0,
    levels: [],
    subscribed: [],
    progress: [],
  }
  const settings = {
    /** How a stranger is turned away. */
    form: FORMS['404 without a body'],
    /** For GET: there is a stream of news, or none. */
    stream: true,
    tools: TOOLS,
    /** Sessions are forgotten as soon as they are used. */
    forgetful: false,
    /** Answers `get_odd`, which has run by then; given what its stream can say. */
    odd: undefined,
    /** Its sessions have ids; else it knows only whether anybody has shaken hands with it. */
    named: true,
    /** The status by which it refuses to take up a stream of events, which have ids then. */
    resumes: undefined,
    ...options,
  }
  /** By id: the stream of news, where there is one. */
  const sessions = new Map()
  const streams = new Set()

  const results = {
    ping: () => ({}),
    'tools/list': () => ({ tools: settings.tools }),
    'resources/list': () => ({ resources: [{ uri: 'test://a', name: 'a' }] }),
    'logging/setLevel': ({ level }) => (state.levels.push(level), {}),
    'resources/subscribe': ({ uri }) => (state.subscribed.push(uri), {}),
    'tools/call': async ({ name, arguments: args, _meta }, tell) => {
      state.runs += 1
      if (name === 'get_page') throw new Error('browser session not found')
      if (_meta?.progressToken !== undefined)
        tell({
          jsonrpc: '2.0',
          method: 'notifications/progress',
          params: { progressToken: _meta.progressToken, progress: 1 },
        })
      if (name === 'get_slowly') await new Promise((resolve) => setTimeout(resolve, args?.ms ?? 300))
      return { content: [{ type: 'text', text: `ran ${state.runs}` }] }
    },
  }

  const answer = async ({ id, method, params = {} }, tell) => {
    if (method === 'initialize') {
      state.initialized += 1
      const capabilities = { tools: { listChanged: true }, resources: { subscribe: true }, logging: {} }
      const serverInfo = { name: 'sessions', version: '1' }
      return {
        jsonrpc: '2.0',
        id,
        result: { protocolVersion: params.protocolVersion, capabilities, serverInfo },
      }
    }
    const act = results[method]
    if (act === undefined) return error(id, -32_601, 'Method not found')
    try {
      return { jsonrpc: '2.0', id, result: await act(params, tell) }
    } catch ({ message }) {
      return error(id, -32_603, message)
    }
  }

  async function streamable(request, response, message) {
    const id = settings.named ? request.headers['mcp-session-id'] : 'the only one'
    if (request.method === 'DELETE') return void response.writeHead(sessions.delete(id) ? 200 : 404).end()
    if (message?.method === 'initialize') {
      const session = settings.named ? randomUUID() : id
      sessions.set(session, undefined)
      if (settings.named) response.setHeader('mcp-session-id', session)
      return json(response, 200, await answer(message))
    }
    if (!sessions.has(id)) return settings.form(response, message ?? {})
    if (settings.forgetful && message?.method === 'tools/call') {
      sessions.delete(id)
      return settings.form(response, message)
    }
    if (request.method === 'GET') {
      if (!settings.stream) return void response.writeHead(405).end()
      if (settings.resumes !== undefined && request.headers['last-event-id'] !== undefined)
        return void response.writeHead(settings.resumes).end('no such event')
      sessions.set(id, response)
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      if (settings.resumes !== undefined) response.write('retry: 1000\nid: news\ndata:\n\n')
      return
    }
    if (message.id === undefined) {
      if (message.method === 'notifications/cancelled') state.cancelled += 1
      return void response.writeHead(202).end()
    }
    if (message.params?.name === 'get_odd') {
      state.runs += 1
      return void (await settings.odd(response, message))
    }
    if (message.params?.name === 'get_bad')
      return json(response, 400, error(message.id, -32_602, 'arguments must have a size'))
    if (message.params?.name !== 'get_slowly')
      return json(response, 200, await answer(message, () => undefined))
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    response.end(sent(await answer(message, (news) => response.write(sent(news)))))
  }

  async function older(request, response, message) {
    const url = new URL(request.url, 'http://server')
    if (request.method === 'GET' && url.pathname === '/sse') {
      const session = randomUUID()
      sessions.set(session, response)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(`event: endpoint\ndata: /messages?sessionId=${session}\n\n`)
      return
    }
    if (url.pathname !== '/messages') return void response.writeHead(404).end()
    const stream = sessions.get(url.searchParams.get('sessionId'))
    if (stream === undefined) return settings.form(response, message ?? {})
    response.writeHead(202).end('Accepted')
    if (message.id !== undefined)
      stream.write(sent(await answer(message, (news) => stream.write(sent(news)))))
  }

  const server = createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString('utf8')
    const message = text === '' ? undefined : JSON.parse(text)
    const what = message === undefined ? request.method : message.method
    state.requests.push(what)
    if (what === 'server/discover') return json(response, 404, error(message.id, -32_601, 'Method not found'))
    streams.add(response)
    response.once('close', () => streams.delete(response))
    await (request.url.startsWith('/mcp') ? streamable : older)(request, response, message)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${server.address().port}`
  return {
    state,
    settings,
    sessions,
    url: `${origin}/mcp`,
    sseUrl: `${origin}/sse`,
    /** What it knows of its clients is gone; their streams end where it is told so. */
    forget({ endStreams = false } = {}) {
      const open = [...sessions.values()]
      sessions.clear()
      if (endStreams) for (const stream of open) stream?.end()
    },
    /** Every connection breaks. */
    cut: () => server.closeAllConnections(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
