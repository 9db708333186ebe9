/**
 * Answers what a server asks of its client. The questions of a server of the older era go unchanged to the caller that
 * can answer them; `ping` is answered here.
 *
 * - A server that doesn't read our answers gets no more of them. One that asks too much at once, or too often, gets an
 *   error.
 * - When the server takes a question back, the question is over, and a later answer isn't sent.
 */
import { Bucket } from '../../policy/bucket.ts'
import { AskError, type ServerQuestion } from '../messages/caller.ts'
import { idKey, type ForeignId } from '../../wire/ids.ts'
import {
  INTERNAL_ERROR,
  METHOD_NOT_FOUND,
  type RpcFailure,
  type RpcFault,
  type RpcRequest,
  type RpcResponse,
} from '../../wire/message.ts'
import type { LinkHooks } from './link.ts'

export interface QuestionDeskDeps extends LinkHooks {
  /** Sends an answer of ours. */
  reply(response: RpcResponse): void
  /** Bytes that the server hasn't read yet. */
  queued(): number
  /** No answer will be sent to this one. */
  forget(id: ForeignId): void
}

/** What a server may ask of whoever is behind us. */
const QUESTIONS: ReadonlySet<string> = new Set(['elicitation/create', 'sampling/createMessage', 'roots/list'])

const MAX_QUEUED_BEFORE_ANSWERS = 1024 * 1024
const MAX_OPEN_QUESTIONS = 64
const MAX_QUESTION_RATE = '600/minute'

export class QuestionDesk {
  readonly #deps: QuestionDeskDeps
  /** By the key of its id. */
  readonly #open = new Map<string, AbortController>()
  readonly #rate = new Bucket(MAX_QUESTION_RATE)

  constructor(deps: QuestionDeskDeps) {
    this.#deps = deps
  }

  take({ id, method, params = {} }: RpcRequest): void {
    if (!this.#isHeard(id)) return
    if (QUESTIONS.has(method)) void this.#ask(id, { method, params })
    else if (method === 'ping') this.#deps.reply({ jsonrpc: '2.0', id, result: {} })
    else this.#fail(id, { code: METHOD_NOT_FOUND, message: 'Method not found' })
  }

  /** A request that is none is told so. */
  refuse(reply: RpcFailure): void {
    if (this.#isHeard(reply.id)) this.#deps.reply(reply)
  }

  takeBack(key: string): void {
    this.#open.get(key)?.abort()
  }

  /** The server is gone: nobody waits for an answer. */
  close(): void {
    for (const question of this.#open.values()) question.abort()
  }

  /** Of a server that doesn't read no more is kept. */
  #isHeard(id: ForeignId | null): boolean {
    if (this.#deps.queued() <= MAX_QUEUED_BEFORE_ANSWERS) return true
    if (id !== null) this.#deps.forget(id)
    this.#deps.onBad('unexpected-request')
    return false
  }

  async #ask(id: ForeignId, question: ServerQuestion): Promise<void> {
    const key = idKey(id)
    const isTooMany = this.#open.has(key) || this.#open.size >= MAX_OPEN_QUESTIONS
    if (isTooMany || !this.#rate.take(performance.now()).ok)
      return this.#fail(id, { code: INTERNAL_ERROR, message: 'too many questions' })
    const over = new AbortController()
    this.#open.set(key, over)
    try {
      const result = await this.#deps.onQuestion(question, over.signal)
      if (!over.signal.aborted) this.#deps.reply({ jsonrpc: '2.0', id, result })
    } catch (error) {
      if (!over.signal.aborted) this.#fail(id, faultOf(error))
    } finally {
      this.#open.delete(key)
      if (over.signal.aborted) this.#deps.forget(id)
    }
  }

  #fail(id: ForeignId, error: RpcFault): void {
    this.#deps.reply({ jsonrpc: '2.0', id, error })
  }
}

/** An error that isn't the host's is ours, and says nothing. */
function faultOf(error: unknown): RpcFault {
  if (!(error instanceof AskError))
    return { code: INTERNAL_ERROR, message: 'the question could not be asked' }
  const { code, message, data } = error
  return { code, message, ...(data !== undefined && { data }) }
}
