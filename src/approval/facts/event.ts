/** The events of a question for the audit log. They hold the arguments only as part of the binding's hashes. */
import type { ChannelName } from './pending.ts'
import type { Binding } from './request.ts'

export type Refusal =
  | 'denied'
  | 'cancelled'
  /** Nobody answered within the wait, and nobody can any more. */
  | 'unanswered'
  /** Nobody answered within the wait; the question stays open. */
  | 'pending'
  /** With a channel: it reached nobody. Without: none did, and the call ended with it. */
  | 'unavailable'
  | 'invalid-state'
  | 'busy'

export type Phase =
  | Refusal
  /** Written down before somebody is asked, and of a place where questions lie (page, terminal) when it lies there. */
  | 'asked'
  /** A channel's question was closed without a decision, by the human or by the host itself; the question goes on. */
  | 'dismissed'
  /** The host declined, closed or accepted by itself: no human's no, and the question goes on. */
  | 'host-declined'
  /** Answered faster than a person can read, each time that it was shown; the question goes on. */
  | 'too-quick'
  | 'approved'
  /** A yes that was given before is used by this call. */
  | 'spent'
  | 'expired'
  /** The page that a yes came through was not the human's alone. */
  | 'taken-back'
  /** Refused unasked, because a human said no before. */
  | 'still-denied'
  /** A no to all calls of a tool is taken back. */
  | 'denial-lifted'
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
  /** Why nobody was reached; our own words. */
  readonly reason?: string
  /** The grant that was made or used. */
  readonly grant?: string
  /** The question whose no still holds. */
  readonly denial?: string
  /** For how long a no is one to all calls of the tool. */
  readonly forMs?: number
  readonly binding: Binding
}

/** The event as a record of the audit log. */
export function approvalFacts({ binding, ...event }: ApprovalEvent): Record<string, unknown> {
  const { server, tool, argsHash, toolHash, launchHash } = binding
  return { ...event, server, tool, argsHash, toolHash, launchHash }
}
