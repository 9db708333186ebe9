/**
 * The life of one question as data: what is known of it, what can happen to it, and what is to be done then. machine.ts
 * says what follows from what; open-question.ts does it. Types and what can be read from them; nothing here acts.
 */
import type { Answer, ElicitRequest } from '../facts/channel.ts'
import type { FormAnswer } from '../channels/quick.ts'
import type { Refused } from './decision.ts'
import type { ApprovalEvent } from '../facts/event.ts'
import type { GrantWish } from '../grants/grant-offer.ts'
import type { AnswerOutcome, ChannelName, HumanAnswer, Via } from '../facts/pending.ts'

/** One sending of the call. A host that gave up sends the identical call again, which is another attempt. */
export interface Attempt {
  /** Counts the attempts of this question. */
  readonly n: number
  /** The call's id in the audit log. */
  readonly call: string
}

export type Unreached = Extract<Answer, { kind: 'unavailable' | 'untended' }>

/** How far a channel has come. One that isn't named was never asked, or was withdrawn. */
export type ChannelState =
  /** It finds out whom it reaches, or waits for an answer. */
  | { readonly kind: 'busy'; readonly by: Attempt }
  /** The question went to the host as the call's result. */
  | { readonly kind: 'deferred'; readonly request: ElicitRequest }
  | { readonly kind: 'unreached'; readonly answer: Unreached }
  /** Closed without a decision. */
  | { readonly kind: 'dismissed' }
  | { readonly kind: 'ended' }

/** How it ends: the record that says so, and what the call that waits is told. */
export interface Ending {
  readonly record: Omit<ApprovalRecord, 'call'>
  readonly refused: Pick<Refused, 'why' | 'detail'>
}

export type QuestionState =
  | { readonly kind: 'open' }
  /** An answer is being written down. It counts when that is done, and no other is taken meanwhile. */
  | {
      readonly kind: 'deciding'
      readonly answer: HumanAnswer
      readonly via: Via
      /** Who waits for the outcome. */
      readonly ticket?: number | undefined
      readonly grant?: string | undefined
      readonly before: Exclude<QuestionState, { kind: 'deciding' }>
      /** It was to end meanwhile. */
      readonly ending?: Ending
      /** The page that the yes came through is no longer trusted. */
      readonly isVoid?: true
    }
  /** A yes that no call has spent. */
  | { readonly kind: 'approved'; readonly via: Via }
  | { readonly kind: 'over' }

export interface Life {
  /** Of the binding that is asked about (request.ts). */
  readonly digest: string
  readonly state: QuestionState
  /** Epoch milliseconds. */
  readonly expiresAt: number
  /** The call that asked first. */
  readonly first: Attempt
  /** At most one call waits, so that one yes can only ever let one call pass. */
  readonly waiter?: Attempt | undefined
  /** Whose turn hasn't come, in order. */
  readonly due: readonly { readonly channel: ChannelName; readonly by: Attempt }[]
  /** The channel that began last, until its lead is over. */
  readonly alone?: ChannelName | undefined
  /** In the order in which each came to this state. */
  readonly channels: ReadonlyMap<ChannelName, ChannelState>
  /** Channels where a human can see it, whatever becomes of the call. */
  readonly shown: ReadonlySet<ChannelName>
  /** How often what came from a channel was too quick to be an answer. */
  readonly quick: ReadonlyMap<ChannelName, number>
  /** When each way through the host began, by its name; it is used once. */
  readonly nonces: ReadonlyMap<string, number>
}

/** What a channel can bring back that decides nothing. */
export type Brought = Exclude<Answer, { kind: 'approved' | 'denied' | 'deferred' | 'too-quick' }>

export type LifeEvent =
  /** A call is sent that asks this; `channels` are those that there are, in order. */
  | { kind: 'called'; attempt: Attempt; channels: readonly ChannelName[]; canAsk: boolean }
  /** A call comes back from the host with a nonce of ours, and with what its user said. */
  | { kind: 'returned'; attempt: Attempt; nonce: string; digest: string; said: FormAnswer | undefined }
  /** A channel reaches somebody. `isShown`: the question lies there already, and nobody need be asked. */
  | { kind: 'reached'; channel: ChannelName; by: Attempt; isShown: boolean }
  /** That it is asked is written down. */
  | { kind: 'asked'; channel: ChannelName; by: Attempt }
  /** `nonce` is a fresh one, for a question that goes through the host. */
  | { kind: 'channel-said'; channel: ChannelName; by: Attempt; answer: Answer; nonce: string }
  /** That a channel reached nobody, or was dismissed, is written down. */
  | { kind: 'noted'; channel: ChannelName; by: Attempt; answer: Brought }
  /** The last channel has been alone for long enough. */
  | { kind: 'lead-over' }
  /** Nobody sees any more what this channel showed. */
  | { kind: 'lost'; channel: ChannelName; why: string }
  /** A human's word, from wherever he is. */
  | { kind: 'human-said'; answer: HumanAnswer; via: Via; ticket?: number }
  /** The grant that was wished for; undefined: it can't be given. */
  | { kind: 'granted'; grant: string | undefined }
  /** The decision is written down. */
  | { kind: 'decided' }
  /** Something could not be written down, or a channel broke. */
  | { kind: 'failed'; error: unknown }
  /** The call has waited for so long. */
  | { kind: 'waited'; attempt: Attempt; ms: number }
  /** The host cancelled the call, or went away. */
  | { kind: 'cancelled'; attempt: Attempt }
  | { kind: 'expired' }
  /** The sidecar ends. */
  | { kind: 'closing' }
  /** This page session was not the human's alone. */
  | { kind: 'taken-back'; page: string }

export type LifeEventOf<K extends LifeEvent['kind']> = Extract<LifeEvent, { kind: K }>

/** An audit record but for what is the same in all records of a question. */
export type ApprovalRecord = Omit<ApprovalEvent, 'id' | 'binding'>

/** What a call that waits is told. */
export type Settled =
  | { readonly kind: 'approved' }
  | Omit<Refused, 'id'>
  /** The host is to ask its user. */
  | { readonly kind: 'ask'; readonly request: ElicitRequest; readonly nonce: string }
  /** What came back with the call doesn't fit. */
  | { readonly kind: 'invalid'; readonly detail: string }
  /** It brought no answer, so it goes on like a call that came for the first time. */
  | { readonly kind: 'go-on' }

export type Effect =
  /** `next` happens when they are written. Without it nothing hangs on whether they can be. */
  | { do: 'write'; records: readonly ApprovalRecord[]; next?: LifeEvent }
  /** The record is written first; the call fails where it can't be. */
  | { do: 'settle'; attempt: Attempt; as: Settled; record?: ApprovalRecord }
  | { do: 'fail'; attempt: Attempt; error: unknown }
  | { do: 'reach'; channel: ChannelName; by: Attempt }
  | { do: 'ask'; channel: ChannelName; by: Attempt; again: boolean }
  /** From all channels. */
  | { do: 'withdraw' }
  /** Time for one channel alone. */
  | { do: 'lead' }
  | { do: 'remember'; wish: GrantWish }
  | { do: 'revoke'; grant: string }
  /** A person's answer counts, also for what comes after this question. */
  | { do: 'count'; answer: HumanAnswer; via: Via; grant?: string | undefined }
  | { do: 'tell'; ticket: number; outcome: AnswerOutcome }

/** What the machine can't know by itself. */
export interface LifeFacts {
  /** Epoch milliseconds. */
  readonly now: number
  /** How long a question, and a yes that isn't spent, is kept from now on. */
  readonly expireMs: number
}

/** What follows from an event. */
export interface Step {
  readonly life: Life
  readonly effects: readonly Effect[]
}

export function begun(digest: string, first: Attempt, { now, expireMs }: LifeFacts): Life {
  return {
    digest,
    state: { kind: 'open' },
    expiresAt: now + expireMs,
    first,
    due: [],
    channels: new Map(),
    shown: new Set(),
    quick: new Map(),
    nonces: new Map(),
  }
}

export function step(life: Life, ...effects: readonly (Effect | false)[]): Step {
  return { life, effects: effects.filter((effect) => effect !== false) }
}

/** One thing after the other. */
export function after({ life, effects }: Step, next: (life: Life) => Step): Step {
  const then = next(life)
  return { life: then.life, effects: [...effects, ...then.effects] }
}

/** A copy in which this is the last entry. */
export function put<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map([...without(map, key), [key, value]])
}

export function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  return new Map([...map].filter(([other]) => other !== key))
}

export function isOver({ state, expiresAt }: Life, now: number): boolean {
  return state.kind === 'over' || expiresAt <= now
}

/** A call may wait for it: none does, as its host gave up, or asks its user meanwhile. */
export function isFree({ state, waiter }: Life): boolean {
  return waiter === undefined && state.kind !== 'deciding'
}

/** A yes came through this page session, and no call has run by it. */
export function isFrom({ state }: Life, page: string): boolean {
  const isYes = state.kind === 'approved' || (state.kind === 'deciding' && state.answer.kind === 'approve')
  return isYes && state.via.page === page
}
