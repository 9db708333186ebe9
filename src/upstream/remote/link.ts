/**
 * A remote server as the SDK's Client sees it. The SDK's own transports speak HTTP (wire.ts): Streamable HTTP, and the
 * older SSE where the config says so or the server knows nothing else. What they read is taken from them unread
 * (intake.ts) and goes the way that a child's messages go (baseLink.ts); what waits to be sent is bounded.
 *
 * - No answer that HTTP gives instead of one of JSON-RPC leaves a request waiting: an error status, a stream that ends,
 *   an empty answer end it now, in our words.
 * - It is lost when the server can't be reached or has ended the session. A connection that breaks takes along only what
 *   was asked on it.
 * - An end takes the session with it (DELETE), within its time, and every connection.
 */
import type { FetchLike, JSONRPCMessage, TransportSendOptions } from '@modelcontextprotocol/client'
import type { SidemuxError } from '../../errors.ts'
import { writeJson } from '../../json/write.ts'
import { BaseLink, MAX_QUEUED_BYTES, QueueFull, SendError, type LinkOptions } from '../baseLink.ts'
import type { InboxHooks } from '../inbox.ts'
import type { Ended } from '../link.ts'
import { RAW_RESULT } from '../stub.ts'
import { settlesWithin } from '../wait.ts'
import { EVERYWHERE } from './address.ts'
import { faultOf, unsentSince, whyNotConnected, type Fault } from './fault.ts'
import { Intake, isEventStream, type Sought } from './intake.ts'
import { ParamHeaders } from './paramHeaders.ts'
import { Posts, type Post } from './posts.ts'
import { openRoute, type Route } from './route.ts'
import type { RemoteTarget } from './target.ts'
import { verdictOn, type Answer } from './verdict.ts'
import { isSse, openWire, sendOver, type Wire } from './wire.ts'

export interface RemoteHooks extends InboxHooks {
  onConnected(transport: 'http' | 'sse'): void
  onLost(why: string): void
}

type Request = Extract<JSONRPCMessage, { method: string; id: string | number }>
type Id = Request['id']

const FAREWELL_MS = 1500

export class RemoteLink extends BaseLink {
  readonly pid = null
  /** It is the network that ends a connection, and no process that could be started in another way. */
  readonly endedByItself = false
  readonly #target: RemoteTarget
  readonly #hooks: RemoteHooks
  readonly #route: Route
  readonly #intake = new Intake({ take: (message) => this.take([message]) })
  readonly #params = new ParamHeaders()
  readonly #posts = new Posts()
  #wire: Wire
  #queued = 0
  #exit: Ended | undefined
  #fault: SidemuxError | undefined

  constructor(target: RemoteTarget, hooks: RemoteHooks, options: LinkOptions = {}) {
    super(hooks, options)
    this.#target = target
    this.#hooks = hooks
    this.#route = openRoute({ reach: EVERYWHERE, env: target.env })
    this.#wire = this.#open(target.transport)
  }

  get exit(): Ended | undefined {
    return this.#exit
  }

  get fault(): SidemuxError | undefined {
    return this.#fault
  }

  /** Since 2026-07-28 a request is cancelled by closing its stream. */
  get hasPerRequestStream(): boolean {
    return !isSse(this.#wire)
  }

  protected get queued(): number {
    return this.#queued
  }

  /** Whatever the transport waits for, it doesn't outlast the link. */
  async start(): Promise<void> {
    const over = this.whenGone.then(() => Promise.reject(new SendError('The server is gone.')))
    try {
      await Promise.race([this.#wire.start(), over])
    } catch (error) {
      this.#note(faultOf(error))
      throw error
    }
  }

  #open(kind: 'http' | 'sse'): Wire {
    return openWire(kind, this.#target, {
      fetch: this.#fetch,
      onMessage: (message) => void this.#intake.received(message),
      onGivenUp: () => void this.#lose("can't be reached any more"),
    })
  }

  readonly #fetch: FetchLike = async (url, init = {}) => {
    const headers = new Headers(init.headers)
    const post = this.#posts.claim(headers)
    const body = post === undefined ? {} : { body: post.body }
    const response = await this.#route.fetch(url, { ...init, headers, ...body }, () => {
      if (post !== undefined) post.left = true
    })
    if (post !== undefined) post.streamed = isEventStream(response)
    const wrapped = await this.#intake.wrap(response, soughtIn(init, post), () => {
      if (isSse(this.#wire)) void this.#lose('closed its stream')
    })
    await this.#target.session?.carried(wrapped, headers.get('authorization'))
    return wrapped
  }

  async send(message: JSONRPCMessage, options: TransportSendOptions = {}): Promise<void> {
    if (this.gone) throw new SendError('The server is gone.')
    const body = writeJson(message)
    if (this.#queued + body.length > MAX_QUEUED_BYTES)
      throw new QueueFull('The server does not read its input.')
    this.gate.sent(message)
    this.#queued += body.length
    try {
      if ('method' in message && 'id' in message) await this.#request(message, body, options)
      else
        await sendOver(this.#wire, message, options).catch((error: unknown) => this.#failed(message, error))
    } finally {
      this.#queued -= body.length
    }
  }

  async #request(message: Request, body: string, options: TransportSendOptions): Promise<void> {
    const { id, method } = message
    const { requestSignal } = options
    // Of the older transport it isn't known.
    const post: Post = { id, body, left: !this.hasPerRequestStream, streamed: false }
    const forget = (): void => this.gate.sent(cancelled(id))
    requestSignal?.addEventListener('abort', forget, { once: true })
    const onRequestStreamEnd = (): void => {
      options.onRequestStreamEnd?.()
      if (method !== 'subscriptions/listen') this.#unanswered(id)
    }
    try {
      await this.#posts.during(post, async (ticket) => {
        const headers = { ...options.headers, ...this.#paramHeaders(message), ...ticket }
        await sendOver(this.#wire, message, { ...options, headers, onRequestStreamEnd })
      })
      if (!post.streamed && this.hasPerRequestStream) this.#unanswered(id)
    } catch (error) {
      await this.#failed(message, error, requestSignal?.aborted === true ? undefined : post)
    }
  }

  #paramHeaders({ method, params }: Request): Record<string, string> {
    return method === 'tools/call' && this.gate.modern ? this.#params.headersFor(params) : {}
  }

  #unanswered(id: Id): void {
    void this.afterAll(() => this.#answer(id, { why: 'with nothing, and the connection is closed' }))
  }

  #answer(id: Id, { why, ...failing }: Answer): void {
    const message = this.gate.failed(id, why, failing)
    if (message !== undefined) this.deliver(message)
  }

  /**
   * Resolves when the message has got an answer in our words; else rejects.
   *
   * @param post absent where nobody waits for an answer
   */
  async #failed(message: JSONRPCMessage, error: unknown, post?: Post): Promise<void> {
    const fault = faultOf(error)
    const { answer, lost, isWhyNot, triesSse } = verdictOn(fault, {
      method: post !== undefined && 'method' in message ? message.method : undefined,
      left: post?.left ?? true,
      hasSession: !isSse(this.#wire) && this.#wire.sessionId !== undefined,
      mayBeSse: !isSse(this.#wire) && this.#target.transport !== 'sse',
      serverId: this.#target.serverId,
    })
    if (triesSse === true && (await this.#fallsBack(message, post))) return
    if (isWhyNot === true) this.#note(fault)
    if (answer !== undefined && post !== undefined) this.#answer(post.id, answer)
    if (lost !== undefined) await this.#lose(lost)
    if (answer === undefined || lost !== undefined) throw error
  }

  /** To the older transport, at the same address; true when that is the one that the server speaks. */
  async #fallsBack(message: JSONRPCMessage, post: Post | undefined): Promise<boolean> {
    const streamable = this.#wire
    this.#wire = this.#open('sse')
    try {
      await this.start()
      // What was told of the failed first try is told of the second one by what it came to.
      this.#fault = undefined
    } catch {
      await this.#wire.close()
      this.#wire = streamable
      return false
    }
    await streamable.close()
    await sendOver(this.#wire, message, {}).catch((error: unknown) => this.#failed(message, error, post))
    return true
  }

  #note(fault: Fault): void {
    const { serverId, url, headers } = this.#target
    const hasCredentials = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')
    this.#fault ??= whyNotConnected(fault, { serverId, host: url.host, hasCredentials })
  }

  protected override deliver(message: JSONRPCMessage): void {
    if ('result' in message && RAW_RESULT in message.result) this.#params.listed(message.result[RAW_RESULT])
    super.deliver(message)
  }

  override setProtocolVersion(version: string): void {
    super.setProtocolVersion(version)
    this.#wire.setProtocolVersion(version)
    this.#fault = undefined
    this.#hooks.onConnected(isSse(this.#wire) ? 'sse' : 'http')
  }

  /** Resolves when it is gone. */
  async #lose(why: string): Promise<void> {
    if (!this.gone && this.#exit === undefined) {
      this.#exit = { why }
      this.#hooks.onLost(why)
      void this.afterAll(() => {
        for (const id of this.#posts.unsent()) this.#answer(id, unsentSince(why))
        this.leave()
      })
    }
    await this.whenGone
  }

  protected async end(): Promise<void> {
    const wire = this.#wire
    if (!isSse(wire) && this.#exit === undefined) await settlesWithin(wire.terminateSession(), FAREWELL_MS)
    await wire.close().catch(() => undefined)
    this.#route.close()
  }
}

/** A stream is asked for with GET; of the older transport it is the only one that brings messages. */
function soughtIn({ method = 'GET' }: RequestInit, post: Post | undefined): Sought {
  if (post !== undefined) return { kind: 'answer', id: post.id }
  return { kind: method === 'GET' ? 'news' : 'nothing' }
}

function cancelled(requestId: Id): JSONRPCMessage {
  return { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } }
}
