/** A remote server that answers by a script, and keeps a line for each request that it sees. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ChildSpec } from '../../../src/upstream/life/child.ts'
import { call, startFleet, type TestFleet } from '../harness.ts'
import { remoteSpec, type SpecOptions } from './support.ts'
import { onTestFinished } from '../../together.ts'

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The message of a POST; its method is that of HTTP where there is none. */
  readonly message: { readonly id?: number | string; readonly method: string; readonly params?: object }
  /** How often that method has come, this one included. */
  readonly nth: number
}

/** By the method of JSON-RPC, or of HTTP where there is no body. */
export type Script = Readonly<Record<string, (exchange: Exchange) => unknown>>

export type Server = Awaited<ReturnType<typeof scripted>>

export function json(response: ServerResponse, value: unknown, status = 200, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
}

export function events(response: ServerResponse, text = ''): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
  if (text !== '') response.write(text)
}

/** One event. */
export function event(value: unknown, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(value)}\n\n`
}

export function result(id: unknown, value: object = { content: [{ type: 'text', text: 'done' }] }): object {
  return { jsonrpc: '2.0', id, result: value }
}

const TOOLS = { tools: [{ name: 'get_it', inputSchema: { type: 'object' } }] }
export const INITIALIZED = {
  protocolVersion: '2025-11-25',
  capabilities: { tools: {} },
  serverInfo: { name: 'scripted', version: '1' },
}

const USUAL: Script = {
  GET: ({ response }) => response.writeHead(405).end(),
  DELETE: ({ response }) => response.writeHead(200).end(),
  'server/discover': ({ response, message: { id } }) =>
    json(response, { jsonrpc: '2.0', id, error: { code: -32_601, message: 'Method not found' } }, 404),
  initialize: ({ response, message: { id } }) =>
    json(response, result(id, INITIALIZED), 200, { 'mcp-session-id': 's1' }),
  'notifications/initialized': ({ response }) => response.writeHead(202).end(),
  'notifications/cancelled': ({ response }) => response.writeHead(202).end(),
  ping: ({ response, message: { id } }) => json(response, result(id, {})),
  'tools/list': ({ response, message: { id } }) => json(response, result(id, TOOLS)),
  'tools/call': ({ response, message: { id } }) => json(response, result(id)),
}

/** A script of 2026-07-28. */
export const MODERN: Script = {
  'server/discover': ({ response, message: { id } }) =>
    json(
      response,
      result(id, {
        resultType: 'complete',
        ttlMs: 0,
        cacheScope: 'private',
        supportedVersions: ['2026-07-28'],
        capabilities: { tools: {} },
        _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'scripted', version: '1' } },
      }),
    ),
  'tools/list': ({ response, message: { id } }) =>
    json(response, result(id, { ...TOOLS, resultType: 'complete', ttlMs: 0, cacheScope: 'private' })),
  'tools/call': ({ response, message: { id } }) =>
    json(response, result(id, { resultType: 'complete', content: [{ type: 'text', text: 'done' }] })),
}

/** The script of a server of the older transport: answers come by the stream of GET. */
export function older(): Script {
  const streams = new Map<string, ServerResponse>()
  const by =
    (value: (message: Exchange['message']) => object | undefined) =>
    ({ request, response, message }: Exchange): void => {
      response.writeHead(202).end('Accepted')
      const answer = value(message)
      if (answer !== undefined)
        streams.get(request.headers.host ?? '')?.write(event(result(message.id, answer)))
    }
  return {
    GET: ({ request, response }) => {
      events(response, 'event: endpoint\ndata: /messages?s=1\n\n')
      streams.set(request.headers.host ?? '', response)
    },
    'server/discover': by(() => undefined),
    initialize: by(() => ({ ...INITIALIZED, protocolVersion: '2024-11-05' })),
    'notifications/initialized': by(() => undefined),
    'tools/list': by(() => TOOLS),
    'tools/call': by(() => ({ content: [{ type: 'text', text: 'done' }] })),
  }
}

/** What is told of a header, where it is there. */
const SHOWN: Readonly<Record<string, string>> = {
  accept: 'accept',
  authorization: 'authorization',
  'content-type': 'type',
  'last-event-id': 'from',
  'mcp-method': 'method',
  'mcp-name': 'name',
  'mcp-protocol-version': 'version',
  'mcp-session-id': 'session',
}
/** What each POST has. */
const ACCEPT = 'application/json, text/event-stream'

function lineOf({ headers, method, url }: IncomingMessage, rpc: string): string {
  const shown = Object.entries(SHOWN).flatMap(([name, short]) => {
    const value = headers[name]
    if (value === undefined) return []
    const isUsual =
      (name === 'accept' && value === (method === 'POST' ? ACCEPT : 'text/event-stream')) ||
      (name === 'content-type' && value === 'application/json')
    return isUsual ? [] : [`${short}=${String(value)}`]
  })
  const lacks = method === 'POST' && headers['content-type'] === undefined ? ['no type'] : []
  const noAccept = headers.accept === undefined && method !== 'DELETE' ? ['no accept'] : []
  const place = url === '/mcp' ? [] : [`at ${url}`]
  return [`${method}${method === 'POST' ? ` ${rpc}` : ''}`, ...place, ...shown, ...lacks, ...noAccept].join(
    ' ',
  )
}

export async function scripted(script: Script = {}) {
  const lines: string[] = []
  const counts = new Map<string, number>()
  const acts: Script = { ...USUAL, ...script }
  const sockets = new Set<object>()
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString('utf8')
    const method = request.method ?? ''
    const message = (text === '' ? { method } : JSON.parse(text)) as Exchange['message']
    const what = message.method ?? 'answer'
    lines.push(lineOf(request, what))
    const nth = (counts.get(what) ?? 0) + 1
    counts.set(what, nth)
    const act = acts[what]
    if (act === undefined) response.writeHead(404).end()
    else act({ request, response, message, nth })
  }
  const server = createServer((request, response) => void answer(request, response))
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    lines,
    sockets,
    origin,
    url: `${origin}/mcp`,
    of: (start: string) => lines.filter((line) => line.startsWith(start)),
  }
}

export interface Meeting extends TestFleet {
  readonly server: Server
  readonly far: ReturnType<TestFleet['child']>
  readonly ask: (options?: Parameters<typeof call>[3]) => ReturnType<typeof call>
}

/** A fleet with that server, once it is connected or has failed. */
export async function meet(
  script: Script = {},
  options: SpecOptions & { readonly change?: (spec: ChildSpec) => ChildSpec } = {},
): Promise<Meeting> {
  const server = await scripted(script)
  const started = startFleet([remoteSpec('far', server.url, options)])
  await started.fleet.settled()
  const far = started.child('far')
  return { ...started, server, far, ask: (more = {}) => call(far, 'get_it', {}, more) }
}
