/**
 * One connection to one running server, in either era.
 *
 * - handshake.ts makes the connection. `era` says what should be remembered of the era for the next start.
 * - Lists and results come as the server sent them and are normalised (lists.ts, results.ts); lists are read to the
 *   last page.
 * - What the client can do is told once before 2026-07-28, and with every request since (basic/index).
 */
import { PassingSet } from '../../passing.ts'
import { STEADY } from '../../json/steady.ts'
import type { StopSignal } from '../../cancellation.ts'
import { isRecord, type JsonObject } from '../../json/record.ts'
import { LOG_LEVEL_KEY, RESERVED_PREFIX } from '../../wire/message.ts'
import type { Caller, Resumed } from '../messages/caller.ts'
import type { Progress } from '../link/request-end.ts'
import type { Link } from '../link/link.ts'
import { Handshake, type HandshakeOptions, type ServerEra } from './handshake.ts'
import { PROMPTS, RESOURCES, TEMPLATES, TOOLS, type ListKind } from './lists/lists.ts'
import { tellNotice, type ServerNews } from './notices.ts'
import { readPages, type ListedPages, type PageTimes } from './lists/pages.ts'
import { Speaker } from './speaker.ts'
import { CallerRequest, type RequestContext, type RequestListener } from './caller-request.ts'
import type { ServerReply } from './reply.ts'
import { Subscription } from './subscription.ts'

export interface ServerRequest {
  readonly method: string
  readonly params: JsonObject
}

/** How a request is sent. */
export interface SendOptions {
  readonly timeoutMs: number
  readonly caller: Caller
  readonly meta?: JsonObject
  readonly resumed?: Resumed
}

export interface RequestOptions extends SendOptions {
  readonly signal: StopSignal
  readonly onProgress?: (progress: Progress) => void
}

export interface ConnectOptions extends HandshakeOptions {
  readonly signal: AbortSignal
  /** The `ClientCapabilities` that a server of the older era is told of. */
  readonly capabilities: JsonObject
  readonly news: ServerNews
}

export class Connection {
  readonly #options: ConnectOptions
  readonly #speaker: Speaker
  readonly #handshake: Handshake
  readonly #underWay = new PassingSet<CallerRequest>()
  readonly #context: RequestContext
  #subscriptions = 0

  constructor(link: Link, options: ConnectOptions) {
    this.#options = options
    this.#speaker = new Speaker(link, options.capabilities)
    this.#context = { speaker: this.#speaker, underWay: this.#underWay }
    this.#handshake = new Handshake(this.#speaker, options)
    link.onNotice = (method, params) => tellNotice(method, params, options.news)
  }

  /** Starts the server; on failure its tree is ended before this rejects. */
  async open(): Promise<void> {
    const { link } = this.#speaker
    const { signal } = this.#options
    const stop = (): void => void link.close()
    signal.addEventListener('abort', stop)
    try {
      signal.throwIfAborted()
      await this.#handshake.shake()
    } catch (error) {
      await link.close()
      throw error
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  get modern(): boolean {
    return this.#speaker.modern
  }

  get protocolVersion(): string {
    return this.#speaker.version
  }

  /** No answer can come any more. */
  get gone(): boolean {
    return this.#speaker.link.gone
  }

  /** It is of 2026-07-28, also where that showed too late. */
  get provedModern(): boolean {
    return this.#handshake.provedModern
  }

  /** What to remember of it, or undefined when the next probe may tell better. */
  get era(): ServerEra | undefined {
    if (this.modern) return this.protocolVersion
    return this.provedModern ? undefined : 'legacy'
  }

  /** Its `ServerCapabilities`, as it declared them. */
  get capabilities(): JsonObject {
    const { capabilities } = this.#handshake.answer
    return isRecord(capabilities) ? capabilities : {}
  }

  get instructions(): string | undefined {
    const { instructions } = this.#handshake.answer
    return typeof instructions === 'string' ? instructions : undefined
  }

  async list<T>(list: ListKind<T>, signal: AbortSignal, times: PageTimes): Promise<ListedPages<T>> {
    if (!has(this.capabilities, list.capability)) return NOTHING
    return readPages(list, async (cursor, page) =>
      this.#speaker.ask(list.method, cursor === undefined ? undefined : { cursor }, {
        signal,
        timeoutMs: page === 1 ? times.firstMs : times.laterMs,
      }),
    )
  }

  /** Sends a request of a caller, who hears of it until it has ended or he cancels it. */
  send(request: ServerRequest, options: SendOptions, listener: RequestListener): CallerRequest {
    const { method } = request
    const { timeoutMs, resumed } = options
    const id = this.#speaker.nextId()
    const sent = new CallerRequest(
      this.#context,
      id,
      { method, timeoutMs, begun: resumed !== undefined },
      listener,
    )
    this.#speaker.send(id, this.#paramsOf(request, id, options), sent)
    return sent
  }

  request(request: ServerRequest, options: RequestOptions): Promise<ServerReply> {
    const { signal, onProgress } = options
    if (signal.aborted) return Promise.resolve({ kind: 'cancelled' })
    return new Promise<ServerReply>((resolve) => {
      const stop = (): void => sent.cancel()
      // It may be answered before this is known; then there is nothing to stop.
      let isOver = false
      const sent = this.send(request, options, {
        replied: (reply) => {
          isOver = true
          signal.removeEventListener('abort', stop)
          resolve(reply)
        },
        progressed: (progress) => onProgress?.(progress),
      })
      if (!isOver) signal.addEventListener('abort', stop)
    })
  }

  /** A request's own params, and what goes along with them. */
  #paramsOf({ params }: ServerRequest, id: number, { meta, resumed, caller }: SendOptions): JsonObject {
    const own = meta === undefined ? undefined : ownMeta(meta)
    const _meta = this.modern
      ? {
          ...STEADY,
          ...this.#speaker.envelope(caller.capabilities),
          ...own,
          ...(caller.logLevel !== undefined && { [LOG_LEVEL_KEY]: caller.logLevel }),
          progressToken: id,
        }
      : own === undefined
        ? { progressToken: id }
        : { ...STEADY, ...own, progressToken: id }
    if (resumed === undefined) return withMeta(params, _meta)
    const state = resumed.from.kind === 'state' ? resumed.from.requestState : undefined
    return {
      ...STEADY,
      ...params,
      inputResponses: resumed.inputResponses,
      ...(state !== undefined && { requestState: state }),
      _meta,
    }
  }

  /** Until what it returns is called, no request in flight runs out of time. */
  holdTimeouts(): () => void {
    const held = [...this.#underWay]
    for (const { silence } of held) silence.hold()
    return () => {
      for (const request of held) if (this.#underWay.has(request)) request.silence.release()
    }
  }

  /**
   * `subscriptions/listen` (2026-07-28).
   *
   * @throws RpcError or NoAnswer
   */
  async listen(filter: JsonObject, timeoutMs: number): Promise<Subscription> {
    const subscription = new Subscription(this.#speaker, `listen:${this.#subscriptions}`)
    this.#subscriptions += 1
    await subscription.open(filter, timeoutMs)
    return subscription
  }

  /** Some time nobody listened: whatever it offers may be another. */
  missed(): void {
    for (const { kind } of [TOOLS, PROMPTS, RESOURCES, TEMPLATES]) this.#options.news.onListChanged(kind)
  }

  /** The roots of the host are others: of interest to a server of the older era that was told of it. */
  rootsChanged(): void {
    const { roots } = this.#speaker.capabilities
    if (this.modern || !isRecord(roots) || roots['listChanged'] !== true) return
    // Nobody learns whether it arrived.
    this.#speaker.notify('notifications/roots/list_changed').catch(() => undefined)
  }

  async close(): Promise<void> {
    await this.#speaker.link.close()
  }
}

const NOTHING = { entries: [], warnings: [], cache: undefined }

export function has(capabilities: JsonObject, name: string): boolean {
  return isRecord(capabilities[name]) || capabilities[name] === true
}

/** Our own hop's keys aren't the caller's to set. */
function ownMeta(meta: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(meta).filter(([key]) => !isHopKey(key)))
}

function isHopKey(key: string): boolean {
  return key === 'progressToken' || key.startsWith(RESERVED_PREFIX)
}

/** Nearly all have a name and arguments and nothing else; to name them takes a tenth of a spread. */
function withMeta(params: JsonObject, _meta: JsonObject): JsonObject {
  for (const member in params)
    if (member !== 'name' && member !== 'arguments') return { ...STEADY, ...params, _meta }
  return 'arguments' in params
    ? { name: params['name'], arguments: params['arguments'], _meta }
    : { ...STEADY, ...params, _meta }
}
