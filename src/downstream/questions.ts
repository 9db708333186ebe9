/**
 * The requests that we send to the host: a human's yes, and what servers want to know of it (up to 2025-11-25). An answer
 * counts once, and only with the id of a request that is open; else a forged one could become a yes (promise 4).
 * `"0"` may stand for 0, as some hosts write all ids as text, but never "00". An answer that is none of JSON-RPC ends
 * the question without a yes.
 */
import { isRecord, type JsonObject } from '../json/record.ts'
import type { Line } from '../wire/outbox.ts'
import { RpcError } from '../wire/rpc-error.ts'
import { WaitingRequests } from '../wire/waiting.ts'
import { messageLine } from './outgoing.ts'

interface OpenQuestion {
  resolve(result: JsonObject): void
  reject(error: Error): void
}

const NO_ANSWER = 'the host gave no answer'

export class HostQuestions {
  readonly #send: (line: Line) => void
  readonly #open = new WaitingRequests<OpenQuestion>()
  #asked = 0
  #isClosed = false

  constructor(send: (line: Line) => void) {
    this.#send = send
  }

  /**
   * Rejects with an RpcError where the host answered with an error, and with any other when there is no answer.
   * @param signal withdraws the question
   */
  async ask(method: string, params: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    signal.throwIfAborted()
    const id = this.#asked
    const line = messageLine({ method, params, jsonrpc: '2.0', id })
    if (line === undefined || this.#isClosed) throw new Error(NO_ANSWER)
    this.#asked += 1
    return new Promise((resolve, reject) => {
      const withdraw = (): void => {
        this.#open.cancel(id)
        const withdrawn = { requestId: id, reason: String(signal.reason) }
        this.#send(
          messageLine({ jsonrpc: '2.0', method: 'notifications/cancelled', params: withdrawn }) ?? '',
        )
        reject(new Error('the question was withdrawn'))
      }
      const over = (): void => signal.removeEventListener('abort', withdraw)
      this.#open.add(id, {
        resolve: (result) => (over(), resolve(result)),
        reject: (error) => (over(), reject(error)),
      })
      signal.addEventListener('abort', withdraw, { once: true })
      this.#send(line)
    })
  }

  /** Whether it is an answer to a question that is open, or was withdrawn. */
  take(answer: JsonObject): boolean {
    const id = this.#open.find(answer['id'])
    const question = id === undefined ? undefined : this.#open.answered(id)
    if (question === undefined) return this.#open.isLate(answer['id'])
    const { jsonrpc, result, error } = answer
    const isSound = jsonrpc === '2.0' && Object.keys(answer).length === 3
    if (isSound && isRecord(result)) question.resolve(withoutType(result))
    else
      question.reject(
        isSound && isFault(error)
          ? new RpcError(error.code, error.message, error.data)
          : new Error(NO_ANSWER),
      )
    return true
  }

  close(): void {
    this.#isClosed = true
    for (const question of this.#open.clear()) question.reject(new Error('the host is gone'))
  }
}

/** It is of the era that has no such requests (2026-07-28 basic/index, results). */
function withoutType(result: JsonObject): JsonObject {
  if (!('resultType' in result)) return result
  const { resultType: _type, ...rest } = result
  return rest
}

function isFault(error: unknown): error is { code: number; message: string; data?: unknown } {
  return isRecord(error) && Number.isSafeInteger(error['code']) && typeof error['message'] === 'string'
}
