/**
 * A remote server as the SDK's Client sees it. The SDK's own transports speak HTTP (Streamable HTTP, and the older SSE
 * where the config says so or the server knows nothing else); around them stands what a child has too: every message is
 * framed and judged (intake.ts, inbox.ts), what waits to be sent is bounded, and the loss of the server is said once.
 *
 * - No answer that HTTP gives instead of one of JSON-RPC leaves a request waiting: an error status, a stream that ends,
 *   an empty answer end it now, in our words.
 * - It is lost when the server can't be reached or has ended the session. A connection that breaks takes along only what
 *   was asked on it.
 * - An end takes the session with it (DELETE), within its time, and every connection.
 */
import {
  SSEClientTransport,
  StreamableHTTPClientTransport,
  type FetchLike,
  type JSONRPCMessage,
  type Transport,
  type TransportSendOptions,
} from '@modelcontextprotocol/client'
import type { SidemuxError } from '../../errors.ts'
import { writeJson } from '../../json/write.ts'
import { FIRST_MODERN_VERSION, type Failing } from '../gate.ts'
import { RAW_RESULT } from '../stub.ts'
import { Inbox, type InboxHooks } from '../inbox.ts'
import type { Ended, Link } from '../link.ts'
import type { JsonObject } from '../normalize.ts'
import { SendError } from '../transport.ts'
import { settlesWithin } from '../wait.ts'
import { EVERYWHERE } from './address.ts'
import {
  faultOf,
  hintOfScope,
  unsentSince,
  whyNotConnected,
  whyUnsent,
  type Fault,
  type Unsent,
} from './fault.ts'
import { Intake } from './intake.ts'
import { ParamHeaders } from './paramHeaders.ts'
import { LoginNeeded } from './oauth/errors.ts'
import { openRoute, type Route } from './route.ts'
import type { RemoteTarget } from './target.ts'

export interface RemoteHooks extends InboxHooks {
  onConnected(transport: 'http' | 'sse'): void
  onLost(why: string): void
}

type Request = Extract<JSONRPCMessage, { method: string; id: string | number }>
type Id = Request['id']

const MAX_QUEUED_BYTES = 16 * 1024 * 1024
const FAREWELL_MS = 1500
const RECONNECTION = {
  initialReconnectionDelay: 1000,
  maxReconnectionDelay: 30_000,
  reconnectionDelayGrowFactor: 1.5,
  maxRetries: 4,
}
/** Which request a POST is; it never leaves this file. */
const OWN_HEADER = 'x-sidemux-request'
const HANDSHAKE: ReadonlySet<string> = new Set(['initialize', 'server/discover'])
/** A server of the older transport knows no POST at its address (2025-11-25 basic/transports, backwards compatibility). */
const NO_POST_HERE: ReadonlySet<number> = new Set([400, 404, 405])

interface Posting {
  readonly id: Id
  readonly body: string
  /** Something of it may have; of the older transport it isn't known. */
  left: boolean
  streamed: boolean
}

export class RemoteLink implements Link {
  onclose?: (() => void) | undefined
  onerror?: ((error: Error) => void) | undefined
  onmessage?: Transport['onmessage']

  readonly pid = null
  /** It is the network that ends a connection, and no process that could be started in another way. */
  readonly endedByItself = false
  readonly whenGone: Promise<void>
  readonly #target: RemoteTarget
  readonly #hooks: RemoteHooks
  readonly #route: Route
  readonly #intake = new Intake()
  readonly #inbox: Inbox
  readonly #params = new ParamHeaders()
  readonly #postings = new Map<string, Posting>()
  #inner: StreamableHTTPClientTransport | SSEClientTransport
  #tail: Promise<void> = Promise.resolve()
  #queued = 0
  #postingCount = 0
  #gone = false
  #exit: Ended | undefined
  #fault: SidemuxError | undefined
  #ending: Promise<void> | undefined
  #sayGone: () => void = () => undefined

  constructor(target: RemoteTarget, hooks: RemoteHooks) {
    this.#target = target
    this.#hooks = hooks
    this.#route = openRoute({ reach: EVERYWHERE, env: target.env })
    this.#inbox = new Inbox({
      onBad: (why) => hooks.onBad(why),
      onQuestion: (question, signal) => hooks.onQuestion(question, signal),
      deliver: (message) => this.#deliver(message),
      reply: (message) => this.send(message),
      queued: () => this.#queued,
      over: () => this.#gone,
    })
    this.whenGone = new Promise((resolve) => {
      this.#sayGone = resolve
    })
    this.#inner = target.transport === 'sse' ? this.#sse() : this.#streamable()
  }

  get exit(): Ended | undefined {
    return this.#exit
  }

  get provedModern(): boolean {
    return this.#inbox.gate.provedModern
  }

  get handshake(): JsonObject {
    return this.#inbox.gate.handshake
  }

  get gone(): boolean {
    return this.#gone
  }

  get fault(): SidemuxError | undefined {
    return this.#fault
  }

  /** Since 2026-07-28 a request is cancelled by closing its stream. */
  get hasPerRequestStream(): boolean {
    return this.#inner instanceof StreamableHTTPClientTransport
  }

  async start(): Promise<void> {
    await this.#begin()
  }

  /** Whatever the transport waits for, it doesn't outlast the link. */
  async #begin(): Promise<void> {
    const over = this.whenGone.then(() => Promise.reject(new SendError('The server is gone.')))
    try {
      await Promise.race([this.#inner.start(), over])
    } catch (error) {
      this.#note(faultOf(error))
      throw error
    }
  }

  #streamable(): StreamableHTTPClientTransport {
    const { url, headers, session } = this.#target
    const transport = new StreamableHTTPClientTransport(url, {
      fetch: this.#fetch,
      requestInit: { headers },
      reconnectionOptions: RECONNECTION,
      onInsufficientScope: 'throw',
      ...(session === undefined ? {} : { authProvider: session }),
    })
    transport.onerror = ({ message }) => {
      if (message.startsWith('Maximum reconnection attempts')) this.#lose("can't be reached any more")
    }
    return this.#listenTo(transport)
  }

  #sse(): SSEClientTransport {
    const { url, headers, session } = this.#target
    return this.#listenTo(
      new SSEClientTransport(url, {
        fetch: this.#fetch,
        requestInit: { headers },
        ...(session === undefined ? {} : { authProvider: session }),
      }),
    )
  }

  #listenTo<T extends StreamableHTTPClientTransport | SSEClientTransport>(transport: T): T {
    transport.onmessage = (message) => {
      const frame = this.#intake.frameOf(message)
      this.#tail = this.#tail.then(() => this.#inbox.take([frame]))
    }
    return transport
  }

  readonly #fetch: FetchLike = async (url, init = {}) => {
    const headers = new Headers(init.headers)
    const posting = this.#postings.get(headers.get(OWN_HEADER) ?? '')
    headers.delete(OWN_HEADER)
    const onLeaving = (): void => void (posting !== undefined && (posting.left = true))
    const request = { ...init, headers, ...(posting && { body: posting.body }) }
    const response = await this.#route.fetch(url, request, onLeaving)
    const isStream =
      response.ok && response.headers.get('content-type')?.startsWith('text/event-stream') === true
    if (posting !== undefined && isStream) posting.streamed = true
    const onStreamEnd = (): void => {
      if (this.#inner instanceof SSEClientTransport) this.#lose('closed its stream')
    }
    const wrapped = await this.#intake.wrap(response, posting?.id, { onStreamEnd })
    await this.#target.session?.carried(wrapped, headers.get('authorization'))
    return wrapped
  }

  async send(message: JSONRPCMessage, options: TransportSendOptions = {}): Promise<void> {
    if (this.#gone) throw new SendError('The server is gone.')
    const body = writeJson(message)
    if (this.#queued + body.length > MAX_QUEUED_BYTES)
      throw new SendError('The server does not read its input.')
    this.#inbox.gate.sent(message)
    this.#queued += body.length
    try {
      if ('method' in message && 'id' in message) await this.#request(message, body, options)
      else await this.#post(message, options)
    } catch (error) {
      const fault = faultOf(error)
      if (fault.kind === 'lost') this.#lose(fault.why)
      throw error
    } finally {
      this.#queued -= body.length
    }
  }

  async #request(message: Request, body: string, options: TransportSendOptions): Promise<void> {
    const { id, method } = message
    const ticket = String(++this.#postingCount)
    const posting: Posting = { id, body, left: !this.hasPerRequestStream, streamed: false }
    this.#postings.set(ticket, posting)
    const forget = (): void => this.#inbox.gate.sent(cancelled(id))
    options.requestSignal?.addEventListener('abort', forget, { once: true })
    const headers = { ...options.headers, ...this.#paramHeaders(message), [OWN_HEADER]: ticket }
    const onRequestStreamEnd = (): void => {
      options.onRequestStreamEnd?.()
      if (method !== 'subscriptions/listen') this.#unanswered(id)
    }
    try {
      await this.#post(message, { ...options, headers, onRequestStreamEnd })
      if (!posting.streamed && this.hasPerRequestStream) this.#unanswered(id)
    } catch (error) {
      if (options.requestSignal?.aborted === true) throw error
      await this.#failed(message, error, posting)
    } finally {
      this.#postings.delete(ticket)
    }
  }

  async #post(message: JSONRPCMessage, options: TransportSendOptions): Promise<void> {
    const inner = this.#inner
    if (inner instanceof SSEClientTransport) return await inner.send(message)
    const { requestSignal, onRequestStreamEnd, headers } = options
    await inner.send(message, {
      ...(requestSignal === undefined ? {} : { requestSignal }),
      ...(onRequestStreamEnd === undefined ? {} : { onRequestStreamEnd }),
      ...(headers === undefined ? {} : { headers }),
    })
  }

  #paramHeaders({ method, params }: Request): Record<string, string> {
    return method === 'tools/call' && this.#inbox.gate.modern ? this.#params.headersFor(params) : {}
  }

  /** After all that has come was handed on. */
  #unanswered(id: Id): void {
    this.#tail = this.#tail.then(() => this.#fail(id, 'with nothing, and the connection is closed'))
  }

  #fail(id: Id, why: string, failing?: Failing): void {
    const message = this.#inbox.gate.failed(id, why, failing)
    if (message !== undefined) this.#deliver(message)
  }

  #failUnsent(id: Id, unsent: Unsent): void {
    this.#fail(id, unsent.why, unsent)
  }

  /** Resolves when the request has got an answer in our words; else rejects. */
  async #failed(message: Request, error: unknown, { left }: Posting): Promise<void> {
    const { id, method } = message
    const fault = faultOf(error)
    if (HANDSHAKE.has(method)) {
      if (method === 'initialize' && (await this.#fallsBack(fault, message))) return
      if (!isQuestionOfEra(method, fault)) this.#note(fault)
      throw error
    }
    if (!left) this.#failUnsent(id, whyUnsent(fault, this.#target))
    switch (fault.kind) {
      case 'lost':
        throw error
      case 'told':
        if (!(fault.error instanceof LoginNeeded))
          return this.#fail(id, 'with HTTP 401: its login can not be refreshed now')
        this.#fault ??= fault.error
        this.#lose('lost its login')
        throw error
      case 'status':
        if (this.#isEndOfSession(fault.status)) {
          this.#lose('has ended the session')
          throw error
        }
        return this.#fail(id, `with HTTP ${fault.status}`)
      case 'scope':
        return this.#fail(id, 'with HTTP 403: its login does not permit this', hintOfScope(this.#target))
      case 'not-allowed':
      case 'broken':
        return this.#fail(id, 'with nothing, and the connection broke')
      case 'other':
        return this.#fail(id, 'with something that is not an answer of MCP')
    }
  }

  /** 404 by the specification; 400 is what many servers say of a session that they have forgotten. */
  #isEndOfSession(status: number): boolean {
    const { sessionId } =
      this.#inner instanceof StreamableHTTPClientTransport ? this.#inner : { sessionId: undefined }
    return sessionId !== undefined && (status === 404 || status === 400)
  }

  /** To the older transport, at the same address; true when the message went that way. */
  async #fallsBack(fault: Fault, message: Request): Promise<boolean> {
    const isCandidate = fault.kind === 'status' && NO_POST_HERE.has(fault.status)
    if (!isCandidate || this.#target.transport === 'sse' || this.#inner instanceof SSEClientTransport)
      return false
    const streamable = this.#inner
    this.#inner = this.#sse()
    try {
      await this.#begin()
      // What was told of the failed first try is told of the second one by what it came to.
      this.#fault = undefined
    } catch {
      await this.#inner.close()
      this.#inner = streamable
      return false
    }
    await streamable.close()
    await this.#inner.send(message)
    return true
  }

  #note(fault: Fault): void {
    const { serverId, url, headers } = this.#target
    const hasCredentials = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')
    this.#fault ??= whyNotConnected(fault, { serverId, host: url.host, hasCredentials })
  }

  #deliver(message: JSONRPCMessage): void {
    if ('result' in message && RAW_RESULT in message.result) this.#params.listed(message.result[RAW_RESULT])
    try {
      this.onmessage?.(message)
    } catch (error) {
      this.onerror?.(error instanceof Error ? error : new Error('A message could not be handled.'))
    }
  }

  setProtocolVersion(version: string): void {
    this.#inbox.gate.modern = version >= FIRST_MODERN_VERSION
    this.#inner.setProtocolVersion(version)
    this.#fault = undefined
    this.#hooks.onConnected(this.#inner instanceof SSEClientTransport ? 'sse' : 'http')
  }

  #lose(why: string): void {
    if (this.#gone) return
    this.#exit = { why }
    for (const { id, left } of this.#postings.values()) if (!left) this.#failUnsent(id, unsentSince(why))
    this.#hooks.onLost(why)
    this.#leave()
  }

  #leave(): void {
    if (this.#gone) return
    this.#gone = true
    this.#inbox.close()
    void this.close()
    this.#sayGone()
    this.onclose?.()
  }

  close(): Promise<void> {
    this.#ending ??= this.#end()
    this.#leave()
    return this.#ending
  }

  async #end(): Promise<void> {
    const inner = this.#inner
    if (inner instanceof StreamableHTTPClientTransport && this.#exit === undefined) {
      await settlesWithin(inner.terminateSession(), FAREWELL_MS)
    }
    await inner.close().catch(() => undefined)
    this.#route.close()
  }
}

/** A server of the older era knows nothing of `server/discover`, and says so in many ways. */
function isQuestionOfEra(method: string, fault: Fault): boolean {
  if (method !== 'server/discover' || fault.kind !== 'status') return false
  return fault.status >= 400 && fault.status < 500 && ![401, 403, 407, 429].includes(fault.status)
}

function cancelled(requestId: Id): JSONRPCMessage {
  return { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } }
}
