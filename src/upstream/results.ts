/**
 * What a server answers, put right before anybody relies on it; pure. For each method a result that is one in every
 * protocol version:
 *
 * - `_meta` keys that MCP reserves are left out, because the server's identity must not pass for ours; members that
 *   MCP doesn't know are kept.
 * - A content block that isn't known or isn't well formed becomes a text block with its JSON (normalize.ts).
 * - Before 2026-07-28 structured content was an object; anything else from such a server is left out.
 * - `input_required` is a result of those methods that may ask (2026-07-28 basic/patterns/mrtr), and of no other.
 */
import { isSpecType } from '@modelcontextprotocol/client'
import type { Question } from './caller.ts'
import { isRecord, normalizeBlock, normalizeContent, withoutReserved, type JsonObject } from './normalize.ts'

export type NormalizedResult =
  | { readonly ok: true; readonly result: Record<string, unknown> }
  | {
      readonly ok: 'questions'
      readonly questions: Readonly<Record<string, Question>>
      readonly requestState?: string
    }
  /** `why` ends the sentence "the server answered …". */
  | { readonly ok: false; readonly why: string }

const MAX_QUESTIONS = 64
const MAX_VALUES = 100

/** Of which a question can be the answer. */
export const MAY_ASK: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read'])

/** @param modern the server is of 2026-07-28 or later */
export function normalizeResult(method: string, raw: unknown, modern: boolean): NormalizedResult {
  if (!isRecord(raw)) return { ok: false, why: 'with a result that is not an object' }
  const { resultType, _meta, ...members } = raw
  if (resultType === 'input_required' && MAY_ASK.has(method)) return questionsOf(members)
  if (resultType !== undefined && resultType !== 'complete')
    return { ok: false, why: 'with a kind of result that does not cross, such as a task' }
  const result = MEMBERS[method]?.(members, modern) ?? members
  if (typeof result === 'string') return { ok: false, why: result }
  const meta = isRecord(_meta) ? withoutReserved(_meta) : {}
  return { ok: true, result: Object.keys(meta).length === 0 ? { ...result } : { ...result, _meta: meta } }
}

/** By method: the members of its result, or the end of "the server answered …". */
const MEMBERS: Readonly<Record<string, (members: JsonObject, modern: boolean) => JsonObject | string>> = {
  'tools/call': ({ content, structuredContent, isError, ...others }, modern) => ({
    ...others,
    content: normalizeContent(content),
    ...(structuredContent !== undefined && (modern || isRecord(structuredContent)) && { structuredContent }),
    ...(typeof isError === 'boolean' && { isError }),
  }),
  'prompts/get': ({ messages, description, ...others }) => {
    if (!Array.isArray(messages)) return 'with a prompt that has no messages'
    return {
      ...others,
      ...(typeof description === 'string' && { description }),
      messages: messages.map(promptMessage),
    }
  },
  'resources/read': ({ contents, ttlMs, cacheScope, ...others }) => {
    if (!Array.isArray(contents) || !contents.every(isContents))
      return 'with contents that are not those of a resource'
    return { ...others, ...cacheHint(ttlMs, cacheScope), contents }
  },
  'completion/complete': ({ completion, ...others }) => {
    const { values, total, hasMore, ...rest } = isRecord(completion) ? completion : {}
    if (!Array.isArray(values)) return 'with completions that are not a list'
    const texts = values.filter((value) => typeof value === 'string')
    return {
      ...others,
      completion: {
        ...rest,
        values: texts.slice(0, MAX_VALUES),
        ...(typeof total === 'number' && { total }),
        ...((typeof hasMore === 'boolean' || texts.length > MAX_VALUES) && {
          hasMore: hasMore === true || texts.length > MAX_VALUES,
        }),
      },
    }
  },
}

function promptMessage(message: unknown): JsonObject {
  const { role, content, ...others } = isRecord(message) ? message : {}
  return { ...others, role: role === 'assistant' ? 'assistant' : 'user', content: normalizeBlock(content) }
}

function isContents(contents: unknown): boolean {
  return isSpecType.TextResourceContents(contents) || isSpecType.BlobResourceContents(contents)
}

/** Anything else is left out, and the stricter defaults hold. */
export function cacheHint(ttlMs: unknown, cacheScope: unknown): JsonObject {
  return {
    ...(Number.isSafeInteger(ttlMs) && Number(ttlMs) >= 0 && { ttlMs }),
    ...((cacheScope === 'public' || cacheScope === 'private') && { cacheScope }),
  }
}

function questionsOf({ inputRequests, requestState }: JsonObject): NormalizedResult {
  const requests = inputRequests === undefined || inputRequests === null ? {} : inputRequests
  if (!isRecord(requests) || (requestState !== undefined && typeof requestState !== 'string'))
    return { ok: false, why: 'with questions that are not any' }
  const entries = Object.entries(requests)
  const isNothing = entries.length === 0 && requestState === undefined
  const questions = entries.flatMap(([key, question]) =>
    isQuestion(question) ? [[key, { method: question.method, params: question.params ?? {} }] as const] : [],
  )
  if (isNothing || entries.length > MAX_QUESTIONS || questions.length < entries.length)
    return { ok: false, why: 'with questions that are not any' }
  return {
    ok: 'questions',
    questions: Object.fromEntries(questions),
    ...(requestState !== undefined && { requestState }),
  }
}

function isQuestion(value: unknown): value is { method: string; params?: JsonObject } {
  return (
    isRecord(value) &&
    typeof value['method'] === 'string' &&
    (value['params'] === undefined || isRecord(value['params']))
  )
}
