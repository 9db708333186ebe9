/**
 * Judges what a host sends, before it is served: a message of JSON-RPC 2.0, or what is answered in its place. Pure.
 *
 * - Whoever asks gets an answer. What can't be served is refused by its id, or with null where no id can be sent back
 *   (JSON-RPC 2.0, Response object).
 * - Some write null for params or `_meta` that they don't have: that is none.
 */
import { ExactNumber } from '../json/number.ts'
import { isRecord, member, type JsonObject } from '../json/record.ts'
import type { BadLine, Frame } from '../wire/framing.ts'
import type { ForeignId } from '../wire/ids.ts'
import { INVALID_REQUEST, PARSE_ERROR, type RpcFault } from '../wire/message.ts'
import { anyOf, isText, isWhole, objectWith } from '../wire/shapes/shape.ts'
import { HostRequest } from './host-request.ts'

/** The params of a notification are those of a request; it has only no id. */
export interface HostNotification {
  readonly method: string
  readonly params: JsonObject
  readonly meta: JsonObject | undefined
}

export interface RefusedMessage {
  readonly id: ForeignId | null
  readonly fault: RpcFault
}

export type Judged =
  | { readonly kind: 'request'; readonly request: HostRequest }
  | { readonly kind: 'notification'; readonly notification: HostNotification }
  /** An answer, or what is nothing at all; that depends on what was asked. */
  | { readonly kind: 'no-method' }
  /** What is wrong with it, for the log. Whoever sent a notification waits for no answer. */
  | { readonly kind: 'refused'; readonly why: string; readonly refusal?: RefusedMessage }

const NO_PARAMS: JsonObject = {}
const NO_METHOD: Judged = { kind: 'no-method' }

/** 2025-11-25 schema: RequestParams. */
const isMeta = objectWith(
  {},
  {
    progressToken: anyOf(isText, isWhole),
    'io.modelcontextprotocol/related-task': objectWith({ taskId: isText }),
  },
)

export function judgeMessage(message: JsonObject): Judged {
  if (!('method' in message)) return NO_METHOD
  const { id, method } = message
  const isNotification = !('id' in message)
  const params = message['params'] ?? NO_PARAMS
  const meta = member(params, '_meta') ?? undefined
  const isSound =
    message['jsonrpc'] === '2.0' &&
    typeof method === 'string' &&
    isRecord(params) &&
    (meta === undefined || isMeta(meta)) &&
    hasNoMore(message)
  if (isNotification) {
    if (isSound) return { kind: 'notification', notification: { method, params, meta: meta as JsonObject } }
    if (typeof method === 'string') return refused('notification')
    return noMessage(null)
  }
  if (!isSent(id)) return noMessage(null)
  if (isSound && (typeof id === 'string' || Number.isSafeInteger(id)))
    return { kind: 'request', request: new HostRequest(id as string, method, params, meta as JsonObject) }
  return refused('request', refusal(id, 'it is not a request of JSON-RPC 2.0'))
}

/** What is neither a request nor a notification nor an answer. */
export function noMessage(id: unknown): Judged {
  const sent = isSent(id) ? id : null
  return {
    kind: 'refused',
    why: 'the host sent a message that is none of JSON-RPC 2.0',
    refusal: refusal(sent, 'it is no message of JSON-RPC 2.0'),
  }
}

function refused(what: string, answer?: RefusedMessage): Judged {
  const why = `the host sent a ${what} that is not one of JSON-RPC 2.0`
  return { kind: 'refused', why, ...(answer !== undefined && { refusal: answer }) }
}

/** Those by which a host learns what became of a line that is no message. */
export function refusalsOf(frame: Extract<Frame, { kind: 'bad' }>): readonly RefusedMessage[] {
  const why = UNREADABLE[frame.why]
  return idsOf(frame).map((id) => refusal(id, why, id === null ? CODES[frame.why] : undefined))
}

function refusal(id: ForeignId | null, why: string, code = INVALID_REQUEST): RefusedMessage {
  return { id, fault: { code, message: `the request was not carried out: ${why}` } }
}

function hasNoMore(message: JsonObject): boolean {
  for (const name in message)
    if (name !== 'jsonrpc' && name !== 'id' && name !== 'method' && name !== 'params') return false
  return true
}

/** One that no double keeps is none of MCP's, but the refusal has to name it. */
function isSent(id: unknown): id is ForeignId {
  return typeof id === 'string' || typeof id === 'number' || id instanceof ExactNumber
}

const UNREADABLE: Readonly<Record<BadLine, string>> = {
  'too-long': 'a message may have at most 10 MiB',
  'too-deep': 'it is nested deeper than 256 levels',
  'not-utf8': 'it is not UTF-8',
  'not-json': 'it is not JSON',
  'not-an-object': 'it is not an object',
  batch: 'batches are not supported, send each request on a line of its own',
  unreadable: 'it could not be read',
}

/** Where no id is known and it isn't that of a request which is none. */
const CODES: Partial<Record<BadLine, number>> = { 'not-json': PARSE_ERROR, 'not-utf8': PARSE_ERROR }

function idsOf({ id, batch }: Extract<Frame, { kind: 'bad' }>): readonly (ForeignId | null)[] {
  if (id !== undefined) return [id]
  if (batch === undefined || batch.length === 0) return [null]
  return batch.flatMap((one) => {
    const asks = isRecord(one) && 'method' in one && isSent(one['id'])
    return asks ? [one['id'] as ForeignId] : []
  })
}
