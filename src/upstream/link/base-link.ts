/**
 * The part that the link to a child process (process-link.ts) and the link to a remote server (remote/remote-link.ts) share.
 *
 * - Every message is judged (gate.ts) before anybody acts on it, and handed on in the order in which it came (inbox.ts).
 * - Its end is said once. After that nothing that the server sends counts, and sending fails.
 * - When it is the server that ends, what it had sent counts still. When we end it, callers are told at once.
 */
import type { JsonObject } from '../../json/record.ts'
import { Budget } from '../../wire/budget.ts'
import type { Frame, LargeLine } from '../../wire/framing.ts'
import type { Id } from '../../wire/ids.ts'
import type { RpcResponse } from '../../wire/message.ts'
import { GONE, type Failing, type Waiter } from './request-end.ts'
import { QuestionDesk } from './question-desk.ts'
import { FIRST_MODERN_VERSION, Gate, type Answered, type Passage } from './gate.ts'
import { Inbox } from './inbox.ts'
import type { ReadLarge } from './large.ts'
import type { Link, LinkEnd, LinkHooks } from './link.ts'
import { ProgressDesk } from './progress-desk.ts'

/** The server doesn't read, or is gone. */
export class SendError extends Error {}

export interface LinkOptions {
  readonly readLarge?: ReadLarge
}

/** What may wait to be sent. */
export const MAX_QUEUED_BYTES = 16 * 1024 * 1024

export abstract class BaseLink implements Link {
  onNotice?: Link['onNotice']

  abstract readonly pid: number | null
  abstract readonly exit: LinkEnd | undefined
  abstract readonly endedByItself: boolean
  readonly whenGone: Promise<void>
  protected readonly budget = new Budget()
  protected readonly gate = new Gate()
  readonly #inbox: Inbox
  readonly #questions: QuestionDesk
  readonly #progress = new ProgressDesk()
  /** While something that came waits to be handed on. */
  #busy: Promise<void> | undefined
  #gone = false
  #wasIdle = false
  #ending: Promise<void> | undefined
  #sayGone: () => void = () => undefined

  constructor(hooks: LinkHooks, { readLarge }: LinkOptions) {
    this.#questions = new QuestionDesk({
      onBad: (why) => hooks.onBad(why),
      onQuestion: (question, signal) => hooks.onQuestion(question, signal),
      queued: () => this.queued,
      forget: (id) => this.gate.settled(id),
      reply: (response) => {
        if (response.id !== null) this.gate.settled(response.id)
        this.reply(response)
      },
    })
    this.#inbox = new Inbox({
      gate: this.gate,
      budget: this.budget,
      onBad: (why) => hooks.onBad(why),
      pass: (passage) => this.pass(passage),
      over: () => this.#gone,
      ...(readLarge && { readLarge }),
    })
    this.whenGone = new Promise((resolve) => {
      this.#sayGone = resolve
    })
  }

  abstract start(): Promise<void>
  abstract request(id: Id, method: string, params: JsonObject | undefined, waiter: Waiter): void
  abstract notify(method: string, params?: JsonObject): Promise<void>
  /** Sends an answer of ours; nobody learns whether it arrived. */
  protected abstract reply(response: RpcResponse): void
  /** Tells the server that the request of that waiter is cancelled. */
  protected abstract tellCancelled(id: Id, waiter: Waiter, params: JsonObject): void
  /** Bytes that wait to be sent. */
  protected abstract readonly queued: number
  /** Ends whatever there is; called once. */
  protected abstract end(): Promise<void>

  get gone(): boolean {
    return this.#gone
  }

  get wasIdle(): boolean {
    return this.#wasIdle
  }

  get over(): boolean {
    return this.#gone
  }

  get whenOver(): Promise<void> {
    return this.whenGone
  }

  setProtocolVersion(version: string): void {
    this.gate.modern = version >= FIRST_MODERN_VERSION
  }

  cancel(id: Id, params: JsonObject): void {
    const waiter = this.gate.waiting.cancel(id)
    if (waiter === undefined) return
    this.#progress.forget(id)
    this.tellCancelled(id, waiter, params)
  }

  /**
   * @param workMs what it took to come by them
   * @returns undefined when they were handed on at once; else it resolves when they were, and all that came before
   */
  protected take(frames: Iterable<Frame | LargeLine>, workMs = 0): Promise<void> | undefined {
    const handedOn =
      this.#busy === undefined
        ? this.#inbox.take(frames, workMs)
        : this.#busy.then(() => this.#inbox.take(frames, workMs))
    if (handedOn !== undefined) this.#wait(handedOn)
    return handedOn
  }

  /** Does something when all that has come was handed on. */
  protected afterAll(act: () => void): Promise<void> {
    const done = (this.#busy ?? Promise.resolve()).then(act)
    this.#wait(done)
    return done
  }

  #wait(handedOn: Promise<void>): void {
    const busy = handedOn
      .catch(() => undefined)
      .finally(() => {
        if (this.#busy === busy) this.#busy = undefined
      })
    this.#busy = busy
  }

  protected pass(passage: Passage): void {
    switch (passage.kind) {
      case 'answer':
        return this.settle(passage)
      case 'progress':
        return this.#progress.take(passage.id, passage.waiter, passage.progress)
      case 'acknowledged':
        return passage.waiter.acknowledged?.()
      case 'request':
        return this.#questions.take(passage.request)
      case 'taken back':
        return this.#questions.takeBack(passage.key)
      case 'notice':
        return this.onNotice?.(passage.method, passage.params)
      case 'refuse':
        return this.#questions.refuse(passage.reply)
      case 'drop':
      case 'late':
    }
  }

  protected settle({ id, waiter, end }: Answered): void {
    this.#progress.answered(id)
    waiter.answered(end)
  }

  /** Ends a request to which no answer will come, unless it has one. */
  protected fail(id: Id, why: string, failing?: Failing): void {
    const failed = this.gate.failed(id, why, failing)
    if (failed !== undefined) this.settle(failed)
  }

  /** No answer comes any more. */
  protected leave(): void {
    if (this.#gone) return
    this.#gone = true
    this.#wasIdle = !this.gate.isAsked
    this.#questions.close()
    void this.close()
    this.#sayGone()
    this.#progress.clear()
    for (const waiter of this.gate.waiting.clear()) waiter.answered(GONE)
  }

  /** Callers that wait for an answer are told at once; resolves when nothing is left. */
  close(): Promise<void> {
    this.#ending ??= this.end()
    this.leave()
    return this.#ending
  }
}
