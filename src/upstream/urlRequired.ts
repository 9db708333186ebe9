/**
 * A server of 2025-11-25 can refuse a request until its user has been to certain pages (client/elicitation, URL mode:
 * error -32042). A host of that era gets the same error, with the questions as they may be asked; since 2026-07-28
 * there is no such error, so they are asked like any other, and with the answers the request is sent again.
 */
import type { Caller, Question } from './caller.ts'
import type { Reply } from './reply.ts'
import { isRecord, type JsonObject } from './normalize.ts'

const URL_REQUIRED = -32042
const MAX_PAGES = 64

type Refused = { readonly kind: 'refused'; readonly why: string }

/** @returns the same reply where it is no such refusal */
export async function askForPages(
  reply: Reply,
  { ask, prepare }: Caller,
  signal: AbortSignal,
): Promise<Reply | Refused> {
  const pages = pagesOf(reply)
  if (reply.kind !== 'error' || pages === undefined) return reply
  if (pages === 'unusable') return { kind: 'refused', why: 'the pages that it names can not be read' }
  const questions: Question[] = []
  for (const page of pages) {
    const question = { method: 'elicitation/create', params: { ...page, mode: 'url' } }
    const heard = (await prepare?.(question, signal)) ?? { kind: 'pass', question }
    if (heard.kind !== 'pass')
      return { kind: 'refused', why: heard.kind === 'refuse' ? heard.reason : 'it was declined' }
    questions.push(heard.question)
  }
  const data = isRecord(reply.data) ? reply.data : {}
  if (ask !== undefined)
    return { ...reply, data: { ...data, elicitations: questions.map(({ params }) => params) } }
  return {
    kind: 'questions',
    questions: Object.fromEntries(questions.map((question, index) => [`page-${index + 1}`, question])),
  }
}

/** Undefined for an error that names none. */
function pagesOf(reply: Reply): readonly JsonObject[] | 'unusable' | undefined {
  if (reply.kind !== 'error' || reply.code !== URL_REQUIRED || !isRecord(reply.data)) return undefined
  const { elicitations } = reply.data
  if (!Array.isArray(elicitations) || elicitations.length === 0) return undefined
  return elicitations.length <= MAX_PAGES && elicitations.every(isRecord) ? elicitations : 'unusable'
}
