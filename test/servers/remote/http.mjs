// Real remote MCP servers on 127.0.0.1 for the tests: Streamable HTTP of the current SDK (2.4, both eras), Streamable
// HTTP with sessions of the first SDK (1.32), and the older SSE transport of the first SDK. Each has the same tools, a
// guard that may refuse a request before MCP sees it, and a list of faults that are played instead of an answer.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { Readable } from 'node:stream'
import { createMcpHandler, McpServer as McpServer2 } from '@modelcontextprotocol/server'
import { McpServer as McpServer1 } from '@modelcontextprotocol/sdk/server/mcp.js'
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { z } from 'zod'

const text = (value) => ({ content: [{ type: 'text', text: value }] })
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** The same tools on either SDK's McpServer; `state` is what the test looks at. */
function addTools(server, wrap, state, headers) {
  const readOnly = { annotations: { readOnlyHint: true } }
  const add = (name, config, shape, run) =>
    server.registerTool(name, { ...config, inputSchema: wrap(shape) }, run)
  add('echo', readOnly, { text: z.string() }, ({ text: value }) => {
    state.calls.push(['echo', value])
    return text(value)
  })
  add('get_secret', readOnly, {}, () =>
    text(`it is ${headers()['authorization'] ?? headers()['x-api-key'] ?? 'none'}`),
  )
  add('delete_all', {}, {}, () => {
    state.calls.push(['delete_all'])
    return text('deleted')
  })
  add('get_slowly', readOnly, { ms: z.number() }, async ({ ms }) => {
    state.calls.push(['get_slowly', ms])
    await later(ms)
    state.calls.push(['slept', ms])
    return text('awake')
  })
  add('get_long', readOnly, { bytes: z.number() }, ({ bytes }) => text('x'.repeat(bytes)))
  add('count', readOnly, { to: z.number() }, async ({ to }, extra) => {
    const meta = extra._meta ?? extra.mcpReq?._meta
    const notify = extra.sendNotification ?? ((message) => extra.mcpReq.notify(message))
    for (let at = 1; at <= to; at += 1) {
      await later(10)
      if (meta?.progressToken !== undefined)
        await notify({
          method: 'notifications/progress',
          params: { progressToken: meta.progressToken, progress: at, total: to },
        })
    }
    return text(`counted to ${to}`)
  })
  add('get_routed', readOnly, { region: z.string().meta({ 'x-mcp-header': 'Region' }) }, () =>
    text(`routed to ${headers()['mcp-param-region'] ?? 'nowhere'}`),
  )
  add('grow', readOnly, {}, () => {
    add('grown', readOnly, {}, () => text('grown'))
    return text('grows')
  })
}

async function bodyOf(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function sdk2(state, options) {
  const handler = createMcpHandler(
    (context) => {
      const server = new McpServer2({ name: 'remote', version: '1.0.0' })
      addTools(
        server,
        (shape) => z.object(shape),
        state,
        () => Object.fromEntries(context.requestInfo?.headers ?? []),
      )
      return server
    },
    options.legacy === undefined ? {} : { legacy: options.legacy },
  )
  return async (request, response, body) => {
    const { method, headers } = request
    const url = `http://${headers.host}${request.url}`
    const closed = new AbortController()
    response.once('close', () => closed.abort())
    const answer = await handler.fetch(
      new Request(url, { method, headers, signal: closed.signal, ...(method === 'POST' && { body }) }),
    )
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    if (answer.body === null) response.end()
    else
      Readable.fromWeb(answer.body)
        .on('error', () => response.destroy())
        .pipe(response)
  }
}

function sdk1(state, options) {
  const sessions = state.sessions
  return async (request, response, body) => {
    const id = request.headers['mcp-session-id']
    const parsed = body === '' ? undefined : JSON.parse(body)
    if (id !== undefined && !sessions.has(id))
      return void response.writeHead(options.unknownSession ?? 404).end()
    if (id !== undefined) return sessions.get(id).handleRequest(request, response, parsed)
    if (parsed?.method !== 'initialize') return void response.writeHead(400).end('no session')
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (session) => void sessions.set(session, transport),
      onsessionclosed: (session) => {
        sessions.delete(session)
        state.deleted.push(session)
      },
      ...(options.json === true && { enableJsonResponse: true }),
    })
    const server = new McpServer1({ name: 'remote', version: '1.0.0' })
    let headers = request.headers
    addTools(
      server,
      (shape) => shape,
      state,
      () => headers,
    )
    const handle = transport.handleRequest.bind(transport)
    transport.handleRequest = (next, ...rest) => {
      headers = next.headers
      return handle(next, ...rest)
    }
    await server.connect(transport)
    await transport.handleRequest(request, response, parsed)
  }
}

function sse(state) {
  const sessions = state.sessions
  return async (request, response, body) => {
    const url = new URL(request.url, 'http://server')
    if (request.method === 'GET' && url.pathname === '/mcp') {
      const transport = new SSEServerTransport('/messages', response)
      sessions.set(transport.sessionId, transport)
      response.once('close', () => {
        sessions.delete(transport.sessionId)
        state.deleted.push(transport.sessionId)
      })
      const server = new McpServer1({ name: 'remote', version: '1.0.0' })
      addTools(
        server,
        (shape) => shape,
        state,
        () => request.headers,
      )
      return server.connect(transport)
    }
    const transport = sessions.get(url.searchParams.get('sessionId') ?? '')
    if (request.method !== 'POST' || transport === undefined) return void response.writeHead(404).end()
    return transport.handlePostMessage(request, response, JSON.parse(body))
  }
}

const KINDS = { sdk2, sdk1, sse }

export async function startRemote(kind, options = {}) {
  const state = { calls: [], requests: [], sessions: new Map(), deleted: [], faults: [], sockets: new Set() }
  const handle = KINDS[kind](state, options)
  const answer = async (request, response) => {
    try {
      const body = request.method === 'POST' ? await bodyOf(request) : ''
      state.requests.push({ method: request.method, url: request.url, headers: request.headers, body })
      const url = new URL(request.url, 'http://server')
      if (options.pages !== undefined && (await options.pages(request, response, body)) === true) return
      if (url.pathname !== '/mcp' && url.pathname !== '/messages') return void response.writeHead(404).end()
      const refusal = options.guard?.(request)
      if (refusal !== undefined) return void response.writeHead(refusal.status, refusal.headers).end()
      for (const fault of state.faults) if ((await fault({ request, response, body })) === true) return
      await handle(request, response, body)
    } catch (error) {
      state.error = error
      if (!response.headersSent) response.writeHead(500)
      response.end()
    }
  }
  const server = options.tls === undefined ? createServer(answer) : createSecureServer(options.tls, answer)
  server.keepAliveTimeout = options.keepAliveMs ?? 5000
  server.on('connection', (socket) => {
    state.sockets.add(socket)
    socket.once('close', () => state.sockets.delete(socket))
  })
  await new Promise((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = server.address()
  const origin = `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
  return {
    ...state,
    state,
    port,
    origin,
    url: `${origin}/mcp`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
        for (const socket of state.sockets) socket.destroy()
      }),
  }
}
