/**
 * What the host asks for, as a call of the corridor. The params are checked here and not by the SDK's schemas, which
 * would drop members that they don't know.
 */
import {
  CLIENT_CAPABILITIES_META_KEY,
  LOG_LEVEL_META_KEY,
  ProtocolError,
  ProtocolErrorCode,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server'
import type { Call, CallKind, LogMessage, Progress } from '../pipeline/call.ts'
import type { Caller } from '../upstream/caller.ts'
import { isRecord, type JsonObject } from '../upstream/normalize.ts'
import { severity } from '../upstream/severity.ts'
import { askerFor, liveAsk, type Era } from './asker.ts'
import { member } from './member.ts'

export interface RequestOptions {
  readonly id: string
  readonly era: Era
  readonly server: Server
  readonly context: ServerContext
  /** Asked for with `logging/setLevel` (up to 2025-11-25). */
  readonly logLevel: string | undefined
}

/** The methods that are calls, and what they are for. */
export const CALLS: Readonly<Record<string, CallKind>> = {
  'tools/call': 'tool',
  'prompts/get': 'prompt',
  'resources/read': 'resource',
  'resources/subscribe': 'subscription',
  'completion/complete': 'completion',
}

/** @throws ProtocolError when the params aren't those of the method. */
export function callOf(kind: CallKind, params: JsonObject, options: RequestOptions): Call {
  const { context } = options
  const { _meta, signal, inputResponses } = context.mcpReq
  const requestState = context.mcpReq.requestState<string>()
  const progressToken = _meta?.progressToken
  const meta = crossingMeta(_meta)
  const onLog = logSender(options)
  return {
    id: options.id,
    kind,
    ...subjectOf(kind, params),
    signal,
    asker: askerFor(options.era, options.server, context),
    caller: callerOf(options),
    ...((typeof requestState === 'string' || inputResponses !== undefined) && {
      retried: {
        ...(typeof requestState === 'string' && { requestState }),
        inputResponses: inputResponses ?? {},
      },
    }),
    ...(meta === undefined ? {} : { meta }),
    ...(progressToken === undefined ? {} : { onProgress: progressSender(progressToken, context) }),
    ...(onLog === undefined ? {} : { onLog }),
  }
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
  if (given === undefined) return {}
  if (!isRecord(given)) throw invalid('arguments are an object')
  return given
}

export function invalid(why: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, `Invalid params: ${why}`)
}

/** What the host declared, on the connection or since 2026-07-28 with this request. */
export function hostCapabilities({
  era,
  server,
  context,
}: Pick<RequestOptions, 'era' | 'server' | 'context'>): JsonObject {
  return objectOf(
    era === 'legacy'
      ? server.getClientCapabilities()
      : member(context.mcpReq.envelope, CLIENT_CAPABILITIES_META_KEY),
  )
}

function callerOf(options: RequestOptions): Caller {
  const { era, server, context, logLevel } = options
  const capabilities = hostCapabilities(options)
  if (era === 'legacy') {
    return {
      capabilities,
      ask: liveAsk(server, context),
      ...(logLevel !== undefined && { logLevel }),
    }
  }
  const { envelope } = context.mcpReq
  const level = member(envelope, LOG_LEVEL_META_KEY)
  return {
    capabilities,
    ...(typeof level === 'string' && { logLevel: level }),
  }
}

function objectOf(value: unknown): JsonObject {
  return isRecord(value) ? value : {}
}

/** Only on a request that wants them, and only while it lasts (2026-07-28 server/utilities/logging). */
function logSender({ era, context }: RequestOptions): ((message: LogMessage) => void) | undefined {
  const { envelope, signal } = context.mcpReq
  const wanted = member(envelope, LOG_LEVEL_META_KEY)
  if (era === 'legacy' || typeof wanted !== 'string') return undefined
  return (message) => {
    if (signal.aborted || severity(message['level']) < severity(wanted)) return
    context.mcpReq.notify({ method: 'notifications/message', params: { ...message } }).catch(() => {
      // The host is gone; the call itself will notice.
    })
  }
}

/** Under the host's own token, strictly increasing, and nothing once the request is over (basic/patterns/progress). */
function progressSender(
  progressToken: string | number,
  context: ServerContext,
): (progress: Progress) => void {
  let last = Number.NEGATIVE_INFINITY
  return (progress) => {
    if (progress.progress <= last || context.mcpReq.signal.aborted) return
    last = progress.progress
    context.mcpReq
      .notify({ method: 'notifications/progress', params: { progressToken, ...progress } })
      .catch(() => {
        // The host is gone or hears no progress; the call itself will notice.
      })
  }
}

/** Trace context and third-party keys cross; what belongs to this hop doesn't (2026-07-28 basic/index, _meta). */
function crossingMeta(meta: JsonObject | undefined): JsonObject | undefined {
  const kept = Object.entries(meta ?? {}).filter(
    ([key]) => key !== 'progressToken' && !key.startsWith('io.modelcontextprotocol/'),
  )
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}
