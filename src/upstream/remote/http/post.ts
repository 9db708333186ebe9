/**
 * One message on its way to a remote server, from the call to the last byte of its answer. Each message is a POST of its
 * own. It keeps what has to be known when it fails: whether anything of it has left, and whether the server may work on
 * it.
 */
import type { Id } from '../../../wire/ids.ts'

/** A message of JSON-RPC, as far as HTTP has to know it. */
export interface Outgoing {
  readonly jsonrpc: '2.0'
  readonly id?: unknown
  readonly method?: string
  readonly params?: unknown
}

/** What is known of a request that the server may work on. */
export interface Work {
  /** When it left for the last time, or was to be sent; by performance.now(). */
  readonly sentAt: number
  /** The server has shown that it does, as by its progress. */
  readonly hasBegun: boolean
}

export interface PostOptions {
  /** Of a request of ours; absent for what nobody waits for. */
  readonly id?: Id
  /** Beside those that each message has. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * A server may leave a stream open for ever whose request was cancelled or answered, and each holds a connection. So long
 * after that it is closed from here.
 */
const LINGER_MS = 1000

/** One for all: the one that Node makes by itself costs more than the rest of a cancellation. */
const CALLED_OFF = new Error('Nobody waits for the answer any more.')

export class Post implements Work {
  readonly message: Outgoing
  /** The message as it is sent. */
  readonly body: string
  readonly id: Id | undefined
  readonly headers: Readonly<Record<string, string>>
  /** Something of it may have reached the server, and hasn't been turned away. */
  left = false
  /** The server turned it away before any work. */
  refused = false
  hasBegun = false
  /** Its answer comes by a stream of events, which isn't over. */
  hasStream = false
  sentAt = performance.now()
  readonly #cancelled = new AbortController()

  constructor(message: Outgoing, body: string, { id, headers = {} }: PostOptions = {}) {
    this.message = message
    this.body = body
    this.id = id
    this.headers = headers
  }

  /** Fires when nobody wants its answer any more. */
  get signal(): AbortSignal {
    return this.#cancelled.signal
  }

  /** Something of it leaves now: what was waited for before, as for a token, is none of the server's time. */
  leaves(): void {
    this.left = true
    this.sentAt = performance.now()
    this.hasBegun = false
  }

  /** Before any work: for the want of a login, or of a scope (2025-11-25 basic/authorization). */
  turnedAway(): void {
    this.left = false
    this.refused = true
  }

  /** Its connection is closed. */
  cancel(): void {
    this.#cancelled.abort(CALLED_OFF)
  }

  /** Nothing of it is wanted any more, and the server has some time to end it. */
  endSoon(): void {
    setTimeout(() => this.cancel(), LINGER_MS).unref()
  }
}
