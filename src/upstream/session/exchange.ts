/**
 * Handles what passes between one process of a child and its callers: requests, and the questions and log messages
 * that come back meanwhile. Each process of a child has its own exchange. So a question belongs to a request that
 * this process works on, and an answer goes to the process that asked.
 *
 * - The four meetings of eras: a child of the older era asks live, and where its host can't be asked live the request
 *   is parked (open-requests.ts). One of 2026-07-28 answers with its questions; a host that can be asked live is, and
 *   the request is sent again with the answers, as often as it takes, within bounds.
 * - While somebody is asked, no request of the process runs out of time.
 */
import { PassingSet } from '../../passing.ts'
import { NEVER } from '../../cancellation.ts'
import type { Resumed, ServerQuestion } from '../messages/caller.ts'
import { has, type Connection, type RequestOptions, type ServerRequest } from './connection.ts'
import type { JsonObject } from '../../json/record.ts'
import { OpenRequests } from './questions/open-requests.ts'
import type { Parked } from './questions/parked-requests.ts'
import { Owed } from './questions/owed.ts'
import type { ServerReply } from './reply.ts'
import { MAY_ASK } from '../messages/results.ts'
import type { RoundRefusal } from './questions/heard.ts'
import { inRounds } from './questions/rounds.ts'
import { severity } from '../messages/severity.ts'
import { askForPages } from './questions/url-required.ts'
import { INVALID_PARAMS } from '../../wire/message.ts'

export interface ExchangeOptions extends RequestOptions {
  /** Log messages that the child sends meanwhile. */
  readonly onLog?: (message: JsonObject) => void
}

export interface ExchangeDeps {
  /** A question that comes while the process works on nothing; rejects with an AskError. */
  ask(question: ServerQuestion, signal: AbortSignal): Promise<JsonObject>
  /** How long a request waits for the host to come back with answers. */
  parkMs(): number
}

export type ExchangeReply = ServerReply | Parked | RoundRefusal

/** For what nobody waits for. */
export const BRIEFLY = { signal: NEVER, timeoutMs: 5000 }

export class Exchange {
  readonly #deps: ExchangeDeps
  readonly #open: OpenRequests<ExchangeOptions>
  readonly #owed: Owed
  /** Those that hear log messages, in the order in which they came. */
  readonly #hearing = new PassingSet<ExchangeOptions>()
  #connection: Connection | undefined
  /** From which severity on a child of the older era sends log messages; undefined while it wasn't told. */
  #level: string | undefined
  #busy = 0
  #idleSince = performance.now()
  #waiters: (() => void)[] = []

  constructor(deps: ExchangeDeps) {
    this.#deps = deps
    this.#open = new OpenRequests(
      () => deps.parkMs(),
      () => this.#check(),
    )
    this.#owed = new Owed({ keepMs: () => deps.parkMs(), onChange: () => this.#check() })
  }

  /** The process is ready. */
  connected(connection: Connection, level: string | undefined): void {
    this.#connection = connection
    if (level !== undefined) void this.#tellLevel(connection, level)
  }

  send(request: ServerRequest, options: ExchangeOptions): Promise<ExchangeReply> {
    const connection = this.#connection
    if (connection === undefined) return Promise.resolve({ kind: 'gone' })
    if (options.onLog !== undefined) this.#hearing.add(options)
    this.#busy += 1
    const failed = (error: unknown): never => {
      this.#end(options)
      throw error
    }
    let replied: Promise<ExchangeReply>
    try {
      replied = this.#reply(connection, request, options)
    } catch (error) {
      return failed(error)
    }
    return replied.then((reply) => {
      const isOver = reply.kind === 'result' || reply.kind === 'parked'
      if (!isOver) return this.#asked(connection, request, options, reply).finally(() => this.#end(options))
      this.#end(options)
      return reply
    }, failed)
  }

  #end(options: ExchangeOptions): void {
    if (options.onLog !== undefined) this.#hearing.delete(options)
    this.#less()
  }

  /** The reply may be that something has to be asked first. */
  async #asked(
    connection: Connection,
    request: ServerRequest,
    { caller, signal }: ExchangeOptions,
    reply: Exclude<ExchangeReply, Parked>,
  ): Promise<ExchangeReply> {
    const asked = reply.kind === 'refused' ? reply : await askForPages(reply, caller, signal)
    if (asked.kind !== 'questions') return asked
    if (!MAY_ASK.has(request.method)) return NOT_ASKED
    if (connection.modern) this.#owed.add(asked.requestState)
    return asked
  }

  /** Whether it is this process that has asked what comes back answered. */
  hasAsked({ from }: Resumed): boolean {
    return from.kind === 'parked' ? this.#open.has(from.id) : this.#owed.has(from.requestState)
  }

  #reply(connection: Connection, request: ServerRequest, options: ExchangeOptions): Promise<ExchangeReply> {
    const { resumed, caller } = options
    // Also where the child has started again meanwhile, in whichever era: nothing is sent to it twice.
    if (resumed?.from.kind === 'parked') return this.#resume(options, resumed)
    if (resumed?.from.kind === 'state') this.#owed.settle(resumed.from.requestState)
    if (connection.modern) return inRounds(connection, request, options)
    const { logLevel } = caller
    return logLevel !== undefined && this.#isLower(connection, logLevel)
      ? this.#tellLevel(connection, logLevel).then(() => this.#toOlder(connection, request, options))
      : this.#toOlder(connection, request, options)
  }

  async #resume(options: ExchangeOptions, resumed: Resumed): Promise<ExchangeReply> {
    return (await this.#open.resume(options, resumed)) ?? NOT_OPEN
  }

  #toOlder(connection: Connection, request: ServerRequest, options: ExchangeOptions): Promise<ExchangeReply> {
    // The state of another era means nothing to it.
    const sending = options.resumed === undefined ? options : withoutResumed(options)
    if (!MAY_ASK.has(request.method)) return connection.request(request, sending)
    return this.#open.run(options, (listener) => connection.send(request, sending, listener))
  }

  /** The child asks; rejects with an AskError. */
  async ask(question: ServerQuestion, signal: AbortSignal): Promise<JsonObject> {
    const release = this.#connection?.holdTimeouts()
    try {
      return await this.during(this.#open.ask(question, signal, (...asked) => this.#deps.ask(...asked)))
    } finally {
      release?.()
    }
  }

  /** The listener for log messages of the request that the process most probably works on. */
  get listener(): ((message: JsonObject) => void) | undefined {
    return [...this.#hearing].at(-1)?.onLog
  }

  /** From which severity on messages are wanted, whatever is asked of the child. */
  setLevel(level: string): void {
    if (this.#connection !== undefined) void this.#tellLevel(this.#connection, level)
  }

  /** While it runs the process is not idle. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#busy += 1
    try {
      return await work
    } finally {
      this.#less()
    }
  }

  #less(): void {
    this.#busy -= 1
    this.#idleSince = performance.now()
    if (this.#waiters.length > 0) this.#check()
  }

  /** No request waits for the process, and it waits for no answer. */
  get isIdle(): boolean {
    return this.#busy === 0 && this.#open.isEmpty && this.#owed.isEmpty
  }

  /** When the last request or question ended, or it began, on the clock of performance.now(). */
  get idleSince(): number {
    return this.#idleSince
  }

  async whenIdle(): Promise<void> {
    while (!this.isIdle) await new Promise<void>((resolve) => this.#waiters.push(resolve))
  }

  #check(): void {
    if (this.isIdle) for (const wake of this.#waiters.splice(0)) wake()
  }

  close(): void {
    this.#open.close()
    this.#owed.close()
  }

  /** A child of the older era has one level for all: the lowest that anybody wanted. */
  #isLower(connection: Connection, level: string): boolean {
    return has(connection.capabilities, 'logging') && severity(level) < severity(this.#level)
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

function withoutResumed({ resumed: _none, ...others }: ExchangeOptions): ExchangeOptions {
  return others
}

const NOT_ASKED: RoundRefusal = { kind: 'refused', why: 'nothing can be asked for such a request' }
const NOT_OPEN: ServerReply = {
  kind: 'error',
  code: INVALID_PARAMS,
  message: 'Invalid or expired requestState',
}
