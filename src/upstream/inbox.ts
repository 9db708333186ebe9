/**
 * What a server sends, judged (gate.ts) and handed on: answers and notifications to the SDK's Client, and the
 * questions of a server of the older era to whoever can answer them, as they are.
 *
 * - A server that asks without reading our answers gets none, and one that asks too much at once, or too often, is told
 *   so.
 * - A question that the server takes back is over; what then comes of it is not sent.
 */
import type { JSONRPCMessage } from '@modelcontextprotocol/client'
import { Bucket } from '../policy/bucket.ts'
import { AskError, type Question } from './caller.ts'
import { parseLine, type Frame, type LargeLine } from './framing.ts'
import { Gate, type Drop } from './gate.ts'
import { MAY_BE_LARGE, type ReadLarge } from './large.ts'
import { isRecord, type JsonObject } from './normalize.ts'

export interface InboxHooks {
  /** A message was dropped, or replaced by an error. */
  onBad(why: Drop): void
  /** Rejects with an AskError, which the server is told. */
  onQuestion(question: Question, signal: AbortSignal): Promise<JsonObject>
}

export interface InboxDeps extends InboxHooks {
  /** Hands on to the SDK's Client. */
  deliver(message: JSONRPCMessage): void
  /** Sends an answer of ours. */
  reply(message: JSONRPCMessage): Promise<void>
  /** Bytes that the server hasn't read yet. */
  queued(): number
  readonly readLarge?: ReadLarge
  /** Nothing that it sends counts any more. */
  over(): boolean
}

/** What a server may ask of its client; the SDK answers anything else, such as a ping. */
const QUESTIONS: ReadonlySet<string> = new Set(['elicitation/create', 'sampling/createMessage', 'roots/list'])

const MAX_QUEUED_BEFORE_ANSWERS = 1024 * 1024
const MAX_OPEN_QUESTIONS = 64
const MAX_QUESTION_RATE = '600/minute'
const INTERNAL_ERROR = -32603

type Id = string | number

export class Inbox {
  readonly gate = new Gate()
  readonly #deps: InboxDeps
  readonly #open = new Map<Id, AbortController>()
  readonly #rate = new Bucket(MAX_QUESTION_RATE)

  constructor(deps: InboxDeps) {
    this.#deps = deps
  }

  /**
   * The SDK handles a response at once and a notification in the next microtask; without a pause the last progress
   * before a result would come too late and be lost. All of it is over before the next chunk can arrive.
   */
  async take(frames: Iterable<Frame | LargeLine>): Promise<void> {
    for (const arrived of frames) {
      if (this.#deps.over()) return
      const frame = arrived.kind === 'large' ? await this.#readLarge(arrived) : arrived
      if (this.#deps.over()) return
      const passage = this.gate.received(frame)
      if (passage.kind === 'late') continue
      if (passage.bad !== undefined) this.#deps.onBad(passage.bad)
      if (passage.kind === 'deliver') await this.#deliver(passage.message)
    }
  }

  async #readLarge({ line, id }: LargeLine): Promise<Frame> {
    const method = id === undefined ? undefined : this.gate.methodOf(id)
    const { readLarge } = this.#deps
    if (readLarge !== undefined && id !== undefined && method !== undefined && MAY_BE_LARGE.has(method)) {
      const frame = await readLarge(line, { method, modern: this.gate.modern })
      return frame.kind === 'bad' ? { ...frame, id } : frame
    }
    return parseLine(line, 'response') ?? { kind: 'bad', why: 'not-json', bytes: line.length }
  }

  /** The server is gone: nobody waits for an answer. */
  close(): void {
    for (const question of this.#open.values()) question.abort()
  }

  async #deliver(message: JSONRPCMessage): Promise<void> {
    if (!('method' in message)) return this.#deps.deliver(message)
    if ('id' in message) {
      if (this.#deps.queued() > MAX_QUEUED_BEFORE_ANSWERS) {
        this.gate.forget(message.id)
        return this.#deps.onBad('unexpected-request')
      }
      if (QUESTIONS.has(message.method)) void this.#ask(message.id, message.method, message.params)
      else this.#deps.deliver(message)
      return
    }
    if (message.method === 'notifications/cancelled' && this.#takeBack(message.params)) return
    this.#deps.deliver(message)
    await Promise.resolve()
  }

  #takeBack(params: unknown): boolean {
    const id = isRecord(params) ? params['requestId'] : undefined
    if (typeof id !== 'string' && typeof id !== 'number') return false
    const question = this.#open.get(id)
    if (question === undefined) return false
    question.abort()
    this.gate.forget(id)
    return true
  }

  async #ask(id: Id, method: string, params: unknown): Promise<void> {
    const over = new AbortController()
    const reply = async (body: { result: JsonObject } | { error: JsonObject }): Promise<void> => {
      if (over.signal.aborted) return
      await this.#deps.reply({ jsonrpc: '2.0', id, ...body } as JSONRPCMessage).catch(() => undefined)
    }
    const isTooMany = this.#open.has(id) || this.#open.size >= MAX_OPEN_QUESTIONS
    if (isTooMany || !this.#rate.take(performance.now()).ok) {
      await reply({ error: { code: INTERNAL_ERROR, message: 'too many questions' } })
      return
    }
    this.#open.set(id, over)
    try {
      const question = { method, params: isRecord(params) ? params : {} }
      await reply({ result: await this.#deps.onQuestion(question, over.signal) })
    } catch (error) {
      await reply({ error: errorOf(error) })
    } finally {
      this.#open.delete(id)
    }
  }
}

/** An error that isn't the host's is ours, and says nothing. */
function errorOf(error: unknown): JsonObject {
  if (!(error instanceof AskError))
    return { code: INTERNAL_ERROR, message: 'the question could not be asked' }
  const { code, message, data } = error
  return { code, message, ...(data !== undefined && { data }) }
}
