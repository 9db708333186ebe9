/**
 * One request that a child of the older era works on: who waits for it now, and the questions that were given to it. It
 * stays the same while its legs come and go (open-requests.ts).
 */
import type { StopSignal } from '../../../cancellation.ts'
import type { JsonObject } from '../../../json/record.ts'
import type { Progress } from '../../link/request-end.ts'
import type { AskError, Caller, ServerQuestion } from '../../messages/caller.ts'
import type { RequestListener } from '../caller-request.ts'
import type { ServerReply } from '../reply.ts'

/** The part of a request that changes when it is taken up again: who waits for it now. */
export interface Leg {
  readonly caller: Caller
  readonly signal: StopSignal
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** A request that was sent. */
export interface Cancellable {
  cancel(): void
}

/** A question that somebody will answer with a retry. */
export interface WaitingQuestion {
  /** Under which it is put to the host. */
  readonly key: string
  readonly question: ServerQuestion
  /** Fires when it is over. */
  readonly signal: AbortSignal
  /** The host was told of it with the request that it is at now. */
  isPut: boolean
  answer(answer: JsonObject): void
  fail(error: AskError): void
}

/** A request that was sent and isn't answered, or is parked. */
export class AskingRequest<L extends Leg> implements RequestListener {
  leg: L
  /** Undefined while it is being sent. */
  sent: Cancellable | undefined
  reply: ServerReply | undefined
  isCancelled = false
  #waiting: Map<string, WaitingQuestion> | undefined
  id: string | undefined
  /** Ends the watch over a parked one. */
  unwatch: (() => void) | undefined
  readonly #onReply: (open: AskingRequest<L>) => void
  /** Of the leg that waits now. */
  #wake: (() => void) | undefined

  constructor(leg: L, onReply: (open: AskingRequest<L>) => void) {
    this.leg = leg
    this.#onReply = onReply
  }

  /** Its questions that aren't answered, by their keys. Most requests have none. */
  get waiting(): Map<string, WaitingQuestion> {
    return (this.#waiting ??= new Map<string, WaitingQuestion>())
  }

  get isAsked(): boolean {
    return this.#waiting !== undefined && this.#waiting.size > 0
  }

  replied(reply: ServerReply): void {
    this.reply = reply
    this.#onReply(this)
    this.#wake?.()
  }

  /** Nobody hears of it while it is parked. */
  progressed(progress: Progress): void {
    if (this.id === undefined) this.leg.onProgress?.(progress)
  }

  /** There is a question for it. A child that asks several things at once is heard out. */
  asked(): void {
    setImmediate(() => {
      if (this.isAsked) this.#wake?.()
    })
  }

  /** Calls back once, when it has a reply or there are questions; at once where it has a reply. */
  whenNext(act: () => void): void {
    this.#wake = () => {
      // A question that was taken back at the last moment is none.
      if (this.reply === undefined && !this.isAsked) return
      this.#wake = undefined
      act()
    }
    if (this.reply !== undefined) this.#wake()
    else if (this.isAsked) this.asked()
  }
}
