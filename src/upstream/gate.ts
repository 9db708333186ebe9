/**
 * The gate between a child and the SDK's Client; pure. The SDK trusts its transport, so what it would misread is
 * stopped or put right here:
 *
 * - A response passes only when its id is one that was sent and isn't answered yet, same value and same type (the
 *   SDK would turn "1" and 1 into one). One that answers a cancelled request is late, which is no fault.
 * - A broken answer to a request that waits, one too long, too deep, not JSON or not a response, becomes an error
 *   response in our words, so that the call ends now and not at its timeout.
 * - Results pass the SDK as an empty stub and travel beside it, raw (stub.ts).
 * - A child speaks for its own requests only: progress needs a token that is in use, `cancelled` ends nothing but a
 *   subscription of ours or, before 2026-07-28, a question of its own, and since then a server sends no requests.
 */
import type { JSONRPCMessage } from '@modelcontextprotocol/client'
import { withDoubles } from '../json/number.ts'
import { BadAnswer, type Failing } from './badAnswer.ts'
import type { BadLine, Frame } from './framing.ts'
import { isRecord } from './normalize.ts'
import { isHandshake, LISTEN, resultForSdk } from './stub.ts'

export type Drop =
  | BadLine
  | 'not-json-rpc'
  | 'unknown-id'
  | 'unknown-token'
  | 'unexpected-request'
  | 'cancelled'

export type Passage =
  | { readonly kind: 'deliver'; readonly message: JSONRPCMessage; readonly bad?: Drop }
  | { readonly kind: 'drop'; readonly bad: Drop }
  /** Dropped, and nobody is to blame. */
  | { readonly kind: 'late' }

type Id = number | string
type Message = Readonly<Record<string, unknown>>

interface Waiting {
  readonly method: string
  readonly progressToken: unknown
}

/** From this version on `server/discover` takes the place of `initialize`. */
export const FIRST_MODERN_VERSION = '2026-07-28'

const INTERNAL_ERROR = -32603
/** In place of an empty message, which hosts show as nothing. */
const NO_WORDS = 'the server gave no words with its error'
const UNSUPPORTED_VERSION = -32022
const MAX_REMEMBERED = 1024
const SUBSCRIPTION_ID = 'io.modelcontextprotocol/subscriptionId'

const BAD_ANSWERS: Readonly<Record<BadLine, string>> = {
  'not-json': 'with something that is not JSON',
  'too-long': 'with more than 10 MiB',
  'too-deep': 'with data nested deeper than 256 levels',
  'not-utf8': 'with something that is not UTF-8',
  'not-an-object': 'with something that is not a JSON-RPC message',
  batch: 'with a batch, which MCP no longer has',
  unreadable: 'with something that could not be read',
}

export class Gate {
  readonly #waiting = new Map<Id, Waiting>()
  readonly #cancelled = new Set<Id>()
  /** Requests of its own that it has no answer to yet. */
  readonly #asked = new Set<Id>()
  /** From 2026-07-28 on: the server answers, and never asks. */
  modern = false
  /**
   * It is of that era after all: it answered the probe when nobody waited any more, or refused `initialize` and named
   * the versions that it speaks.
   */
  provedModern = false
  /** The answer to `initialize` or `server/discover`, as it came. */
  handshake: Message = {}
  #initializing = false

  /** To be told of each message before it is written. */
  sent(message: JSONRPCMessage): void {
    if (!('method' in message)) {
      if (message.id !== undefined) this.#asked.delete(message.id)
      return
    }
    const params: unknown = message.params
    if ('id' in message) {
      if (message.method === 'initialize') this.#initializing = true
      const meta = isRecord(params) && isRecord(params['_meta']) ? params['_meta'] : {}
      this.#waiting.set(message.id, { method: message.method, progressToken: meta['progressToken'] })
    } else if (message.method === 'notifications/cancelled' && isRecord(params)) {
      const id = params['requestId']
      if (isId(id) && this.#waiting.delete(id)) this.#remember(id)
    }
  }

  /** What was asked by the request that waits under this id. */
  methodOf(id: Id): string | undefined {
    return this.#waiting.get(id)?.method
  }

  /** The error that ends a request to which no answer will come; undefined when it has one already. */
  failed(id: Id, why: string, failing?: Failing): JSONRPCMessage | undefined {
    const passage = this.#waiting.has(id) ? this.#refuse(id, why, 'not-json-rpc', failing) : undefined
    return passage?.kind === 'deliver' ? passage.message : undefined
  }

  /** No answer will be sent to this question of the server. */
  forget(id: Id): void {
    this.#asked.delete(id)
  }

  received(frame: Frame): Passage {
    if (frame.kind === 'message') return this.#judge(frame.message)
    if (frame.id === undefined || !this.#waiting.has(frame.id)) return { kind: 'drop', bad: frame.why }
    return this.#refuse(frame.id, BAD_ANSWERS[frame.why], frame.why)
  }

  #judge(message: Message): Passage {
    const { id, method } = message
    if (typeof method === 'string') {
      if (
        message['jsonrpc'] !== '2.0' ||
        'result' in message ||
        'error' in message ||
        !hasGoodParams(message)
      ) {
        return { kind: 'drop', bad: 'not-json-rpc' }
      }
      return 'id' in message ? this.#request(message) : this.#notification(method, message)
    }
    if (!isId(id)) return { kind: 'drop', bad: 'not-json-rpc' }
    if (this.#cancelled.delete(id)) return { kind: 'late' }
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return { kind: 'drop', bad: 'unknown-id' }
    return this.#response(id, waiting, message)
  }

  #response(id: Id, waiting: Waiting, message: Message): Passage {
    const isResponse = message['jsonrpc'] === '2.0' && 'result' in message !== 'error' in message
    if (!isResponse) return this.#refuse(id, 'with something that is not a JSON-RPC response', 'not-json-rpc')
    if ('error' in message) {
      this.#waiting.delete(id)
      const error = cleanError(message['error'])
      if (waiting.method === 'initialize' && namesModern(error)) this.provedModern = true
      return { kind: 'deliver', message: { jsonrpc: '2.0', id, error } }
    }
    const result = resultForSdk(waiting.method, message['result'])
    if (isHandshake(waiting.method) && isRecord(message['result'])) this.handshake = message['result']
    if (waiting.method === 'server/discover' && this.#initializing) this.provedModern = true
    if (result === undefined) return this.#refuse(id, 'with a result that is not an object', 'not-json-rpc')
    this.#waiting.delete(id)
    return { kind: 'deliver', message: { jsonrpc: '2.0', id, result } }
  }

  #refuse(id: Id, why: string, bad: Drop, failing?: Failing): Passage {
    this.#waiting.delete(id)
    const data = new BadAnswer(why, failing)
    const error = { code: INTERNAL_ERROR, message: `The server answered ${why}.`, data }
    return { kind: 'deliver', message: { jsonrpc: '2.0', id, error }, bad }
  }

  #request(message: Message): Passage {
    if (this.modern) return { kind: 'drop', bad: 'unexpected-request' }
    if (!isId(message['id'])) return { kind: 'drop', bad: 'not-json-rpc' }
    this.#asked.add(message['id'])
    return { kind: 'deliver', message: message as JSONRPCMessage }
  }

  #notification(method: string, message: Message): Passage {
    const params = isRecord(message['params']) ? message['params'] : {}
    if (method === 'notifications/progress') return this.#progress(params)
    if (method === 'notifications/cancelled' && !this.#isItsOwn(params['requestId'])) {
      return { kind: 'drop', bad: 'cancelled' }
    }
    if (method === 'notifications/subscriptions/acknowledged') {
      const meta = isRecord(params['_meta']) ? params['_meta'] : {}
      if (!this.#isSubscription(meta[SUBSCRIPTION_ID])) return { kind: 'drop', bad: 'unknown-id' }
    }
    return { kind: 'deliver', message: message as JSONRPCMessage }
  }

  #progress(params: Message): Passage {
    const { progressToken, message } = params
    // The SDK's own notification; it takes doubles only.
    const progress = withDoubles(params['progress'])
    const total = withDoubles(params['total'])
    if (isId(progressToken) && this.#cancelled.has(progressToken)) return { kind: 'late' }
    if (!isId(progressToken) || this.#waiting.get(progressToken)?.progressToken !== progressToken) {
      return { kind: 'drop', bad: 'unknown-token' }
    }
    if (!isNumber(progress)) return { kind: 'drop', bad: 'not-json-rpc' }
    const clean: Record<string, unknown> = { progressToken, progress }
    if (isNumber(total)) clean['total'] = total
    if (typeof message === 'string') clean['message'] = message
    return {
      kind: 'deliver',
      message: { jsonrpc: '2.0', method: 'notifications/progress', params: clean },
    }
  }

  /** What a server may end: a subscription of ours, and a question of its own. */
  #isItsOwn(id: unknown): boolean {
    return this.#isSubscription(id) || (isId(id) && this.#asked.has(id))
  }

  #isSubscription(id: unknown): boolean {
    return isId(id) && this.#waiting.get(id)?.method === LISTEN
  }

  #remember(id: Id): void {
    this.#cancelled.add(id)
    const [oldest] = this.#cancelled
    if (this.#cancelled.size > MAX_REMEMBERED && oldest !== undefined) this.#cancelled.delete(oldest)
  }
}

/** Some servers write the message alone in place of the error. */
function cleanError(raw: unknown): { code: number; message: string; data?: unknown } {
  const error = isRecord(raw) ? raw : {}
  const code = Number.isSafeInteger(error['code']) ? Number(error['code']) : INTERNAL_ERROR
  const said = isRecord(raw) ? error['message'] : raw
  const message = typeof said === 'string' && said.trim() !== '' ? said : NO_WORDS
  return error['data'] === undefined ? { code, message } : { code, message, data: error['data'] }
}

function namesModern(error: { code: number; data?: unknown }): boolean {
  const supported = isRecord(error.data) ? error.data['supported'] : undefined
  return (
    error.code === UNSUPPORTED_VERSION && Array.isArray(supported) && supported.includes(FIRST_MODERN_VERSION)
  )
}

function hasGoodParams(message: Message): boolean {
  const { params } = message
  if (params === undefined) return true
  return isRecord(params) && (params['_meta'] === undefined || isRecord(params['_meta']))
}

function isId(value: unknown): value is Id {
  return typeof value === 'string' || Number.isSafeInteger(value)
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
