/**
 * A channel is one way to reach a human. It is handed a finished question and brings back what the human did
 * with it; whether that answer counts is decided by the queue, never by the channel.
 */
import type { ChannelName, Pending } from './pending.ts'

export type Answer =
  | { readonly kind: 'approved' }
  | { readonly kind: 'denied' }
  /** The human closed the question without deciding. */
  | { readonly kind: 'cancelled' }
  /** Nobody answered within the wait. */
  | { readonly kind: 'unanswered' }
  /** A yes or a no that came sooner than anybody can read (quick.ts); it is no answer, and the same is asked again. */
  | { readonly kind: 'too-quick' }
  /** This channel can't reach anybody on this call; the next one is tried. */
  | {
      readonly kind: 'unavailable'
      readonly why: string
      /** It did answer, and no person did: what is written down of it. */
      readonly by?: 'host-declined' | 'too-quick'
    }
  /**
   * It lies where somebody may come to it, and nobody is there now. `waits`: the call shall wait for him all the same;
   * else it is given back, and the question stays open.
   */
  | { readonly kind: 'untended'; readonly why: string; readonly waits: boolean }
  /** A human can see the question now, and answers through the desk (pending.ts), or not at all. */
  | { readonly kind: 'shown' }
  /** The answer will come with a retry of the same call (2026-07-28 multi round-trip requests). */
  | { readonly kind: 'deferred'; readonly request: ElicitRequest }

/** An `elicitation/create` request, form or URL mode. */
export interface ElicitRequest {
  readonly method: 'elicitation/create'
  readonly params: Record<string, unknown>
}

export interface Channel {
  readonly name: ChannelName
  /**
   * What is known before anybody is asked: that nobody can be reached, or, of a place where questions lie, that this
   * one lies there now. Undefined: `ask` finds out. So nothing is written down as asked that wasn't. Never rejects.
   */
  reach?(pending: Pending, asker: Asker): Promise<Answer | undefined>
  /**
   * Never rejects; a failure of the channel is `unavailable`. `signal` fires when the question is over.
   * @param isAgain The answer before was too quick to be one.
   */
  ask(pending: Pending, asker: Asker, signal: AbortSignal, isAgain?: boolean): Promise<Answer>
}

/**
 * What the host on the other end of this very call can do, as it declared it (2026-07-28: per request;
 * earlier: at `initialize`). Built by downstream/, used by the elicitation channel.
 */
export type Asker = { readonly host?: HostInfo } & WayToAsk

/** What the host calls itself (`clientInfo`); anybody can call himself anything, so it never decides what is allowed. */
export interface HostInfo {
  readonly name: string
  readonly version?: string
}

type WayToAsk =
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
