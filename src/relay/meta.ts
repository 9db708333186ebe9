/**
 * `_meta` of a question or of an answer, without what belongs to one hop: keys that MCP reserves, and the progress
 * token, which is of another connection. Pure.
 */
import { isRecord, type JsonObject } from '../upstream/normalize.ts'

export function crossingMeta(meta: unknown): JsonObject | undefined {
  if (!isRecord(meta)) return undefined
  const kept = Object.entries(meta).filter(
    ([key]) => !key.startsWith('io.modelcontextprotocol/') && key !== 'progressToken',
  )
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}
