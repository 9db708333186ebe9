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
import type { Caller, Question, Resumed } from './caller.ts'
import { has, type Connection, type RequestOptions, type ServerRequest } from './client.ts'
import type { Reply } from './reply.ts'
import type { JsonObject } from './normalize.ts'
import { OpenRequests, type Leg, type Parked } from './openRequests.ts'
import type { Running } from './start.ts'
import { replyOf, replyWhileDown, type CallReply, type ChildState } from './state.ts'
import { severity } from './severity.ts'
import { askForPages } from './urlRequired.ts'
import { pause, settlesWithin, unlessAborted } from './wait.ts'
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
  readonly parkMs: number
}

const MAX_ROUNDS = 16
/** Between rounds in which nothing is asked: the child only wants to be asked later. */
const LATER_MS = 500
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
    this.#open = new OpenRequests(deps.parkMs)
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
    if (reply === 'unanswered') return notAnswered(id, 'the host did not answer')
    if (reply.kind === 'refused') return notAnswered(id, reply.why)
    if (reply.kind === 'gone' && this.#deps.stopped()) return replyWhileDown(id, { kind: 'stopped' }, 0)
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
    if (connection !== undefined) await this.watches.unsubscribe(uri, this.#watcher(connection))
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
  ): Promise<Reply | Parked | Refusal | 'unanswered'> {
    const { caller, signal, onProgress, onLog } = options
    const leg: RequestLeg = { caller, signal, ...(onProgress && { onProgress }), ...(onLog && { onLog }) }
    this.#legs.add(leg)
    try {
      if (request.method === 'resources/subscribe') {
        const ask = this.#watcher(connection, options)
        return await this.watches.subscribe(String(request.params['uri']), ask)
      }
      if (connection.modern) return await inRounds(connection, request, options)
      const reply = await this.#exchangeOld(connection, request, leg, options)
      return reply.kind === 'parked' ? reply : await askForPages(reply, caller, signal)
    } finally {
      this.#legs.delete(leg)
    }
  }

  /** With a child of the older era, which may ask meanwhile. */
  async #exchangeOld(
    connection: Connection,
    request: ServerRequest,
    leg: RequestLeg,
    { resumed, ...options }: CallOptions,
  ): Promise<Reply | Parked> {
    if (resumed?.from.kind === 'parked') return (await this.#open.resume(leg, resumed)) ?? NOT_OPEN
    await this.#lowerLevel(connection, options.caller)
    return this.#open.run(leg, async (outliving, now) =>
      connection.request(request, {
        ...options,
        signal: outliving,
        onProgress: (progress) => now().onProgress?.(progress),
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

const NOT_OPEN: Reply = { kind: 'error', code: INVALID_PARAMS, message: 'Invalid or expired requestState' }

/** With a child of 2026-07-28: until it has what it needs, or to the first question where nobody can be asked now. */
async function inRounds(
  connection: Connection,
  request: ServerRequest,
  options: CallOptions,
): Promise<Reply | Refusal | 'unanswered'> {
  const { ask } = options.caller
  let reply = await connection.request(request, options)
  if (ask === undefined) return reply.kind === 'questions' ? prepared(reply, options) : reply
  for (let round = 1; reply.kind === 'questions'; round++) {
    if (round > MAX_ROUNDS) return { kind: 'bad-answer', why: `with questions ${MAX_ROUNDS} times in a row` }
    const { questions, requestState } = reply
    const answers = await answersTo(questions, ask, options.signal)
    if (options.signal.aborted) return { kind: 'cancelled' }
    if (answers === undefined) return 'unanswered'
    if (Object.keys(questions).length === 0) await pause(LATER_MS, options.signal)
    const resumed: Resumed = {
      from: { kind: 'state', ...(requestState !== undefined && { requestState }) },
      inputResponses: answers,
    }
    reply = await connection.request(request, { ...options, resumed })
  }
  return reply
}

type Asking = Extract<Reply, { kind: 'questions' }>

/** The questions as they may be put to the host; one that may not is the end of the request. */
async function prepared(reply: Asking, { caller, signal }: CallOptions): Promise<Asking | Refusal> {
  const questions: [string, Question][] = []
  for (const [key, question] of Object.entries(reply.questions)) {
    const heard = (await caller.prepare?.(question, signal)) ?? { kind: 'pass', question }
    if (heard.kind !== 'pass')
      return { kind: 'refused', why: heard.kind === 'refuse' ? heard.reason : DECLINED }
    questions.push([key, heard.question])
  }
  return { ...reply, questions: Object.fromEntries(questions) }
}

/** What a child asked may not be asked. */
interface Refusal {
  readonly kind: 'refused'
  readonly why: string
}

const DECLINED = 'it was declined'

async function answersTo(
  questions: Readonly<Record<string, Question>>,
  ask: NonNullable<Caller['ask']>,
  signal: AbortSignal,
): Promise<JsonObject | undefined> {
  try {
    const answers = Object.entries(questions).map(
      async ([key, question]) => [key, await ask(question, signal)] as const,
    )
    return Object.fromEntries(await Promise.all(answers))
  } catch {
    return undefined
  }
}

function notAnswered(id: string, why: string): CallReply {
  return {
    kind: 'unavailable',
    reason: `"${id}" asked something before it would go on: ${why}.`,
    hint: 'The call may have taken effect in part; check before trying again.',
  }
}
