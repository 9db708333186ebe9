/**
 * Judges each message of a server before anybody acts on it. Pure.
 *
 * - A response passes only when its id means a request that was sent and isn't answered yet (wire/waiting.ts). A response
 *   to a cancelled request is late, which is no fault.
 * - A response may be broken: too long, too deep, not JSON, or not a response at all. Then the request that waits for
 *   it gets an answer in our words. So the call ends now and not at its timeout.
 * - A server speaks only for its own requests. Progress needs a token that is in use. `cancelled` ends a subscription
 *   of ours or, before 2026-07-28, a question of the server. Since 2026-07-28 a server sends no requests.
 * - A request of the server that isn't JSON-RPC 2.0 is answered with what is wrong.
 */
import { PassingSet } from '../../passing.ts'
import { withDoubles } from '../../json/number.ts'
import { isRecord, type JsonObject } from '../../json/record.ts'
import type { BadLine, Frame } from '../../wire/framing.ts'
import { idKey, isForeignId, isId, keyAmong, type ForeignId, type Id } from '../../wire/ids.ts'
import {
  INVALID_PARAMS,
  INVALID_REQUEST,
  SUBSCRIPTION_ID_KEY,
  type RpcFailure,
  type RpcRequest,
} from '../../wire/message.ts'
import { WaitingRequests } from '../../wire/waiting.ts'
import type { RequestEnd, Failing, Progress, Waiter } from './request-end.ts'
import {
  BAD_ANSWERS,
  errorBody,
  hasGoodParams,
  isPresent,
  whyNoResponse,
  withoutNulls,
  type Message,
} from '../../wire/odd-message.ts'

export type Drop =
  | BadLine
  | 'not-json-rpc'
  | 'unknown-id'
  /** An answer that names no request. */
  | 'no-id'
  | 'unknown-token'
  | 'unexpected-request'
  | 'cancelled'

/** The end of a request of ours. */
export interface Answered {
  readonly kind: 'answer'
  readonly id: Id
  readonly waiter: Waiter
  readonly end: RequestEnd
  /** The message was not what it should have been. */
  readonly bad?: Drop
}

export type Passage =
  | Answered
  | { readonly kind: 'progress'; readonly id: Id; readonly waiter: Waiter; readonly progress: Progress }
  /** Of a subscription of ours. */
  | { readonly kind: 'acknowledged'; readonly waiter: Waiter }
  | { readonly kind: 'request'; readonly request: RpcRequest }
  /** By its key (wire/ids.ts): a question of the server that it wants no answer to any more. */
  | { readonly kind: 'taken back'; readonly key: string }
  | { readonly kind: 'notice'; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'drop'; readonly bad: Drop }
  /** A request of the server that is none; it is told so. */
  | { readonly kind: 'refuse'; readonly reply: RpcFailure; readonly bad: Drop }
  /** Dropped, and nobody is to blame. */
  | { readonly kind: 'late' }

/** From this version on `server/discover` takes the place of `initialize`. */
export const FIRST_MODERN_VERSION = '2026-07-28'

export const LISTEN = 'subscriptions/listen'

const LATE: Passage = { kind: 'late' }

export class Gate {
  readonly waiting = new WaitingRequests<Waiter>()
  /** Keys of requests of its own that it has no answer to yet. */
  readonly #asked = new PassingSet<string>()
  /** From 2026-07-28 on: the server answers, and never asks. */
  modern = false

  /** A caller waits for an answer. */
  get isAsked(): boolean {
    return this.waiting.some(({ method }) => method !== LISTEN && !method.endsWith('/list'))
  }

  /** To be told of each question of the server that was answered, or will not be. */
  settled(id: ForeignId): void {
    this.#asked.delete(idKey(id))
  }

  /** The end of a request to which no answer will come; undefined when it has one already. */
  failed(id: Id, why: string, failing: Failing = {}): Answered | undefined {
    const waiter = this.waiting.drop(id)
    return waiter && { kind: 'answer', id, waiter, end: { kind: 'bad', why, failing } }
  }

  received(frame: Frame): Passage {
    if (frame.kind === 'message') return this.#judge(frame.message)
    return this.#refuse(this.waiting.find(frame.id), BAD_ANSWERS[frame.why], frame.why)
  }

  #judge(message: Message): Passage {
    const { id, method } = message
    if (typeof method === 'string') return this.#said(method, withoutNulls(message))
    if (!isId(id)) return this.#nameless(message)
    const waiting = this.waiting.find(id)
    if (waiting !== undefined) return this.#response(waiting, message)
    return this.waiting.isLate(id) ? LATE : { kind: 'drop', bad: 'unknown-id' }
  }

  /** Which requests that wait a batch has answers to. */
  answeredIn(batch: readonly unknown[]): readonly Id[] {
    const answers = batch.filter(isRecord).filter((one) => 'result' in one || 'error' in one)
    return answers.flatMap((one) => this.waiting.find(one['id']) ?? [])
  }

  /** What the server says by itself. */
  #said(method: string, message: Message): Passage {
    const isAnswerToo = 'result' in message || 'error' in message
    // Some put their answer into what they were asked.
    if (isAnswerToo)
      return this.#refuse(
        this.waiting.find(message['id']),
        'with a request and an answer in one message',
        'not-json-rpc',
      )
    // Some write null where there is no id.
    if ('id' in message && (message['id'] !== null || !method.startsWith('notifications/')))
      return this.#request(method, message)
    if (message['jsonrpc'] !== '2.0' || !hasGoodParams(message)) return { kind: 'drop', bad: 'not-json-rpc' }
    return this.#notification(method, isRecord(message['params']) ? message['params'] : {})
  }

  /** JSON-RPC writes null where the id of a request could not be read; others forget it, or write what is no id. */
  #nameless(message: Message): Passage {
    const isAnswer =
      message['jsonrpc'] === '2.0' && (isPresent(message, 'result') || isPresent(message, 'error'))
    if (!isAnswer) return { kind: 'drop', bad: 'not-json-rpc' }
    const bad = (message['id'] ?? null) === null ? 'no-id' : 'not-json-rpc'
    const id = this.waiting.only(({ method }) => method !== LISTEN)
    if (id === undefined) return { kind: 'drop', bad }
    // An error ends it in the server's own words; a result may be that of an earlier request.
    return isPresent(message, 'error')
      ? this.#response(id, message)
      : this.#refuse(id, 'with a result that names no request', bad)
  }

  #response(id: Id, message: Message): Passage {
    const waiter = this.waiting.answered(id)
    if (waiter === undefined) return { kind: 'drop', bad: 'unknown-id' }
    const why = whyNoResponse(message)
    if (why !== undefined)
      return { kind: 'answer', id, waiter, end: { kind: 'bad', why, failing: {} }, bad: 'not-json-rpc' }
    const end: RequestEnd = isPresent(message, 'error')
      ? { kind: 'error', error: errorBody(message['error']) }
      : { kind: 'result', result: message['result'] }
    return { kind: 'answer', id, waiter, end }
  }

  #refuse(id: Id | undefined, why: string, bad: Drop): Passage {
    const failed = id === undefined ? undefined : this.failed(id, why)
    return failed === undefined ? { kind: 'drop', bad } : { ...failed, bad }
  }

  #request(method: string, message: Message): Passage {
    if (this.modern) return { kind: 'drop', bad: 'unexpected-request' }
    const { id, params } = message
    if (!isForeignId(id)) return { kind: 'drop', bad: 'not-json-rpc' }
    if (message['jsonrpc'] !== '2.0') return refused(id, INVALID_REQUEST, 'not a request of JSON-RPC 2.0')
    if (!hasGoodParams(message)) return refused(id, INVALID_PARAMS, 'params are an object')
    this.#asked.add(idKey(id))
    return {
      kind: 'request',
      request: { jsonrpc: '2.0', id, method, ...(isRecord(params) && { params }) },
    }
  }

  #notification(method: string, params: JsonObject): Passage {
    switch (method) {
      case 'notifications/progress':
        return this.#progress(params)
      case 'notifications/cancelled':
        return this.#cancelled(params['requestId'])
      case 'notifications/subscriptions/acknowledged': {
        const meta = isRecord(params['_meta']) ? params['_meta'] : {}
        const waiter = this.#subscription(meta[SUBSCRIPTION_ID_KEY])
        return waiter === undefined ? { kind: 'drop', bad: 'unknown-id' } : { kind: 'acknowledged', waiter }
      }
      default:
        return { kind: 'notice', method, params }
    }
  }

  #progress({ progressToken, progress: done, total: all, message }: JsonObject): Passage {
    const id = this.waiting.find(progressToken)
    const waiter = id === undefined ? undefined : this.waiting.get(id)
    if (id === undefined || waiter?.progressed === undefined)
      return this.waiting.cancelledAs(progressToken) === undefined
        ? { kind: 'drop', bad: 'unknown-token' }
        : LATE
    // Of double precision to whoever is told.
    const progress = withDoubles(done)
    const total = withDoubles(all)
    if (!isNumber(progress)) return { kind: 'drop', bad: 'not-json-rpc' }
    const clean: Progress = {
      progress,
      ...(isNumber(total) && { total }),
      ...(typeof message === 'string' && { message }),
    }
    return { kind: 'progress', id, waiter, progress: clean }
  }

  /** What a server may end: a subscription of ours, and a question of its own. */
  #cancelled(requestId: unknown): Passage {
    const waiter = this.#subscription(requestId)
    if (waiter !== undefined && isId(requestId)) {
      this.waiting.cancel(requestId)
      return { kind: 'answer', id: requestId, waiter, end: ENDED }
    }
    const key = keyAmong(requestId, this.#asked)
    return key === undefined ? { kind: 'drop', bad: 'cancelled' } : { kind: 'taken back', key }
  }

  #subscription(id: unknown): Waiter | undefined {
    const waiter = isId(id) ? this.waiting.get(id) : undefined
    return waiter?.method === LISTEN ? waiter : undefined
  }
}

/** Of a subscription that the server has cancelled. */
const ENDED: RequestEnd = { kind: 'bad', why: 'by cancelling the subscription', failing: {} }

function refused(id: ForeignId, code: number, message: string): Passage {
  return { kind: 'refuse', reply: { jsonrpc: '2.0', id, error: { code, message } }, bad: 'not-json-rpc' }
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
