/**
 * An outcome in the words of MCP. What a tool, a human or a limit said is a result that the model can read
 * (`isError: true`); only what the protocol itself calls wrong is a JSON-RPC error (2026-07-28 server/tools,
 * error handling). Prompts, resources and completions have no such result, so for them it is an error of our own.
 * What is blocked or hidden answers exactly as what doesn't exist.
 */
import { STEADY } from '../json/steady.ts'
import { renderError } from '../errors.ts'
import { RawJson, writeJson } from '../json/write.ts'
import type { Call, Outcome, Result } from '../pipeline/call.ts'
import { isRecord, type JsonObject } from '../json/record.ts'
import { visibleLine } from '../visible.ts'
import {
  INTERNAL_ERROR,
  INVALID_PARAMS,
  MISSING_CAPABILITY,
  RESOURCE_NOT_FOUND,
  URL_REQUIRED,
} from '../wire/message.ts'
import { RpcError } from '../wire/rpc-error.ts'
import type { EraName } from './eras/opening.ts'

/** Ours, beyond what JSON-RPC and MCP keep for themselves: sidemux didn't do it. */
const NOT_DONE = -31_001
const MAX_NAME_LENGTH = 128

/** @throws RpcError where the answer is a JSON-RPC error. */
export function hostReply(call: Call, outcome: Outcome, era: EraName): JsonObject {
  switch (outcome.kind) {
    case 'result':
      return era === 'legacy' ? withoutNewStructure(outcome.result) : outcome.result
    case 'questions':
      throw new Error('questions of a server have to be sealed before they are asked')
    case 'ask':
      return { resultType: 'input_required', ...outcome.ask }
    case 'error':
      throw new RpcError(crossingCode(outcome.code, era), outcome.message, outcome.data)
    case 'blocked':
      if (outcome.by === 'unknown' || outcome.by === 'hidden' || outcome.by === 'policy')
        throw doesNotExist(call)
      if (outcome.by === 'gone') throw doesNotExist(call, `: ${outcome.reason}; ${outcome.hint}`)
      if (outcome.by === 'state')
        throw new RpcError(INVALID_PARAMS, `Invalid or expired requestState: ${outcome.reason}`)
      return notDone(call, outcome.reason, outcome.hint)
    case 'failed':
      return notDone(call, outcome.reason, outcome.hint, outcome.said)
    case 'cancelled':
      return notDone(call, 'the call was cancelled', 'send it again if it is still wanted')
  }
}

function doesNotExist({ kind, name, args }: Call, more = ''): RpcError {
  const shown = visibleLine(name.slice(0, MAX_NAME_LENGTH))
  if (kind === 'tool' || kind === 'prompt')
    return new RpcError(INVALID_PARAMS, `Unknown ${kind}: ${shown}${more}`)
  if (kind === 'completion')
    return new RpcError(INVALID_PARAMS, `Unknown ${String(args['ref'])}: ${shown}${more}`)
  return new RpcError(INVALID_PARAMS, 'Resource not found', { uri: name })
}

/** Before 2026-07-28 structured content was an object, and its hosts refuse a result with any other; text says the same. */
function withoutNewStructure(result: Result): Result {
  const { structuredContent, ...rest } = result
  const isObject =
    structuredContent instanceof RawJson ? structuredContent.kind === 'object' : isRecord(structuredContent)
  if (structuredContent === undefined || isObject) return result
  const { content } = rest
  const said = content instanceof RawJson || (Array.isArray(content) && content.length > 0)
  return said ? rest : { ...STEADY, ...rest, content: [{ type: 'text', text: writeJson(structuredContent) }] }
}

function notDone({ kind }: Call, reason: string, hint: string, said?: string): JsonObject {
  const text = renderError({ message: `sidemux: ${reason}`, said, hint })
  if (kind !== 'tool') throw new RpcError(NOT_DONE, text)
  return { content: [{ type: 'text', text }], isError: true }
}

/**
 * A child's code as a host may see it. What a revision doesn't have becomes what it has instead; of the reserved ones
 * (-32020 … -32099) only those cross that speak of the host, the others of a connection that isn't its own (2026-07-28
 * basic/index, error codes).
 */
function crossingCode(code: number, era: EraName): number {
  // Ours tells that nothing was done, which is not a child's to say.
  if (!Number.isSafeInteger(code) || code === NOT_DONE) return INTERNAL_ERROR
  // 2026-07-28 server/resources, error handling; before, it had a code of its own, and hosts know both.
  if (code === RESOURCE_NOT_FOUND) return INVALID_PARAMS
  if (code === (era === 'legacy' ? URL_REQUIRED : MISSING_CAPABILITY)) return code
  return code <= -32_020 && code >= -32_099 ? INTERNAL_ERROR : code
}
