/**
 * What a server made of a request. Results travel beside the SDK's own, raw (gate.ts), so that its schemas drop nothing
 * of them; they are normalised here.
 */
import { ProtocolError, SdkError, SdkErrorCode, type StandardSchemaV1 } from '@modelcontextprotocol/client'
import { QueueFull } from './baseLink.ts'
import type { Question } from './caller.ts'
import { BadAnswer } from './badAnswer.ts'
import { FinishedResult } from './large.ts'
import { normalizeResult } from './results.ts'
import { RAW_RESULT } from './stub.ts'

const METHOD_NOT_FOUND = -32601

export type Reply =
  | { readonly kind: 'result'; readonly result: Record<string, unknown> }
  /** It can't go on without answers; `requestState` goes back with them, byte by byte. */
  | {
      readonly kind: 'questions'
      readonly questions: Readonly<Record<string, Question>>
      readonly requestState?: string
    }
  /** The server's own JSON-RPC error, in its words. */
  | { readonly kind: 'error'; readonly code: number; readonly message: string; readonly data?: unknown }
  | { readonly kind: 'timeout'; readonly afterMs: number }
  | { readonly kind: 'cancelled' }
  /** `why` ends the sentence "the server answered …". */
  | { readonly kind: 'bad-answer'; readonly why: string; readonly hint?: string }
  /** Nothing of it has left. `why` ends a sentence that begins with the server's id. */
  | { readonly kind: 'unsent'; readonly why: string; readonly hint?: string; readonly begun: boolean }
  /** It couldn't be reached, or went away before it answered. */
  | { readonly kind: 'gone' }

/** Hands on the server's own result from behind the stub. */
export const RAW: StandardSchemaV1<unknown, unknown> = {
  '~standard': {
    version: 1,
    vendor: 'sidemux',
    validate: (stub) => ({ value: isStub(stub) ? stub[RAW_RESULT] : undefined }),
  },
}

function isStub(value: unknown): value is { readonly [RAW_RESULT]: unknown } {
  return typeof value === 'object' && value !== null && RAW_RESULT in value
}

/** @param modern the server is of 2026-07-28 or later */
export function replyTo(method: string, raw: unknown, modern: boolean): Reply {
  const normalized = raw instanceof FinishedResult ? raw.normalized : normalizeResult(method, raw, modern)
  if (normalized.ok === 'questions') {
    const { questions, requestState } = normalized
    return { kind: 'questions', questions, ...(requestState !== undefined && { requestState }) }
  }
  return normalized.ok
    ? { kind: 'result', result: normalized.result }
    : { kind: 'bad-answer', why: normalized.why }
}

/**
 * Of what the SDK rejects with.
 *
 * @param begun the request went on with what an earlier one, which was sent, had begun
 */
export function replyOf(error: unknown, begun: boolean): Reply {
  if (error instanceof ProtocolError) {
    if (error.data instanceof BadAnswer) return failedAnswer(error.data, begun)
    const { code, message, data } = error
    return data === undefined ? { kind: 'error', code, message } : { kind: 'error', code, message, data }
  }
  if (error instanceof SdkError && error.code === SdkErrorCode.InvalidResult) {
    return { kind: 'bad-answer', why: 'with a result that is not one' }
  }
  if (error instanceof QueueFull) return { kind: 'unsent', why: 'does not read its input', begun }
  return { kind: 'gone' }
}

function failedAnswer({ why, failing: { hint, unsent } }: BadAnswer, begun: boolean): Reply {
  const told = { why, ...(hint !== undefined && { hint }) }
  return unsent === true ? { kind: 'unsent', ...told, begun } : { kind: 'bad-answer', ...told }
}

export function isMethodNotFound(error: unknown): boolean {
  return error instanceof ProtocolError && error.code === METHOD_NOT_FOUND
}
