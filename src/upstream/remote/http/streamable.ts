/**
 * Streamable HTTP (2025-11-25 basic/transports; 2026-07-28 basic/transports/streamable-http). Each message is a POST. A
 * request is answered by a body that is the answer, or by a stream of events that ends with it. Up to 2025-11-25 there
 * may also be a session, and a stream of news, which is asked for by GET when the handshake is done.
 *
 * - A stream that breaks off is taken up by GET at its last event: that of news always, that of an answer where it had
 *   events with ids and somebody still waits for it. Between tries there is a pause, of the server's choice within bounds.
 * - Where a server doesn't take up a stream of news at its last event, a new one is opened: what came between is lost, and
 *   what comes from now on is not. The stream of an answer isn't begun anew, since it would wait for ever.
 * - Since 2026-07-28 there is neither session nor GET.
 */
import { controllerForMany } from '../../../cancellation.ts'
import type { HttpReply } from '../../../net/client.ts'
import { FIRST_MODERN_VERSION } from '../../link/gate.ts'
import { pause } from '../../wait.ts'
import type { RemoteTarget } from '../target.ts'
import { discard, statusOf, type Courier } from './courier.ts'
import { EventReader } from './event-stream.ts'
import {
  accepting,
  EVENT_STREAM,
  JSON_TYPE,
  mediaType,
  ownHeaders,
  routingHeaders,
  type HttpHeaders,
} from './headers.ts'
import type { Post } from './post.ts'
import { isSaid, readBodyAnswer, readEvents } from './reading.ts'
import { HttpRefusal, NotMcp, ScopeMissing } from './refusal.ts'
import type { RemoteTransport, TransportEvents } from './transport.ts'

const ACCEPTED = 202
const NO_STREAM = 405
/** Of the refusals, those that may pass. */
const MAY_PASS: ReadonlySet<number> = new Set([408, 425, 429])
const MAX_TRIES = 4
const FIRST_PAUSE_MS = 1000
const MAX_PAUSE_MS = 30_000
/** Each pause is so much longer than the one before. */
const GROWTH = 1.5
/** By these a server refuses to take up a stream, as it may not keep what it has sent. */
const NOT_RESUMED: ReadonlySet<number> = new Set([400, 409, 412, 416, 422, 500, 501])

/** A stream of news, or that of an answer: `post` is its request. */
interface EventSource {
  readonly post?: Post
  /** The id of its last event that had one. */
  lastId?: string
}

export class StreamableTransport implements RemoteTransport {
  readonly kind = 'http'
  readonly #url: URL
  readonly #own: HttpHeaders
  readonly #courier: Courier
  readonly #events: TransportEvents
  readonly #over = controllerForMany()
  #sessionId: string | undefined
  #listening = 0
  #retryMs: number | undefined
  version: string | undefined

  constructor({ url, headers }: RemoteTarget, courier: Courier, events: TransportEvents) {
    this.#url = url
    this.#own = ownHeaders(headers)
    this.#courier = courier
    this.#events = events
  }

  get sessionId(): string | undefined {
    return this.#sessionId
  }

  get isListening(): boolean {
    return this.#listening > 0
  }

  async start(): Promise<void> {
    // The first message finds out whether anybody is there.
  }

  async send(post: Post): Promise<void> {
    const { id, message } = post
    const isHandshake = message.method === 'initialize'
    const headers: HttpHeaders = {
      ...this.#headers(),
      ...routingHeaders(message),
      ...post.headers,
      'content-type': JSON_TYPE,
      accept: accepting(this.#own['accept'], JSON_TYPE, EVENT_STREAM),
    }
    if (isHandshake) delete headers['mcp-session-id']
    const reply = await this.#courier.send({ method: 'POST', url: this.#url, headers, post })
    this.#events.onHead(post)
    const { headers: told } = reply.message
    if (isHandshake) this.#sessionId = oneOf(told['mcp-session-id'])
    const type = statusOf(reply) === ACCEPTED ? '' : mediaType(told['content-type'])
    if (id !== undefined && type === EVENT_STREAM) {
      post.hasStream = true
      void this.#follow({ post }, reply)
    } else if (id !== undefined && type === JSON_TYPE) {
      const arrived = await readBodyAnswer(reply.body, id)
      await this.#events.take([arrived])
    } else {
      discard(reply.body)
      if (statusOf(reply) !== ACCEPTED && id !== undefined) throw new NotMcp()
      if (message.method === 'notifications/initialized' && statusOf(reply) === ACCEPTED) void this.#listen()
    }
  }

  async endSession(): Promise<void> {
    if (this.#sessionId === undefined) return
    await this.#courier.sendLast({ method: 'DELETE', url: this.#url, headers: this.#headers() })
    this.#sessionId = undefined
  }

  close(): void {
    this.#over.abort()
  }

  #headers(): HttpHeaders {
    return {
      ...this.#own,
      ...(this.#sessionId !== undefined && { 'mcp-session-id': this.#sessionId }),
      ...(this.version !== undefined && { 'mcp-protocol-version': this.version }),
    }
  }

  async #listen(): Promise<void> {
    const news: EventSource = {}
    const reply = await this.#open(news).catch(() => undefined)
    if (reply !== undefined) await this.#follow(news, reply)
  }

  /** Reads a stream, and what takes its place, until nothing more can come by it. */
  async #follow(source: EventSource, opened: HttpReply): Promise<void> {
    for (let reply: HttpReply | undefined = opened; reply !== undefined;) {
      await this.#read(source, reply)
      reply = this.#goesOn(source) ? await this.#again(source) : undefined
    }
    const { post } = source
    if (post === undefined) return
    post.hasStream = false
    if (!this.#over.signal.aborted) this.#events.onEnd(post)
  }

  async #read(source: EventSource, { body }: HttpReply): Promise<void> {
    const { post } = source
    const events = this.#events
    if (post === undefined) this.#listening += 1
    const reader = new EventReader()
    await readEvents(body, reader, {
      onEvent: ({ id, retryMs, frame }) => {
        if (id !== undefined && id !== '') source.lastId = id
        if (retryMs !== undefined) this.#retryMs = retryMs
        if (post !== undefined && frame !== undefined && isSaid(frame)) post.hasBegun = true
      },
      take: (messages) => events.take(messages),
    })
    if (post === undefined) this.#listening -= 1
  }

  #goesOn({ post, lastId }: EventSource): boolean {
    if (this.#over.signal.aborted) return false
    if (post?.id === undefined) return true
    const isModern = this.version !== undefined && this.version >= FIRST_MODERN_VERSION
    return lastId !== undefined && !isModern && this.#events.waits(post.id)
  }

  /** Undefined when there is no more of it. */
  async #again(source: EventSource): Promise<HttpReply | undefined> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      await pause(pauseMs(tries, this.#retryMs), this.#over.signal)
      if (!this.#goesOn(source)) return undefined
      try {
        return await this.#open(source)
      } catch {
        // Tried again.
      }
    }
    if (this.#goesOn(source)) this.#events.onGivenUp()
    return undefined
  }

  /** Undefined where the server has no such stream. @throws when there may be one another time */
  async #open(source: EventSource): Promise<HttpReply | undefined> {
    if (this.#events.isOver()) return undefined
    const { post, lastId } = source
    const isAgain = lastId !== undefined
    try {
      const reply = await this.#get(lastId, post)
      this.#events.onStream({ status: statusOf(reply), isStream: true, isAgain })
      return reply
    } catch (error) {
      const status =
        error instanceof ScopeMissing ? 403 : error instanceof HttpRefusal ? error.status : undefined
      if (status !== undefined && NOT_RESUMED.has(status) && isAgain && post === undefined) {
        delete source.lastId
        return this.#open(source)
      }
      if (status !== undefined) this.#events.onStream({ status, isStream: false, isAgain })
      if (status === NO_STREAM || (post !== undefined && isFinal(status))) return undefined
      throw error
    }
  }

  async #get(lastId: string | undefined, post: Post | undefined): Promise<HttpReply> {
    const headers = {
      ...this.#headers(),
      accept: accepting(this.#own['accept'], EVENT_STREAM),
      ...(lastId !== undefined && { 'last-event-id': lastId }),
    }
    const signal = post?.signal
    const reply = await this.#courier.send({
      method: 'GET',
      url: this.#url,
      headers,
      ...(signal !== undefined && { signal }),
    })
    if (mediaType(reply.message.headers['content-type']) === EVENT_STREAM && statusOf(reply) !== ACCEPTED)
      return reply
    discard(reply.body)
    throw new HttpRefusal(statusOf(reply), '')
  }
}

/** How long to wait before a stream is opened again; `retryMs` is the server's wish (WHATWG HTML, 9.2.6). */
export function pauseMs(tries: number, retryMs: number | undefined): number {
  const wished = retryMs ?? FIRST_PAUSE_MS * GROWTH ** tries
  return Math.min(Math.max(wished, FIRST_PAUSE_MS), MAX_PAUSE_MS)
}

/** A refusal of the request itself, which the next one would be told too. */
function isFinal(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500 && !MAY_PASS.has(status)
}

function oneOf(header: string | string[] | undefined): string | undefined {
  const [value] = [header].flat()
  return value === '' ? undefined : value
}
