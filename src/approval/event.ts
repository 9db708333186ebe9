/** What the audit log gets to know of a question; the arguments only as part of the binding's hashes. */
import type { ChannelName } from './pending.ts'
import type { Binding } from './request.ts'

export type Refusal =
  | 'denied'
  | 'cancelled'
  /** Nobody answered within the wait, and nobody can any more. */
  | 'unanswered'
  /** Nobody answered within the wait; the question stays open. */
  | 'pending'
  | 'unavailable'
  | 'invalid-state'
  | 'busy'

export type Phase =
  | Refusal
  | 'asked'
  | 'approved'
  /** A yes that was given before is used by this call. */
  | 'spent'
  | 'expired'
  /** The page that a yes came through was not the human's alone. */
  | 'taken-back'
  | 'granted'
  | 'grant-used'
  /** Would have been asked, was not: approvals.mode is shadow. */
  | 'shadow'

export interface ApprovalEvent {
  readonly id: string
  /** The call's id, so that the audit log ties question, answer and execution together. */
  readonly call: string
  readonly phase: Phase
  readonly channel?: ChannelName
  /** The grant that was made or used. */
  readonly grant?: string
  readonly binding: Binding
}

/** The event as a record of the audit log. */
export function approvalFacts({ binding, ...event }: ApprovalEvent): Record<string, unknown> {
  const { server, tool, argsHash, toolHash, launchHash } = binding
  return { ...event, server, tool, argsHash, toolHash, launchHash }
}
