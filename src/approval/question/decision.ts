/** The types of the queue's requests and decisions. */
import type { ServerPlace } from '../../policy/where/place.ts'
import type { Refusal } from '../facts/event.ts'
import type { GrantOffer } from '../grants/grant-offer.ts'
import type { ToolGroup } from '../grants/group.ts'
import type { GrantSubject } from '../grants/grants.ts'
import type { ChannelName } from '../facts/pending.ts'
import type { QuestionFacts } from '../facts/question.ts'
import type { Binding } from '../facts/request.ts'

export interface ApprovalRequest {
  /** The call's id. */
  readonly call: string
  readonly binding: Binding
  readonly subject: GrantSubject
  /** As grants compare them (grants/switched-off.ts); `facts.args` has all. */
  readonly args: Readonly<Record<string, unknown>>
  /** With secrets masked. */
  readonly facts: QuestionFacts
  readonly text: string
  readonly offer: GrantOffer | undefined
  /** The tools of `offer.group`, as they were when this was asked. */
  readonly group?: ToolGroup | undefined
  /** Where the paths in its arguments are. */
  readonly place?: ServerPlace | undefined
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
  /** For so long somebody may still come to it; only with `unavailable`, where the question stays open. */
  readonly openMs?: number
}

export type Decision =
  | {
      readonly kind: 'approved'
      readonly id: string
      /** Nobody was asked about this very call. */
      readonly unasked?: true
    }
  | Refused
  /** The host must ask its user and send the call again (2026-07-28 basic/patterns/mrtr). */
  | {
      readonly kind: 'ask'
      readonly id: string
      readonly inputRequests: Readonly<Record<string, { method: string; params: Record<string, unknown> }>>
      readonly requestState: string
    }
