/**
 * The link to a remote server. What is sent goes by outbound.ts. What comes goes the way that a child's messages go
 * (base-link.ts).
 *
 * - No answer that HTTP gives instead of one of JSON-RPC leaves a request waiting: an error status, a stream that ends,
 *   an empty answer end it now, in our words.
 * - It is lost when the server can't be reached. A connection that breaks takes along only what was asked on it.
 * - It is over when the server has ended the session (session-end.ts), or the login: then it takes nothing new, and what is
 *   under way may still be answered.
 * - An end takes the session with it (DELETE), within its time, and every connection.
 */
import type { SidemuxError } from '../../errors.ts'
import type { JsonObject } from '../../json/record.ts'
import { writeJson } from '../../json/write.ts'
import type { Id } from '../../wire/ids.ts'
import type { RpcResponse } from '../../wire/message.ts'
import { BaseLink, MAX_QUEUED_BYTES, type LinkOptions } from '../link/base-link.ts'
import { LISTEN, type Answered, type Passage } from '../link/gate.ts'
import type { LinkHooks, Parted } from '../link/link.ts'
import { GONE, QUEUE_FULL, type Waiter } from '../link/request-end.ts'
import { settlesWithin } from '../wait.ts'
import { unsentSince } from './fault.ts'
import { Post, type Work } from './http/post.ts'
import { Outbound, type OutboundHooks } from './outbound.ts'
import { ParamHeaders } from './param-headers.ts'
import { ServerSession } from './server-session.ts'
import type { RemoteTarget } from './target.ts'
import { SESSION_ENDED } from './verdict.ts'

export interface RemoteHooks extends LinkHooks {
  onConnected(transport: 'http' | 'sse'): void
  onLost(why: string): void
}

const FAREWELL_MS = 1500
/** What is sent when the stream of the older transport ends is answered by HTTP within so long. */
const LAST_WORDS_MS = 3000

export class RemoteLink extends BaseLink {
  readonly pid = null
  /** It is the network that ends a connection, and no process that could be started in another way. */
  readonly endedByItself = false
  readonly #hooks: RemoteHooks
  readonly #session: ServerSession
  readonly #outbound: Outbound
  readonly #params = new ParamHeaders()
  readonly #overBeforeGone: Promise<void>
  #exit: Parted | undefined
  #sayOver: () => void = () => undefined

  constructor(target: RemoteTarget, hooks: RemoteHooks, options: LinkOptions = {}) {
    super(hooks, options)
    this.#hooks = hooks
    this.#session = new ServerSession({
      ping: (id, waiter, signal) => this.#ping(id, waiter, signal),
      kept: () => {
        const { kind, sessionId } = this.#outbound
        if (kind === 'sse' || sessionId !== undefined) return 'in use'
        return this.gate.modern ? 'none' : 'unnamed'
      },
      exit: () => this.#exit,
      finish: (how) => this.#finish(how),
    })
    this.#outbound = new Outbound(target, this.#session, this.#hooksOfOutbound())
    this.#overBeforeGone = new Promise((resolve) => {
      this.#sayOver = resolve
    })
  }

  get exit(): Parted | undefined {
    return this.#exit
  }

  override get over(): boolean {
    return this.gone || this.#exit !== undefined
  }

  override get whenOver(): Promise<void> {
    return Promise.race([this.whenGone, this.#overBeforeGone])
  }

  get fault(): SidemuxError | undefined {
    return this.#outbound.fault
  }

  protected get queued(): number {
    return this.#outbound.queued
  }

  async start(): Promise<void> {
    await this.#outbound.start()
  }

  #hooksOfOutbound(): OutboundHooks {
    return {
      whenGone: this.whenGone,
      gone: () => this.gone,
      isOver: () => this.over,
      waits: (id) => this.gate.waiting.get(id) !== undefined,
      take: (messages) => this.take(messages),
      onStream: (opening) => void this.#session.streamed(opening),
      onGivenUp: () => void this.#givenUp(),
      onClosed: () => void this.#streamClosed(),
      fail: (id, why, failing) => this.fail(id, why, failing),
      failAfterAll: (id, why) => void this.afterAll(() => this.fail(id, why)),
      giveUp: (id) => this.gate.waiting.drop(id)?.answered(GONE),
      finish: (how) => this.#finish(how),
      lose: (how) => this.#lose(how),
    }
  }

  request(id: Id, method: string, params: JsonObject | undefined, waiter: Waiter): void {
    if (this.gone) return waiter.answered(GONE)
    const message = { jsonrpc: '2.0', id, method, ...(params && { params }) } as const
    const body = writeJson(message)
    if (this.queued + body.length > MAX_QUEUED_BYTES) return waiter.answered(QUEUE_FULL)
    this.gate.waiting.add(id, waiter)
    if (this.#exit !== undefined) return this.#turnAway(id, this.#exit)
    const isRouted = method === 'tools/call' && this.gate.modern
    const headers = isRouted ? this.#params.headersFor(params) : {}
    void this.#outbound.ask(new Post(message, body, { id, headers }))
  }

  /** Rejects when it was refused, or could not be sent. */
  async notify(method: string, params?: JsonObject): Promise<void> {
    this.gate.waiting.notified()
    await this.#outbound.tell({ jsonrpc: '2.0', method, ...(params && { params }) })
  }

  protected reply(response: RpcResponse): void {
    this.#outbound.tell(response).catch(() => undefined)
  }

  /** Since 2026-07-28 a request is cancelled by closing its stream. */
  protected tellCancelled(id: Id, { method }: Waiter, params: JsonObject): void {
    const { posts, kind } = this.#outbound
    const post = posts.of(id)
    posts.answered(id)
    const isByStream = this.gate.modern && kind === 'http'
    if (isByStream) post?.cancel()
    if (isByStream && method !== LISTEN) return
    const told = this.notify('notifications/cancelled', params).catch(() => undefined)
    if (post !== undefined) void told.then(() => post.endSoon())
  }

  /** Nothing new is sent on a connection that is over. */
  #turnAway(id: Id, { why, again, hint }: Parted): void {
    const failing = again === 'never' ? ({ notRun: 'unsent' } as const) : ({ notRun: 'session' } as const)
    void this.afterAll(() => this.fail(id, why, { ...failing, ...(hint !== undefined && { hint }) }))
  }

  async #ping(id: Id, waiter: Waiter, signal: AbortSignal): Promise<void> {
    this.gate.waiting.add(id, waiter)
    const message = { jsonrpc: '2.0', id, method: 'ping' } as const
    const post = new Post(message, writeJson(message), { id })
    const forget = (): void => {
      this.gate.waiting.cancel(id)
      post.cancel()
    }
    signal.addEventListener('abort', forget, { once: true })
    await this.#outbound.ping(post)
  }

  protected override pass(passage: Passage): void {
    this.#session.heard()
    const { posts } = this.#outbound
    if (passage.kind === 'progress') posts.begun(passage.id)
    if (passage.kind !== 'answer') return super.pass(passage)
    const { id, waiter, end } = passage
    const post = posts.of(id)
    if (waiter.method === LISTEN) post?.cancel()
    else if (post?.hasStream === true) post.endSoon()
    if (end.kind === 'result' && waiter.method === 'tools/list') this.#params.listed(end.result)
    if (waiter.method === 'ping' || !this.#session.isDoubtful(end)) return super.pass(passage)
    void this.#settleDoubt(passage, posts.workOn(id))
  }

  protected override settle(answered: Answered): void {
    this.#outbound.posts.answered(answered.id)
    super.settle(answered)
  }

  /** An error that may be about the session, or about something of that name that a tool has. */
  async #settleDoubt(answered: Answered, work: Work): Promise<void> {
    const isRefusal = await this.#session.isRefusal(answered.end, work)
    const end = { kind: 'bad', why: SESSION_ENDED.why, failing: { notRun: 'session' } } as const
    this.settle(isRefusal ? { ...answered, end } : answered)
  }

  override setProtocolVersion(version: string): void {
    super.setProtocolVersion(version)
    this.#outbound.agreed(version)
    this.#session.begin()
    this.#hooks.onConnected(this.#outbound.kind)
  }

  /** It takes nothing new; what is under way may still be answered. */
  #finish(how: Parted): void {
    if (this.over) return
    this.#exit = how
    this.#hooks.onLost(how.why)
    this.#sayOver()
  }

  /** The older transport: no answer comes any more, but what is being sent just now may still be turned away. */
  async #streamClosed(): Promise<void> {
    const { posts } = this.#outbound
    const how: Parted = { why: 'closed its stream', again: 'now' }
    const isAsked = !(await settlesWithin(posts.settled(), 0))
    this.#finish(isAsked ? how : this.#session.paced(how))
    await settlesWithin(posts.settled(), LAST_WORDS_MS)
    await this.#lose(how)
  }

  /** A stream could not be opened again. Whatever waited on it is told so, and others may still be answered. */
  async #givenUp(): Promise<void> {
    const isThere = await this.#session.outlivesStream(this.#outbound.isListening)
    if (!isThere) await this.#lose({ why: "can't be reached any more" })
  }

  /** Resolves when it is gone. */
  async #lose(how: Parted): Promise<void> {
    if (!this.gone) {
      this.#finish(how)
      const { why, ...failing } = unsentSince(how.why)
      void this.afterAll(() => {
        for (const id of this.#outbound.posts.unsent()) this.fail(id, why, failing)
        this.leave()
      })
    }
    await this.whenGone
  }

  protected async end(): Promise<void> {
    const outbound = this.#outbound
    if (this.#exit === undefined) await settlesWithin(outbound.endSession(), FAREWELL_MS)
    outbound.close()
  }
}
