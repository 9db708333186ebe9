/**
 * `_meta` of a question or of an answer, without what belongs to one hop: keys that MCP reserves, and the progress
 * token, which is of another connection. Pure.
 */
import { isRecord, type JsonObject } from '../json/record.ts'
import { RESERVED_PREFIX } from '../wire/message.ts'

export function crossingMeta(meta: unknown): JsonObject | undefined {
  if (!isRecord(meta)) return undefined
  const kept = Object.entries(meta).filter(
    ([key]) => !key.startsWith(RESERVED_PREFIX) && key !== 'progressToken',
  )
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}
