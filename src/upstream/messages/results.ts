/**
 * Corrects the results of a server before other code relies on them. Pure. The result of each method is made valid in
 * every protocol version:
 *
 * - `_meta` keys that MCP reserves are left out, because the server's identity must not pass for ours; members that
 *   MCP doesn't know are kept.
 * - A content block that isn't known or isn't well formed becomes a text block with its JSON (normalize.ts).
 * - Before 2026-07-28 structured content was an object; anything else from such a server is left out.
 * - `input_required` is a result of those methods that may ask (2026-07-28 basic/patterns/mrtr), and of no other.
 */
import type { ServerQuestion } from './caller.ts'
import { normalizeBlock, normalizeContent, withoutReserved } from './normalize.ts'
import { isRecord, type JsonObject } from '../../json/record.ts'
import { isResourceContents } from '../../wire/shapes/content.ts'
import { mapItems, withMembers } from '../../json/same.ts'

export type NormalizedResult =
  | { readonly ok: true; readonly result: JsonObject }
  | {
      readonly ok: 'questions'
      readonly questions: Readonly<Record<string, ServerQuestion>>
      readonly requestState?: string
    }
  /** `why` ends the sentence "the server answered …". */
  | { readonly ok: false; readonly why: string }

const MAX_QUESTIONS = 64
const MAX_VALUES = 100

/** Of which a question can be the answer. */
export const MAY_ASK: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read'])

/**
 * A result that needs nothing put right is the very object again.
 *
 * @param modern the server is of 2026-07-28 or later
 */
export function normalizeResult(method: string, raw: unknown, modern: boolean): NormalizedResult {
  if (!isRecord(raw)) return { ok: false, why: 'with a result that is not an object' }
  const { resultType, _meta } = raw
  if (resultType === 'input_required' && MAY_ASK.has(method)) return questionsOf(raw)
  if (resultType !== undefined && resultType !== 'complete')
    return { ok: false, why: 'with a kind of result that does not cross, such as a task' }
  const result = MEMBERS[method]?.(raw, modern) ?? raw
  if (typeof result === 'string') return { ok: false, why: result }
  const meta = isRecord(_meta) ? withoutReserved(_meta) : {}
  const crosses = Object.keys(meta).length > 0
  return {
    ok: true,
    result: withMembers(result, { resultType: undefined, _meta: crosses ? meta : undefined }),
  }
}

/** By method: its result, or the end of "the server answered …". */
const MEMBERS: Readonly<Record<string, (result: JsonObject, modern: boolean) => JsonObject | string>> = {
  'tools/call': (result, modern) => {
    const { content, structuredContent, isError } = result
    return withMembers(result, {
      content: normalizeContent(content),
      structuredContent: modern || isRecord(structuredContent) ? structuredContent : undefined,
      isError: typeof isError === 'boolean' ? isError : undefined,
    })
  },
  'prompts/get': (result) => {
    const { messages, description } = result
    if (!Array.isArray(messages)) return 'with a prompt that has no messages'
    return withMembers(result, {
      description: typeof description === 'string' ? description : undefined,
      messages: mapItems(messages, promptMessage),
    })
  },
  'resources/read': (result) => {
    const { contents, ttlMs, cacheScope } = result
    if (!Array.isArray(contents) || !contents.every(isContents))
      return 'with contents that are not those of a resource'
    return withMembers(result, { ttlMs: undefined, cacheScope: undefined, ...cacheHint(ttlMs, cacheScope) })
  },
  'completion/complete': (result) => {
    const { completion } = result
    const { values, total, hasMore, ...rest } = isRecord(completion) ? completion : {}
    if (!Array.isArray(values)) return 'with completions that are not a list'
    const texts = values.filter((value) => typeof value === 'string')
    return withMembers(result, {
      completion: {
        ...rest,
        values: texts.slice(0, MAX_VALUES),
        ...(typeof total === 'number' && { total }),
        ...((typeof hasMore === 'boolean' || texts.length > MAX_VALUES) && {
          hasMore: hasMore === true || texts.length > MAX_VALUES,
        }),
      },
    })
  },
}

function promptMessage(message: unknown): JsonObject {
  const { role, content } = isRecord(message) ? message : {}
  return withMembers(isRecord(message) ? message : {}, {
    role: role === 'assistant' ? 'assistant' : 'user',
    content: normalizeBlock(content),
  })
}

function isContents(contents: unknown): boolean {
  return isResourceContents(contents)
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
