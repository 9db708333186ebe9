/**
 * The loopback HTTP server, with the rules that hold for every request.
 *
 * - 127.0.0.1 only, on a port that the system chooses. Exactly one Host, and it is `127.0.0.1:PORT`: not `localhost`,
 *   which a resolver may point elsewhere, and whose cookies and origin are others. A name that an attacker lets point
 *   here (DNS rebinding) is refused with it.
 * - Bounded: connections, the size of headers and bodies, the time for each, and how often strangers may ask a
 *   second. An unknown sender is told nothing, and its connection is closed.
 * - Every answer forbids caching, embedding, sniffing and foreign scripts, and allows no other origin anything.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { writeJson } from '../../json/write.ts'

export interface PageReply {
  readonly status: number
  readonly type?: string
  readonly body?: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
  /** The sender showed no right: the connection is closed, and counted. */
  readonly stranger?: boolean
}

export interface Incoming {
  readonly method: string
  readonly path: string
  readonly header: (name: string) => string | undefined
  readonly socket: Socket
  /** Undefined when it is too long, not JSON, or not said to be JSON. */
  readonly json: () => Promise<unknown>
}

/** Takes over the response for as long as the page is there. */
export type Stream = (response: ServerResponse) => void

export type ReplyOrStream = PageReply | { readonly stream: Stream }

export interface HttpOptions {
  answer(request: Incoming, port: number): Promise<ReplyOrStream>
  readonly now: () => number
}

export const MAX_BODY_BYTES = 64 * 1024
const MAX_HEADER_BYTES = 16 * 1024
const MAX_CONNECTIONS = 256
/** Of those that have asked nothing yet; the oldest makes room, since who means well asks at once. */
const MAX_SILENT = 128
const MAX_PATH = 256
const MAX_STRANGERS_A_SECOND = 100
const HEADERS_MS = 5000
const REQUEST_MS = 10_000
const KEEP_ALIVE_MS = 5000

export const NOTHING: PageReply = { status: 404, stranger: true }

const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; " +
    "base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; trusted-types 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

export class LoopbackServer {
  readonly #options: HttpOptions
  readonly #server: Server
  /** Without a whole request yet, the oldest first. */
  readonly #silent = new Set<Socket>()
  #second = 0
  #strangers = 0

  constructor(options: HttpOptions) {
    this.#options = options
    this.#server = createServer({
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: 1000,
    })
    this.#server.maxConnections = MAX_CONNECTIONS
    this.#server.on('connection', (socket) => this.#welcome(socket))
    this.#server.on('request', (request, response) => {
      this.#silent.delete(request.socket)
      void this.#serve(request, response)
    })
    this.#server.on('clientError', (_error, socket) => socket.destroy())
    this.#server.on('upgrade', (_request, socket) => socket.destroy())
    // The sidecar lives as long as its host; the door holds nothing up.
    this.#server.unref()
  }

  get port(): number {
    return portOf(this.#server)
  }

  /** @throws a system error. */
  async open(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host: '127.0.0.1', port: 0, exclusive: true }, () => {
        this.#server.off('error', reject)
        this.#server.on('error', () => undefined)
        resolve()
      })
    })
    return this.port
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  #welcome(socket: Socket): void {
    this.#silent.add(socket)
    socket.once('close', () => this.#silent.delete(socket))
    const [oldest] = this.#silent
    if (this.#silent.size > MAX_SILENT) oldest?.destroy()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined)
    let answer: ReplyOrStream
    try {
      answer = this.#isMeantForUs(request)
        ? await this.#options.answer(incoming(request), this.port)
        : { status: 403, stranger: true }
    } catch {
      answer = { status: 500 }
    }
    if (response.destroyed) return
    if ('stream' in answer) answer.stream(response)
    else this.#send(answer, request, response)
  }

  #send(reply: PageReply, request: IncomingMessage, response: ServerResponse): void {
    if (reply.stranger === true && this.#isFlood()) {
      request.socket.destroy()
      return
    }
    const body = reply.body ?? ''
    // A body that wasn't read to its end can't be followed by another request.
    const last = reply.stranger === true || !request.complete
    response.writeHead(reply.status, {
      ...HEADERS,
      ...reply.headers,
      ...(reply.type === undefined ? {} : { 'content-type': reply.type }),
      'content-length': Buffer.byteLength(body),
      ...(last ? { connection: 'close' } : {}),
    })
    response.end(body)
  }

  #isMeantForUs({ url = '', rawHeaders, headers }: IncomingMessage): boolean {
    const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host')
    return (
      hosts.length === 1 &&
      headers.host === `127.0.0.1:${this.port}` &&
      url.startsWith('/') &&
      url.length <= MAX_PATH
    )
  }

  #isFlood(): boolean {
    const second = Math.floor(this.#options.now() / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#strangers = 0
    }
    this.#strangers += 1
    return this.#strangers > MAX_STRANGERS_A_SECOND
  }
}

/** For a stream, which is begun by whoever writes to it. */
export function streamHeaders(): Readonly<Record<string, string>> {
  return { ...HEADERS, 'content-type': 'text/event-stream' }
}

export function jsonReply(status: number, value: unknown): PageReply {
  return { status, type: 'application/json; charset=utf-8', body: writeJson(value) }
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address()
  return address === null || typeof address === 'string' ? 0 : address.port
}

function incoming(request: IncomingMessage): Incoming {
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    header(name) {
      const value = request.headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    socket: request.socket,
    json: () => readJson(request),
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json(;\s*charset=utf-8)?$/i.test(request.headers['content-type'] ?? ''))
    return undefined
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return undefined
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes: Buffer = Buffer.from(chunk as Uint8Array)
    size += bytes.length
    if (size > MAX_BODY_BYTES) return undefined
    chunks.push(bytes)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    return undefined
  }
}
