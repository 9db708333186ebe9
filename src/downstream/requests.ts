/** Turns a request of the host into a call of the corridor. Its members are kept as they came, whether MCP knows them or not. */
import type { Call, CallKind, LogMessage } from '../pipeline/call.ts'
import { isRecord, type JsonObject, member } from '../json/record.ts'
import { severity } from '../upstream/messages/severity.ts'
import type { Progress } from '../upstream/link/request-end.ts'
import { INVALID_PARAMS, RESERVED_PREFIX } from '../wire/message.ts'
import { RpcError } from '../wire/rpc-error.ts'
import { retriedAsker, type HostSelf } from './asker.ts'
import type { HostRequest } from './host-request.ts'

/** The methods that are calls, and what they are for. */
export const CALLS: ReadonlyMap<string, CallKind> = new Map([
  ['tools/call', 'tool'],
  ['prompts/get', 'prompt'],
  ['resources/read', 'resource'],
  ['resources/subscribe', 'subscription'],
  ['completion/complete', 'completion'],
])

type Notify = (method: string, params: JsonObject) => void

/**
 * @param id of the call
 * @throws RpcError when the params aren't those of the method.
 */
export function callOf(
  kind: CallKind,
  request: HostRequest,
  { id, self, notify }: { readonly id: string; readonly self: HostSelf; readonly notify: Notify },
): Call {
  const { params, meta } = request
  const { name, args } = subjectOf(kind, params)
  const { asker, caller, logLevel } = self
  const call: { -readonly [Member in keyof Call]: Call[Member] } = {
    id,
    kind,
    name,
    args,
    signal: request,
    asker,
    caller,
  }
  if (params['requestState'] !== undefined || params['inputResponses'] !== undefined) retry(call, params)
  if (meta !== undefined) {
    const crossing = crossingMeta(meta)
    const token = meta['progressToken'] as string | number | undefined
    if (crossing !== undefined) call.meta = crossing
    if (token !== undefined) call.onProgress = progressSender(token, request, notify)
  }
  if (logLevel !== undefined) call.onLog = logSender(logLevel, request, notify)
  return call
}

/** It is sent again with what was asked for (2026-07-28 basic/patterns/mrtr). */
function retry(call: { asker: Call['asker']; retried?: Call['retried'] }, params: JsonObject): void {
  const { requestState } = params
  const inputResponses = responsesIn(params['inputResponses'])
  if (typeof requestState === 'string') {
    call.retried = { requestState, inputResponses }
    call.asker = retriedAsker(call.asker, { requestState, inputResponses })
  } else if (params['inputResponses'] !== undefined) {
    call.retried = { inputResponses }
  }
}

/** A response is the bare result; one in the envelope of a request isn't, and so is asked for again. */
function responsesIn(given: unknown): JsonObject {
  if (!isRecord(given)) return {}
  return Object.fromEntries(Object.entries(given).filter(([, one]) => isBareResult(one)))
}

function isBareResult(one: unknown): boolean {
  return isRecord(one) && !('method' in one) && !('result' in one)
}

function subjectOf(kind: CallKind, params: JsonObject): Pick<Call, 'name' | 'args'> {
  switch (kind) {
    case 'tool':
    case 'prompt':
      return { name: textOf(params, 'name'), args: argumentsOf(params) }
    case 'resource':
    case 'subscription':
      return { name: textOf(params, 'uri'), args: {} }
    case 'completion': {
      const { ref, argument, context } = params
      const type = member(ref, 'type')
      if (!isRecord(ref) || !isRecord(argument) || (type !== 'ref/prompt' && type !== 'ref/resource'))
        throw invalid('ref and argument are required')
      const name = textOf(ref, type === 'ref/prompt' ? 'name' : 'uri')
      return { name, args: { ref: type, argument, ...(context !== undefined && { context }) } }
    }
  }
}

export function textOf(params: JsonObject, name: string): string {
  const value = params[name]
  if (typeof value !== 'string') throw invalid(`${name} is required and is text`)
  return value
}

function argumentsOf({ arguments: given }: JsonObject): JsonObject {
  // Some write null where they have none, and servers take it.
  if (given === undefined || given === null) return {}
  if (!isRecord(given)) throw invalid('arguments are an object')
  return given
}

export function invalid(why: string): RpcError {
  return new RpcError(INVALID_PARAMS, `Invalid params: ${why}`)
}

/** Only on a request that wants them, and only while it lasts (2026-07-28 server/utilities/logging). */
function logSender(wanted: string, request: HostRequest, notify: Notify): (message: LogMessage) => void {
  const from = severity(wanted)
  return (message) => {
    if (!request.aborted && severity(message['level']) >= from) notify('notifications/message', message)
  }
}

/** Under the host's own token, strictly increasing, and nothing once the request is over (basic/patterns/progress). */
function progressSender(
  progressToken: string | number,
  request: HostRequest,
  notify: Notify,
): (progress: Progress) => void {
  let last = Number.NEGATIVE_INFINITY
  return (progress) => {
    if (progress.progress <= last || request.aborted) return
    last = progress.progress
    request.hasProgressed = true
    notify('notifications/progress', { progressToken, ...progress })
  }
}

/** Trace context and third-party keys cross; what belongs to this hop doesn't (2026-07-28 basic/index, _meta). */
function crossingMeta(meta: JsonObject): JsonObject | undefined {
  const kept = Object.entries(meta).filter(
    ([key]) => key !== 'progressToken' && !key.startsWith(RESERVED_PREFIX),
  )
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}
