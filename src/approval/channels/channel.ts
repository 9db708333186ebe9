/**
 * A channel is one way to reach a human. It is handed a finished question and brings back what the human did
 * with it; whether that answer counts is decided by the queue, never by the channel.
 */
import type { ChannelName, Pending } from '../pending.ts'

export type Answer =
  | { readonly kind: 'approved' }
  | { readonly kind: 'denied' }
  /** The human closed the question without deciding. */
  | { readonly kind: 'cancelled' }
  /** Nobody answered within the wait. */
  | { readonly kind: 'unanswered' }
  /** This channel can't reach anybody on this call; the next one is tried. */
  | { readonly kind: 'unavailable'; readonly why: string }
  /** A human can see the question now, and answers through the desk (pending.ts), or not at all. */
  | { readonly kind: 'shown' }
  /** The answer will come with a retry of the same call (2026-07-28 multi round-trip requests). */
  | { readonly kind: 'deferred'; readonly key: string; readonly request: ElicitRequest }

/** An `elicitation/create` request, form or URL mode. */
export interface ElicitRequest {
  readonly method: 'elicitation/create'
  readonly params: Record<string, unknown>
}

export interface Channel {
  readonly name: ChannelName
  /** Never rejects; a failure of the channel is `unavailable`. `signal` fires when the question is over. */
  ask(pending: Pending, asker: Asker, signal: AbortSignal): Promise<Answer>
}

/**
 * What the host on the other end of this very call can do, as it declared it (2026-07-28: per request;
 * earlier: at `initialize`). Built by downstream/, used by the elicitation channel.
 */
export type Asker =
  | { readonly kind: 'none'; readonly why: string }
  /** Up to 2025-11-25: a live request to the host while the call waits. Resolves with the raw ElicitResult. */
  | {
      readonly kind: 'live'
      readonly mode: ElicitMode
      elicit(params: Record<string, unknown>, signal: AbortSignal): Promise<unknown>
    }
  /** 2026-07-28: the question is this call's result, the answer comes back with its retry. */
  | { readonly kind: 'retry'; readonly mode: ElicitMode; readonly retried?: Retried }

/** The better one of those that the host declared: a form shows the question where the human is. */
export type ElicitMode = 'form' | 'url'

/** What a retried request carried; attacker-controlled until the seal has been checked. */
export interface Retried {
  readonly requestState: string
  readonly inputResponses: Readonly<Record<string, unknown>>
}
