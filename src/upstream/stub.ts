/**
 * What the SDK's Client gets in place of a result: an empty one that passes its schemas, with the server's own beside
 * it, raw. One odd tool or content type must not spoil the rest; lists.ts and results.ts judge them. Only the handshake
 * is the SDK's own. Pure.
 */
import { isRecord, normalizeHandshake } from './normalize.ts'

/** Where a stub carries the child's own result. A symbol survives the SDK's copying and can't come from JSON. */
export const RAW_RESULT = Symbol('raw result')

export const LISTEN = 'subscriptions/listen'

/** A result that is one of every method. */
const STUB = {
  resultType: 'complete',
  tools: [],
  prompts: [],
  resources: [],
  resourceTemplates: [],
  ttlMs: 0,
  cacheScope: 'private',
  content: [],
  messages: [],
  contents: [],
  completion: { values: [] },
}

/** What the SDK gets for a result, or undefined when there is no way to understand it. */
export function resultForSdk(method: string, raw: unknown): Record<string, unknown> | undefined {
  if (!isHandshake(method) && method !== LISTEN && method !== 'ping') return { ...STUB, [RAW_RESULT]: raw }
  if (!isRecord(raw)) return undefined
  if (isHandshake(method)) return normalizeHandshake(raw)
  return isRecord(raw['_meta']) || !('_meta' in raw) ? raw : { ...raw, _meta: {} }
}

/** The answers that the SDK reads itself. */
export function isHandshake(method: string): boolean {
  return method === 'initialize' || method === 'server/discover'
}
