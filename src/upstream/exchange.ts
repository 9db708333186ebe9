/**
 * What passes between one process of a child and whoever is behind its requests: the requests, and the questions and log
 * messages that come back meanwhile. Another process of the same child has its own, so a question goes to the request
 * that its process works on, and an answer to the process that asked.
 *
 * - The four meetings of eras: a child of the older era asks live, and where its host can't be asked live the request
 *   is parked (openRequests.ts). One of 2026-07-28 answers with its questions; a host that can be asked live is, and
 *   the request is sent again with the answers, as often as it takes, within bounds.
 * - While somebody is asked, no request of the process runs out of time.
 */
import type { Caller, Question, Resumed } from './caller.ts'
import { has, type Connection, type RequestOptions, type ServerRequest } from './client.ts'
import type { JsonObject } from './normalize.ts'
import { OpenRequests, type Leg, type Parked } from './openRequests.ts'
import { Owed } from './owed.ts'
import type { Reply } from './reply.ts'
import { MAY_ASK } from './results.ts'
import { inRounds, type Refusal } from './rounds.ts'
import { severity } from './severity.ts'
import { askForPages } from './urlRequired.ts'

export interface ExchangeOptions extends RequestOptions {
  /** Log messages that the child sends meanwhile. */
  readonly onLog?: (message: JsonObject) => void
}

export interface ExchangeDeps {
  /** A question that comes while the process works on nothing; rejects with an AskError. */
  ask(question: Question, signal: AbortSignal): Promise<JsonObject>
  /** How long a request waits for the host to come back with answers. */
  parkMs(): number
}

export type ExchangeReply = Reply | Parked | Refusal

/** For what nobody waits for. */
export const BRIEFLY = { signal: new AbortController().signal, timeoutMs: 5000 }
const INVALID_PARAMS = -32602

interface RequestLeg extends Leg {
  readonly onProgress?: ExchangeOptions['onProgress']
  readonly onLog?: ExchangeOptions['onLog']
}

export class Exchange {
  readonly #deps: ExchangeDeps
  readonly #open: OpenRequests<RequestLeg>
  readonly #owed: Owed
  readonly #legs = new Set<RequestLeg>()
  #connection: Connection | undefined
  /** From which severity on a child of the older era sends log messages; undefined while it wasn't told. */
  #level: string | undefined
  #busy = 0
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

  async send(request: ServerRequest, options: ExchangeOptions): Promise<ExchangeReply> {
    const connection = this.#connection
    if (connection === undefined) return { kind: 'gone' }
    const { caller, signal, onProgress, onLog } = options
    const leg: RequestLeg = { caller, signal, ...(onProgress && { onProgress }), ...(onLog && { onLog }) }
    this.#legs.add(leg)
    try {
      const reply = await this.during(this.#reply(connection, request, leg, options))
      if (reply.kind === 'parked') return reply
      const asked = reply.kind === 'refused' ? reply : await askForPages(reply, caller, signal)
      if (asked.kind !== 'questions') return asked
      if (!MAY_ASK.has(request.method)) return NOT_ASKED
      if (connection.modern) this.#owed.add(asked.requestState)
      return asked
    } finally {
      this.#legs.delete(leg)
    }
  }

  /** Whether it is this process that has asked what comes back answered. */
  hasAsked({ from }: Resumed): boolean {
    return from.kind === 'parked' ? this.#open.has(from.id) : this.#owed.has(from.requestState)
  }

  async #reply(
    connection: Connection,
    request: ServerRequest,
    leg: RequestLeg,
    options: ExchangeOptions,
  ): Promise<ExchangeReply> {
    const { resumed, ...others } = options
    // Also where the child has started again meanwhile, in whichever era: nothing is sent to it twice.
    if (resumed?.from.kind === 'parked') return (await this.#open.resume(leg, resumed)) ?? NOT_OPEN
    if (resumed?.from.kind === 'state') this.#owed.settle(resumed.from.requestState)
    if (connection.modern) return inRounds(connection, request, options)
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

  /** The child asks; rejects with an AskError. */
  async ask(question: Question, signal: AbortSignal): Promise<JsonObject> {
    const release = this.#connection?.holdTimeouts()
    try {
      return await this.during(this.#open.ask(question, signal, (...asked) => this.#deps.ask(...asked)))
    } finally {
      release?.()
    }
  }

  /** Whoever wants to hear log messages of the request that the process most probably works on. */
  get listener(): ((message: JsonObject) => void) | undefined {
    return [...this.#legs].findLast(({ onLog }) => onLog !== undefined)?.onLog
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
      this.#busy -= 1
      this.#check()
    }
  }

  /** No request waits for the process, and it waits for no answer. */
  get isIdle(): boolean {
    return this.#busy === 0 && this.#open.isEmpty && this.#owed.isEmpty
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
