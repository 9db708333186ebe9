/** What the queue is asked, and what it answers. */
import type { Refusal } from './event.ts'
import type { GrantOffer } from './grantOffer.ts'
import type { GrantSubject } from './grants.ts'
import type { ChannelName } from './pending.ts'
import type { QuestionFacts } from './question.ts'
import type { Binding } from './request.ts'

export interface ApprovalRequest {
  /** The call's id. */
  readonly call: string
  readonly binding: Binding
  readonly subject: GrantSubject
  readonly args: Readonly<Record<string, unknown>>
  /** With secrets masked. */
  readonly facts: QuestionFacts
  readonly text: string
  readonly offer: GrantOffer | undefined
  /** Called now and then while the call waits. */
  readonly onWaiting?: () => void
}

export interface Refused {
  readonly kind: 'refused'
  readonly id: string
  readonly why: Refusal
  readonly detail: string
  /** Where a human can still see the question; only with `pending`. */
  readonly shown?: readonly ChannelName[]
}

export type Decision =
  | { readonly kind: 'approved'; readonly id: string }
  | Refused
  /** The host must ask its user and send the call again (2026-07-28 basic/patterns/mrtr). */
  | {
      readonly kind: 'ask'
      readonly id: string
      readonly inputRequests: Readonly<Record<string, { method: string; params: Record<string, unknown> }>>
      readonly requestState: string
    }
