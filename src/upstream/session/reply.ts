/**
 * Turns the end of a request to a server into a `ServerReply`. Results are normalised here.
 */
import type { ServerQuestion } from '../messages/caller.ts'
import { normalizeResult } from '../messages/results.ts'
import type { RequestEnd, NotRun } from '../link/request-end.ts'
import { FinishedResult } from '../link/large.ts'

export type ServerReply =
  | { readonly kind: 'result'; readonly result: Record<string, unknown> }
  /** It can't go on without answers; `requestState` goes back with them, byte by byte. */
  | {
      readonly kind: 'questions'
      readonly questions: Readonly<Record<string, ServerQuestion>>
      readonly requestState?: string
    }
  /** The server's own JSON-RPC error, in its words. */
  | { readonly kind: 'error'; readonly code: number; readonly message: string; readonly data?: unknown }
  | { readonly kind: 'timeout'; readonly afterMs: number }
  | { readonly kind: 'cancelled' }
  /** `why` ends the sentence "the server answered …". */
  | { readonly kind: 'bad-answer'; readonly why: string; readonly hint?: string }
  /** It did not run. `why` ends a sentence that begins with the server's id. */
  | {
      readonly kind: 'not-run'
      readonly how: NotRun
      readonly why: string
      readonly hint?: string
      /** It was to go on with what an earlier request had begun. */
      readonly begun: boolean
    }
  /** It couldn't be reached, or went away before it answered. */
  | { readonly kind: 'gone' }

export interface ReplyFacts {
  /** The server is of 2026-07-28 or later. */
  readonly modern: boolean
  /** The request went on with what an earlier one, which was sent, had begun. */
  readonly begun: boolean
}

/** Never throws, since whoever waits would wait for ever. */
export function replyOf(end: RequestEnd, method: string, { modern, begun }: ReplyFacts): ServerReply {
  switch (end.kind) {
    case 'result':
      try {
        return replyTo(method, end.result, modern)
      } catch {
        return { kind: 'bad-answer', why: 'with something that could not be read' }
      }
    case 'error':
      return { kind: 'error', ...end.error }
    case 'bad': {
      const { why, failing } = end
      const told = { why, ...(failing.hint !== undefined && { hint: failing.hint }) }
      return failing.notRun === undefined
        ? { kind: 'bad-answer', ...told }
        : { kind: 'not-run', how: failing.notRun, ...told, begun }
    }
    case 'gone':
    case 'unread':
      return { kind: 'gone' }
  }
}

function replyTo(method: string, raw: unknown, modern: boolean): ServerReply {
  const normalized = raw instanceof FinishedResult ? raw.normalized : normalizeResult(method, raw, modern)
  if (normalized.ok === 'questions') {
    const { questions, requestState } = normalized
    return { kind: 'questions', questions, ...(requestState !== undefined && { requestState }) }
  }
  return normalized.ok
    ? { kind: 'result', result: normalized.result }
    : { kind: 'bad-answer', why: normalized.why }
}
