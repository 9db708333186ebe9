/**
 * An outcome in the words of MCP. What a tool, a human or a limit said is a result that the model can read
 * (`isError: true`); only what the protocol itself calls wrong is a JSON-RPC error (2026-07-28 server/tools,
 * error handling). Prompts, resources and completions have no such result, so for them it is an error of our own.
 * What is blocked or hidden answers exactly as what doesn't exist.
 */
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'
import { RawJson, writeJson } from '../json/write.ts'
import type { Call, Outcome, Result } from '../pipeline/call.ts'
import { isRecord } from '../upstream/normalize.ts'
import { visibleLine } from '../visible.ts'
import type { Era } from './asker.ts'

const INVALID_PARAMS = ProtocolErrorCode.InvalidParams
const RESOURCE_NOT_FOUND = -32_002
const MISSING_CAPABILITY = -32_021
const URL_REQUIRED = -32_042
/** Ours, beyond what JSON-RPC and MCP keep for themselves: sidemux didn't do it. */
const NOT_DONE = -31_001
const MAX_NAME_LENGTH = 128

/** @throws ProtocolError where the answer is a JSON-RPC error. */
export function answer(call: Call, outcome: Outcome, era: Era): Record<string, unknown> {
  switch (outcome.kind) {
    case 'result':
      return { ...(era === 'legacy' ? withoutNewStructure(outcome.result) : outcome.result) }
    case 'questions':
      throw new Error('questions of a server have to be sealed before they are asked')
    case 'ask':
      return { resultType: 'input_required', ...outcome.ask }
    case 'error':
      throw new ProtocolError(crossingCode(outcome.code, era), outcome.message, outcome.data)
    case 'blocked':
      if (outcome.by === 'unknown' || outcome.by === 'hidden' || outcome.by === 'policy')
        throw doesNotExist(call, era)
      if (outcome.by === 'state')
        throw new ProtocolError(INVALID_PARAMS, `Invalid or expired requestState: ${outcome.reason}`)
      return notDone(call, outcome.reason, outcome.hint)
    case 'failed':
      return notDone(call, outcome.reason, outcome.hint)
    case 'cancelled':
      return notDone(call, 'the call was cancelled', 'send it again if it is still wanted')
  }
}

function doesNotExist({ kind, name, args }: Call, era: Era): ProtocolError {
  const shown = visibleLine(name.slice(0, MAX_NAME_LENGTH))
  if (kind === 'tool' || kind === 'prompt')
    return new ProtocolError(INVALID_PARAMS, `Unknown ${kind}: ${shown}`)
  if (kind === 'completion')
    return new ProtocolError(INVALID_PARAMS, `Unknown ${String(args['ref'])}: ${shown}`)
  const code = era === 'legacy' ? RESOURCE_NOT_FOUND : INVALID_PARAMS
  return new ProtocolError(code, 'Resource not found', { uri: name })
}

/** Before 2026-07-28 structured content was an object, and its hosts refuse a result with any other; text says the same. */
function withoutNewStructure(result: Result): Result {
  const { structuredContent, ...rest } = result
  const isObject =
    structuredContent instanceof RawJson ? structuredContent.kind === 'object' : isRecord(structuredContent)
  if (structuredContent === undefined || isObject) return result
  const { content } = rest
  const said = content instanceof RawJson || (Array.isArray(content) && content.length > 0)
  return said ? rest : { ...rest, content: [{ type: 'text', text: writeJson(structuredContent) }] }
}

function notDone({ kind }: Call, reason: string, hint: string): Record<string, unknown> {
  if (kind !== 'tool') throw new ProtocolError(NOT_DONE, `sidemux: ${reason}\nhint: ${hint}`)
  return { content: [{ type: 'text', text: `sidemux: ${reason}\nhint: ${hint}` }], isError: true }
}

/**
 * A child's code as a host may see it. What a revision doesn't have becomes what it has instead; of the reserved ones
 * (-32020 … -32099) only those cross that speak of the host, the others of a connection that isn't its own (2026-07-28
 * basic/index, error codes).
 */
function crossingCode(code: number, era: Era): number {
  // Ours tells that nothing was done, which is not a child's to say.
  if (!Number.isSafeInteger(code) || code === NOT_DONE) return ProtocolErrorCode.InternalError
  // 2026-07-28 server/resources, error handling; before, it had a code of its own.
  if (code === RESOURCE_NOT_FOUND) return era === 'legacy' ? code : INVALID_PARAMS
  if (code === (era === 'legacy' ? URL_REQUIRED : MISSING_CAPABILITY)) return code
  return code <= -32_020 && code >= -32_099 ? ProtocolErrorCode.InternalError : code
}
