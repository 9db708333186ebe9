/**
 * A question that waits for a human, in the words that every channel shares: what the page, the terminal and a
 * dialog show, and what they may bring back. Types only; queue.ts keeps the questions and decides what an answer is
 * worth.
 */
import type { QuestionFacts } from './question.ts'
import type { GrantOffer, GrantWish } from '../grants/grant-offer.ts'

export const CHANNEL_NAMES = ['elicitation', 'page', 'terminal', 'desktop'] as const
export type ChannelName = (typeof CHANNEL_NAMES)[number]

export interface Pending {
  /** A UUID; knowing it gives no right to answer. */
  readonly id: string
  /** What is asked; secrets masked, hidden characters as they came. */
  readonly facts: QuestionFacts
  /** `facts` in words, hidden characters written out. */
  readonly text: string
  /** Epoch milliseconds. */
  readonly askedAt: number
  readonly expiresAt: number
  /** A call is held for the answer now; else the host gave up, and an identical call will spend the yes. */
  readonly waiting: boolean
  /** `approved`: a human said yes and no call has spent it yet. A no ends the question. */
  readonly state: 'open' | 'approved'
  /** What may be remembered beyond this once; undefined where nothing may. */
  readonly offer: GrantOffer | undefined
  /** For how long a no may be a no to every call of this tool; absent where it can't. */
  readonly denyMs?: number
}

export type HumanAnswer =
  | { readonly kind: 'approve'; readonly grant?: GrantWish }
  /** `forMs`: and every other call of this tool is refused unasked for so long, at most `Pending.denyMs`. */
  | { readonly kind: 'deny'; readonly forMs?: number }

/** A no to every call of a tool, whatever its arguments. */
export interface Denial {
  /** Of the question that it was the answer to. */
  readonly id: string
  readonly kind?: NonNullable<QuestionFacts['kind']>
  readonly server: string
  /** Its name, or a resource's URI. */
  readonly tool: string
  /** Epoch milliseconds. */
  readonly since: number
  readonly until: number
}

export interface Via {
  readonly channel: ChannelName
  /** The page session that the answer came through, so that its unspent yeses can be taken back. */
  readonly page?: string
}

/**
 * `done`: it counts. `gone`: no such question, or it is over. `decided`: somebody was first. `refused`: the wish for
 * a grant goes beyond the offer, or the decision could not be written down; nothing was decided.
 */
export type AnswerOutcome = 'done' | 'gone' | 'decided' | 'refused'

/** What the page, the terminal and other sidecars may do with the open questions. */
export interface PendingDesk {
  /** Oldest first. */
  pending(): readonly Pending[]
  /** Never rejects. */
  answer(id: string, answer: HumanAnswer, via: Via): Promise<AnswerOutcome>
  /** The noes to all calls of a tool that still hold, oldest first. */
  denials(): readonly Denial[]
  /** Has the tool asked about again; `refused` where that can't be written down. Never rejects. */
  lift(denial: string, via: Via): Promise<AnswerOutcome>
  /** Voids the yeses that came through this page session and are not spent; answers how many. */
  takeBack(page: string): Promise<number>
  /** Calls back, at most once a turn, when a question came, changed or went; returns how to stop. */
  onChange(listener: () => void): () => void
}
