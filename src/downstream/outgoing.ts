/**
 * Writes messages to the host as lines. An answer is put together around the JSON of its result, so the result isn't
 * looked at again. Hosts that are built on the SDK close the connection at a line of more than 10 MiB: an answer that
 * would be longer becomes an error, and nothing else that long is sent. Pure.
 */
import type { JsonObject } from '../json/record.ts'
import { jsonParts } from '../json/write.ts'
import type { ForeignId, Id } from '../wire/ids.ts'
import { INTERNAL_ERROR, type RpcFault } from '../wire/message.ts'
import type { Line } from '../wire/outbox.ts'

/** A little is left for what hosts hold besides it. */
export const MAX_OUTGOING_BYTES = 10 * 1024 * 1024 - 64 * 1024
/** What is longer is handed on in pieces, since joining would copy it. */
const LONG = 16 * 1024
const TOO_LONG = 'the answer is larger than the 10 MiB that hosts accept; ask for less'

export function resultLine(id: Id, result: JsonObject): Line {
  const head = `{"jsonrpc":"2.0","id":${typeof id === 'number' ? id : JSON.stringify(id)},"result":`
  const parts = jsonParts(result)
  const [first = ''] = parts
  if (parts.length === 1 && typeof first === 'string' && first.length < LONG) return `${head}${first}}\n`
  return bounded([head, ...parts, '}\n']) ?? faultLine(id, { code: INTERNAL_ERROR, message: TOO_LONG })
}

/** @param id null where it can't be told (JSON-RPC 2.0, Response object) */
export function faultLine(id: ForeignId | null, fault: RpcFault): Line {
  const line = messageLine({ jsonrpc: '2.0', id, error: fault })
  return line ?? faultLine(id, { code: INTERNAL_ERROR, message: TOO_LONG })
}

/** A request or notification of ours; undefined where no host would read it. */
export function messageLine(message: JsonObject): Line | undefined {
  return bounded([...jsonParts(message), '\n'])
}

function bounded(line: readonly (string | Uint8Array)[]): Line | undefined {
  let length = 0
  for (const part of line) length += part.length
  // A character has at most three bytes for each unit that `length` counts.
  if (length < MAX_OUTGOING_BYTES / 3) return line
  let bytes = 0
  for (const part of line) bytes += typeof part === 'string' ? Buffer.byteLength(part) : part.length
  return bytes <= MAX_OUTGOING_BYTES ? line : undefined
}
