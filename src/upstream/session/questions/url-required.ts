/**
 * A server of 2025-11-25 can refuse a request until its user has been to certain pages (client/elicitation, URL mode:
 * error -32042). A host of that era gets the same error, with the questions as they may be asked; since 2026-07-28
 * there is no such error, so they are asked like any other, and with the answers the request is sent again.
 */
import type { StopSignal } from '../../../cancellation.ts'
import type { Caller } from '../../messages/caller.ts'
import type { ServerReply } from '../reply.ts'
import { isRecord, type JsonObject } from '../../../json/record.ts'
import { URL_REQUIRED } from '../../../wire/message.ts'
import { hearAll, type RoundRefusal } from './heard.ts'

const MAX_PAGES = 64

/** @returns the same reply where it is no such refusal */
export async function askForPages(
  reply: ServerReply,
  caller: Caller,
  signal: StopSignal,
): Promise<ServerReply | RoundRefusal> {
  const pages = pagesOf(reply)
  if (reply.kind !== 'error' || pages === undefined) return reply
  if (pages === 'unusable') return { kind: 'refused', why: 'the pages that it names can not be read' }
  const asked = pages.map((page, index) => {
    const params = { ...page, mode: 'url' }
    return [`page-${index + 1}`, { method: 'elicitation/create', params }] as const
  })
  const heard = await hearAll(caller, Object.fromEntries(asked), signal)
  if (heard.kind === 'refused') return heard
  const { questions } = heard
  if (caller.ask === undefined) return { kind: 'questions', questions }
  const data = isRecord(reply.data) ? reply.data : {}
  return { ...reply, data: { ...data, elicitations: Object.values(questions).map(({ params }) => params) } }
}

/** Undefined for an error that names none. */
function pagesOf(reply: ServerReply): readonly JsonObject[] | 'unusable' | undefined {
  if (reply.kind !== 'error' || reply.code !== URL_REQUIRED || !isRecord(reply.data)) return undefined
  const { elicitations } = reply.data
  if (!Array.isArray(elicitations) || elicitations.length === 0) return undefined
  return elicitations.length <= MAX_PAGES && elicitations.every(isRecord) ? elicitations : 'unusable'
}
