/**
 * An outcome in the words of MCP. What a tool, a human or a limit said is a result that the model can read
 * (`isError: true`); only what the protocol itself calls wrong is a JSON-RPC error (2026-07-28 server/tools,
 * error handling). A blocked or hidden tool answers exactly as one that doesn't exist.
 */
import { ProtocolError, ProtocolErrorCode, type CallToolResult } from '@modelcontextprotocol/server'
import { writeJson } from '../json/write.ts'
import type { Call, Outcome, Result } from '../pipeline/call.ts'
import { visibleLine } from '../visible.ts'
import type { Era } from './asker.ts'

const INVALID_PARAMS = ProtocolErrorCode.InvalidParams
const MAX_NAME_LENGTH = 128

/** @throws ProtocolError where the answer is a JSON-RPC error. */
export function answer(call: Call, outcome: Outcome, era: Era): CallToolResult {
  switch (outcome.kind) {
    case 'result':
      return (era === 'legacy' ? withoutNewStructure(outcome.result) : outcome.result) as CallToolResult
    case 'questions':
      throw new Error('questions of a child have to be asked before they are answered')
    case 'ask':
      return { resultType: 'input_required', ...outcome.ask } as unknown as CallToolResult
    case 'error':
      throw new ProtocolError(crossingCode(outcome.code), outcome.message, outcome.data)
    case 'blocked':
      if (outcome.by === 'unknown' || outcome.by === 'hidden' || outcome.by === 'policy') {
        throw new ProtocolError(
          INVALID_PARAMS,
          `Unknown tool: ${visibleLine(call.name.slice(0, MAX_NAME_LENGTH))}`,
        )
      }
      if (outcome.by === 'state')
        throw new ProtocolError(INVALID_PARAMS, `Invalid or expired requestState: ${outcome.reason}`)
      return notRun(outcome.reason, outcome.hint)
    case 'failed':
      return notRun(outcome.reason, outcome.hint)
    case 'cancelled':
      return notRun('the call was cancelled', 'send it again if it is still wanted')
  }
}

/** Before 2026-07-28 structured content was an object, and its hosts refuse a result with any other; text says the same. */
function withoutNewStructure(result: Result): Result {
  const { structuredContent, ...rest } = result
  if (structuredContent === undefined) return result
  const isObject =
    typeof structuredContent === 'object' && structuredContent !== null && !Array.isArray(structuredContent)
  if (isObject) return result
  const said = Array.isArray(rest['content']) && rest['content'].length > 0
  return said ? rest : { ...rest, content: [{ type: 'text', text: writeJson(structuredContent) }] }
}

function notRun(reason: string, hint: string): CallToolResult {
  return { content: [{ type: 'text', text: `sidemux: ${reason}\nhint: ${hint}` }], isError: true }
}

/**
 * A child's code as a host may see it: -32002 became -32602, and the other reserved ones (-32020 … -32099) speak
 * of a connection that is not the host's (2026-07-28 basic/index, error codes).
 */
function crossingCode(code: number): number {
  if (!Number.isSafeInteger(code)) return ProtocolErrorCode.InternalError
  if (code === -32_002) return INVALID_PARAMS
  return code <= -32_020 && code >= -32_099 ? ProtocolErrorCode.InternalError : code
}
