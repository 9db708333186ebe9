/**
 * A caller's request while it is under way. It may be silent for `timeoutMs`: progress counts as a sign of life, so
 * progress is always asked for. After ten times that it ends in any case. Why it was cancelled isn't told to the server
 * beyond two words.
 */
import type { PassingSet } from '../../passing.ts'
import type { Id } from '../../wire/ids.ts'
import type { Progress, RequestEnd, Waiter } from '../link/request-end.ts'
import { replyOf, type ServerReply } from './reply.ts'
import { Silence, type SilenceLimits } from './times/silence.ts'
import type { Speaker, WhyCancelled } from './speaker.ts'

const MAX_SILENCES = 10

/** Who hears of a request. */
export interface RequestListener {
  /** Called once, and nothing is called after it. */
  replied(reply: ServerReply): void
  progressed(progress: Progress): void
}

export interface RequestFacts {
  readonly method: string
  readonly timeoutMs: number
  /** It goes on with what an earlier one, which was sent, had begun. */
  readonly begun: boolean
}

/** Of one connection. */
export interface RequestContext {
  readonly speaker: Speaker
  readonly underWay: PassingSet<CallerRequest>
}

export class CallerRequest implements Waiter, SilenceLimits {
  readonly method: string
  readonly silenceMs: number
  readonly silence: Silence
  readonly #context: RequestContext
  readonly #id: Id
  readonly #begun: boolean
  readonly #listener: RequestListener

  constructor(
    context: RequestContext,
    id: Id,
    { method, timeoutMs, begun }: RequestFacts,
    listener: RequestListener,
  ) {
    this.method = method
    this.silenceMs = timeoutMs
    this.#context = context
    this.#id = id
    this.#begun = begun
    this.#listener = listener
    this.silence = new Silence(this)
    context.underWay.add(this)
  }

  get totalMs(): number {
    return this.silenceMs * MAX_SILENCES
  }

  /** Nobody waits for it any more. */
  cancel(): void {
    this.#cancel({ kind: 'cancelled' }, 'cancelled')
  }

  onOver(afterMs: number): void {
    this.#cancel({ kind: 'timeout', afterMs }, 'timed out')
  }

  answered(end: RequestEnd): void {
    this.#end(replyOf(end, this.method, { modern: this.#context.speaker.modern, begun: this.#begun }))
  }

  progressed(progress: Progress): void {
    this.silence.touch()
    this.#listener.progressed(progress)
  }

  #cancel(reply: ServerReply, why: WhyCancelled): void {
    if (!this.#context.underWay.has(this)) return
    this.#context.speaker.cancel(this.#id, why)
    this.#end(reply)
  }

  #end(reply: ServerReply): void {
    if (!this.#context.underWay.delete(this)) return
    this.silence.end()
    this.#listener.replied(reply)
  }
}
