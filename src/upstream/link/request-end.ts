/**
 * The ends that a request to a server can have, and the interface of who is told of it. A link (link.ts) takes a request
 * with a `Waiter` and tells it exactly once how the request has ended.
 */
import type { RpcFault } from '../../wire/message.ts'

/**
 * How it is certain that a request did not run: nothing of it has left, the server turned it away before any work, or it
 * did so because it knows the session no more. In the last case it can be sent once more, in a new session.
 */
export type NotRun = 'unsent' | 'refused' | 'session'

/** What a link knows of a request that failed. */
export interface Failing {
  /** What may help, in our words. */
  readonly hint?: string
  /** It did not run; `why` then ends a sentence that begins with the server's id. */
  readonly notRun?: NotRun
}

export type RequestEnd =
  /** As it came, whatever it is. */
  | { readonly kind: 'result'; readonly result: unknown }
  /** The server's own error, in its words. */
  | { readonly kind: 'error'; readonly error: RpcFault }
  /** It was answered with nothing of use; `why` ends the sentence "the server answered …". */
  | { readonly kind: 'bad'; readonly why: string; readonly failing: Failing }
  /** The connection was over before it was answered. */
  | { readonly kind: 'gone' }
  /** It can't be written: the server has closed its input. */
  | { readonly kind: 'unread' }

export const GONE: RequestEnd = { kind: 'gone' }
export const UNREAD: RequestEnd = { kind: 'unread' }
/** So much waits already to be sent that nothing of this request was. */
export const QUEUE_FULL: RequestEnd = {
  kind: 'bad',
  why: 'does not read its input',
  failing: { notRun: 'unsent' },
}

/** Of a request that is under way (2025-11-25 basic/utilities/progress). */
export interface Progress {
  readonly progress: number
  readonly total?: number
  readonly message?: string
}

export interface Waiter {
  readonly method: string
  /** Called once, and nothing is called after it. It must not throw. */
  answered(answer: RequestEnd): void
  /** Present where the request's id is its progress token; called at a bounded rate. */
  progressed?(progress: Progress): void
  /** The server has taken up the subscription that was asked for. */
  acknowledged?(): void
}
