/**
 * What passes between a child and whoever is behind its requests: requests, the questions and log messages that come
 * back meanwhile, and what the host watches.
 *
 * - A request that comes while the child starts waits for it; nothing has been sent yet, so nothing is done twice.
 *   Since it may have come back with other tools, the caller is asked once more before anything is sent.
 * - The four meetings of eras: a child of the older era asks live, and where its host can't be asked live the request
 *   is parked (openRequests.ts). One of 2026-07-28 answers with its questions; a host that can be asked live is, and
 *   the request is sent again with the answers, as often as it takes, within bounds.
 * - While somebody is asked, no request of the child runs out of time.
 */
import type { Caller, Question } from './caller.ts'
import { has, type Connection, type RequestOptions, type ServerRequest } from './client.ts'
import type { Reply } from './reply.ts'
import type { JsonObject } from './normalize.ts'
import { OpenRequests, type Leg, type Parked } from './openRequests.ts'
import { MAY_ASK } from './results.ts'
import { inRounds, type Refusal } from './rounds.ts'
import type { Running } from './start.ts'
import { replyOf, replyWhenEnded, replyWhileDown, type CallReply, type ChildState } from './state.ts'
import { severity } from './severity.ts'
import { askForPages } from './urlRequired.ts'
import { settlesWithin, unlessAborted } from './wait.ts'
import { Watches } from './watches.ts'

export interface CallOptions extends RequestOptions {
  /** Asked when the child is up and knows its tools, right before the request is sent. */
  isStillMeant?(): boolean
  /** Log messages that the child sends meanwhile. */
  readonly onLog?: (message: JsonObject) => void
}

export interface RequestsDeps {
  readonly id: string
  state(): ChildState
  /** The child that runs now. */
  running(): Running | undefined
  settled(): Promise<void>
  /** It is being stopped for good. */
  stopped(): boolean
  /** A question that comes while the child works on nothing; rejects with an AskError. */
  ask(question: Question, signal: AbortSignal): Promise<JsonObject>
  /** How long a request waits for the host to come back with answers. */
  parkMs(): number
}

/** For what nobody waits for. */
const BRIEFLY = { signal: new AbortController().signal, timeoutMs: 5000 }
const INVALID_PARAMS = -32602

interface RequestLeg extends Leg {
  readonly onProgress?: CallOptions['onProgress']
  readonly onLog?: CallOptions['onLog']
}

export class Requests {
  readonly #deps: RequestsDeps
  readonly #open: OpenRequests<RequestLeg>
  readonly #legs = new Set<RequestLeg>()
  readonly watches = new Watches()
  /** From which severity on a child of the older era sends log messages; undefined while it wasn't told. */
  #level: string | undefined

  constructor(deps: RequestsDeps) {
    this.#deps = deps
    this.#open = new OpenRequests(() => deps.parkMs())
  }

  async send(request: ServerRequest, options: CallOptions): Promise<CallReply> {
    const { id } = this.#deps
    if (this.#deps.state().kind === 'starting' && !options.signal.aborted) {
      await unlessAborted(settlesWithin(this.#deps.settled(), options.timeoutMs), options.signal).catch(
        () => undefined,
      )
    }
    if (options.signal.aborted) return { kind: 'cancelled' }
    const running = this.#deps.running()
    if (running === undefined) return replyWhileDown(id, this.#deps.state(), Date.now())
    if (options.isStillMeant?.() === false) return { kind: 'changed' }
    const reply = await running.calls.during(this.#exchange(running.connection, request, options))
    if (reply.kind === 'refused') return notAnswered(id, reply.why)
    if (reply.kind === 'gone' && this.#deps.stopped()) return replyWhenEnded(id, this.#deps.state())
    return replyOf(id, reply, running.transport)
  }

  /** A child is ready. */
  begin(running: Running, level: string | undefined): void {
    this.#level = undefined
    if (level !== undefined) void this.#tellLevel(running.connection, level)
    this.watches.begin(running.connection, this.#watcher(running.connection))
  }

  /** From which severity on messages are wanted, whatever is asked of the child. */
  setLevel(level: string): void {
    const connection = this.#deps.running()?.connection
    if (connection !== undefined) void this.#tellLevel(connection, level)
  }

  async unwatch(uri: string): Promise<void> {
    const connection = this.#deps.running()?.connection
    if (connection === undefined) this.watches.forget(uri)
    else await this.watches.unsubscribe(uri, this.#watcher(connection))
  }

  /** The child asks; rejects with an AskError. */
  async ask(question: Question, signal: AbortSignal): Promise<JsonObject> {
    const release = this.#deps.running()?.connection.holdTimeouts()
    try {
      return await this.#open.ask(question, signal, (...asked) => this.#deps.ask(...asked))
    } finally {
      release?.()
    }
  }

  /** Whoever wants to hear log messages of the request that the child most probably works on. */
  get listener(): ((message: JsonObject) => void) | undefined {
    return [...this.#legs].findLast(({ onLog }) => onLog !== undefined)?.onLog
  }

  close(): void {
    this.#open.close()
  }

  async #exchange(
    connection: Connection,
    request: ServerRequest,
    options: CallOptions,
  ): Promise<Reply | Parked | Refusal> {
    const { caller, signal, onProgress, onLog } = options
    const leg: RequestLeg = { caller, signal, ...(onProgress && { onProgress }), ...(onLog && { onLog }) }
    this.#legs.add(leg)
    try {
      if (request.method === 'resources/subscribe') {
        const ask = this.#watcher(connection, options)
        return await this.watches.subscribe(String(request.params['uri']), ask)
      }
      const reply = await this.#reply(connection, request, leg, options)
      if (reply.kind === 'parked') return reply
      const asked = reply.kind === 'refused' ? reply : await askForPages(reply, caller, signal)
      return asked.kind === 'questions' && !MAY_ASK.has(request.method) ? NOT_ASKED : asked
    } finally {
      this.#legs.delete(leg)
    }
  }

  async #reply(
    connection: Connection,
    request: ServerRequest,
    leg: RequestLeg,
    options: CallOptions,
  ): Promise<Reply | Parked | Refusal> {
    // Also where the child has started again meanwhile, in whichever era: nothing is sent to it twice.
    if (options.resumed?.from.kind === 'parked')
      return (await this.#open.resume(leg, options.resumed)) ?? NOT_OPEN
    if (connection.modern) return inRounds(connection, request, options)
    const { resumed: _resumed, ...others } = options
    await this.#lowerLevel(connection, others.caller)
    if (!MAY_ASK.has(request.method)) return connection.request(request, others)
    return this.#open.run(leg, async (outliving, now) =>
      connection.request(request, {
        ...others,
        signal: outliving,
        onProgress: (progress) => now()?.onProgress?.(progress),
      }),
    )
  }

  #watcher(
    connection: Connection,
    { signal, timeoutMs }: Pick<CallOptions, 'signal' | 'timeoutMs'> = BRIEFLY,
  ) {
    return async (method: string, uri: string): Promise<Reply> =>
      connection.request({ method, params: { uri } }, { signal, timeoutMs, caller: { capabilities: {} } })
  }

  /** A child of the older era has one level for all: the lowest that anybody wanted. */
  async #lowerLevel(connection: Connection, { logLevel }: Caller): Promise<void> {
    if (logLevel === undefined || severity(logLevel) >= severity(this.#level)) return
    await this.#tellLevel(connection, logLevel)
  }

  async #tellLevel(connection: Connection, level: string): Promise<void> {
    if (connection.modern || !has(connection.capabilities, 'logging')) return
    this.#level = level
    await connection.request(
      { method: 'logging/setLevel', params: { level } },
      { ...BRIEFLY, caller: { capabilities: {} } },
    )
  }
}

const NOT_ASKED: Refusal = { kind: 'refused', why: 'nothing can be asked for such a request' }
const NOT_OPEN: Reply = { kind: 'error', code: INVALID_PARAMS, message: 'Invalid or expired requestState' }

function notAnswered(id: string, why: string): CallReply {
  return {
    kind: 'unavailable',
    reason: `"${id}" asked something before it would go on: ${why}.`,
    hint: 'The call may have taken effect in part; check before trying again.',
  }
}
