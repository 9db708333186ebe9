/**
 * Sends messages to a remote server: by Streamable HTTP (http/streamable.ts), or by the older transport (http/older.ts)
 * where the config says so or the server knows nothing else. When one can't be sent, or HTTP answers it in place of MCP,
 * verdict.ts says what that means, and here it is done: the request ends now, the connection may be over, or another
 * transport is tried.
 */
import type { SidemuxError } from '../../errors.ts'
import { writeJson } from '../../json/write.ts'
import type { Frame } from '../../wire/framing.ts'
import type { Id } from '../../wire/ids.ts'
import { MAX_QUEUED_BYTES, SendError } from '../link/base-link.ts'
import type { Parted } from '../link/link.ts'
import type { Failing } from '../link/request-end.ts'
import { faultOf, whyNotConnected, type RemoteFacts, type RemoteFault } from './fault.ts'
import { Courier } from './http/courier.ts'
import { OlderTransport } from './http/older.ts'
import { Post, type Outgoing } from './http/post.ts'
import { StreamableTransport } from './http/streamable.ts'
import type { RemoteTransport, TransportEvents } from './http/transport.ts'
import { Posts } from './posts.ts'
import type { ServerSession } from './server-session.ts'
import type { RemoteTarget } from './target.ts'

type Heard = Pick<TransportEvents, 'take' | 'waits' | 'isOver' | 'onStream' | 'onGivenUp' | 'onClosed'>

/** The link that sends by it. */
export interface OutboundHooks extends Heard {
  readonly whenGone: Promise<void>
  gone(): boolean
  /** Ends a request in our words, unless it has an answer. */
  fail(id: Id, why: string, failing: Failing): void
  /** The same when all that has come was handed on. */
  failAfterAll(id: Id, why: string): void
  /** Ends a request of the handshake without a word. */
  giveUp(id: Id): void
  /** Nothing new is sent. */
  finish(how: Parted): void
  /** Resolves when the link is gone. */
  lose(how: Parted): Promise<void>
}

export class Outbound {
  readonly posts = new Posts()
  readonly #target: RemoteTarget
  readonly #hooks: OutboundHooks
  readonly #session: ServerSession
  readonly #courier: Courier
  #transport: RemoteTransport
  #fault: SidemuxError | undefined
  #queued = 0

  constructor(target: RemoteTarget, session: ServerSession, hooks: OutboundHooks) {
    this.#target = target
    this.#session = session
    this.#hooks = hooks
    this.#courier = new Courier(target)
    this.#transport = this.#open(target.transport)
  }

  get kind(): RemoteTransport['kind'] {
    return this.#transport.kind
  }

  get sessionId(): string | undefined {
    return this.#transport.sessionId
  }

  get isListening(): boolean {
    return this.#transport.isListening
  }

  /** In characters. */
  get queued(): number {
    return this.#queued
  }

  /** Why the server can't be used, as far as it is known. */
  get fault(): SidemuxError | undefined {
    return this.#fault
  }

  /** The handshake is done. */
  agreed(version: string): void {
    this.#transport.version = version
    this.#fault = undefined
  }

  /** Whatever the transport waits for, it doesn't outlast the link. */
  async start(): Promise<void> {
    const over = this.#hooks.whenGone.then(() => Promise.reject(new SendError('The server is gone.')))
    try {
      await Promise.race([this.#transport.start(), over])
    } catch (error) {
      this.#note(faultOf(error))
      throw error
    }
  }

  /** Sends a request. Never rejects: what goes wrong is its answer. */
  async ask(post: Post): Promise<void> {
    this.#queued += post.body.length
    try {
      await this.posts.during(post, () => this.#transport.send(post))
      if (!post.hasStream && this.kind === 'http') this.#unanswered(post)
    } catch (error) {
      await this.#failed(post, error)
    } finally {
      this.#queued -= post.body.length
    }
  }

  /** Sends what nobody waits for: a notification, or the answer to a question. Rejects when it can't be, or was refused. */
  async tell(message: Outgoing): Promise<void> {
    if (this.#hooks.gone()) throw new SendError('The server is gone.')
    const post = new Post(message, writeJson(message))
    const { length } = post.body
    if (this.#queued + length > MAX_QUEUED_BYTES) throw new SendError('The server does not read its input.')
    this.#queued += length
    try {
      await this.#transport.send(post)
    } catch (error) {
      await this.#failed(post, error)
      throw error
    } finally {
      this.#queued -= length
    }
  }

  /** Sends a ping of the session's own; rejects as the transport does. */
  async ping(post: Post): Promise<void> {
    await this.posts
      .during(post, () => this.#transport.send(post))
      .finally(() => this.posts.answered(post.id))
  }

  /** Gives the session back. */
  async endSession(): Promise<void> {
    await this.#transport.endSession()
  }

  close(): void {
    this.#transport.close()
    this.#courier.close()
  }

  #open(kind: RemoteTransport['kind']): RemoteTransport {
    const events: TransportEvents = {
      take: (messages) => this.#hooks.take(messages),
      waits: (id) => this.#hooks.waits(id),
      isOver: () => this.#hooks.isOver(),
      onHead: (post) => this.posts.over(post),
      onEnd: (post) => this.#unanswered(post),
      onStream: (opening) => this.#hooks.onStream(opening),
      onGivenUp: () => this.#hooks.onGivenUp(),
      onClosed: () => this.#hooks.onClosed(),
    }
    return kind === 'sse'
      ? new OlderTransport(this.#target, this.#courier, events)
      : new StreamableTransport(this.#target, this.#courier, events)
  }

  #unanswered({ id }: Post): void {
    if (id !== undefined) this.#hooks.failAfterAll(id, 'with nothing, and the connection is closed')
  }

  /** Whoever waits for it has an answer in our words then, or in the server's. */
  async #failed(post: Post, error: unknown): Promise<void> {
    const fault = faultOf(error)
    const hooks = this.#hooks
    const id = post.signal.aborted ? undefined : post.id
    const verdict = await this.#session.verdictOn(
      fault,
      {
        ...this.#asked,
        ...(id !== undefined && { id }),
        method: id === undefined ? undefined : post.message.method,
        left: post.left,
        refused: post.refused,
        mayBeSse: this.kind === 'http' && this.#target.transport === 'http',
      },
      this.posts.workOn(post.id),
    )
    const { answer, error: own, lost, over } = verdict
    if (verdict.triesSse === true && (await this.#fallsBack(post))) return
    if (verdict.isWhyNot === true) this.#note(fault)
    if (over !== undefined) hooks.finish(over)
    if (id !== undefined) {
      const frame: Frame | undefined = own && { kind: 'message', message: { ...own, id } }
      if (frame !== undefined) void hooks.take([frame])
      else if (answer !== undefined) {
        const { why, ...failing } = answer
        hooks.fail(id, why, failing)
      } else if (lost === undefined) hooks.giveUp(id)
    }
    if (lost !== undefined) await hooks.lose({ why: lost })
  }

  /** To the older transport, at the same address; true when that is the one that the server speaks. */
  async #fallsBack(post: Post): Promise<boolean> {
    const streamable = this.#transport
    this.#transport = this.#open('sse')
    try {
      await this.start()
      // What was told of the failed first try is told of the second one by what it came to.
      this.#fault = undefined
    } catch {
      this.#transport.close()
      this.#transport = streamable
      return false
    }
    streamable.close()
    const { id } = post
    await this.ask(new Post(post.message, post.body, id === undefined ? {} : { id }))
    return true
  }

  #note(fault: RemoteFault): void {
    // What comes of our own end says nothing of the server.
    if (fault.kind === 'other' && this.#hooks.gone()) return
    this.#fault ??= whyNotConnected(fault, this.#asked)
  }

  get #asked(): RemoteFacts {
    const { serverId, url, session, scopesAreLimited } = this.#target
    return { serverId, host: url.host, hasCredentials: session === undefined, scopesAreLimited }
  }
}
