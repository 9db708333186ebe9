/**
 * A tool list, read to its last page: at most 64 pages and 10,000 tools, and a cursor that was seen before ends it.
 * A cursor is opaque, so an empty one is one; only its absence, or what is no text, is the end.
 */
import { isRecord, normalizeTools, type NormalizedTools } from './normalize.ts'

const MAX_PAGES = 64
const MAX_TOOLS = 10_000

/** @param fetchPage the raw result for a cursor; `page` counts from 1. */
export async function readPages(
  fetchPage: (cursor: string | undefined, page: number) => Promise<unknown>,
): Promise<NormalizedTools> {
  const entries: unknown[] = []
  const warnings: string[] = []
  const cursors = new Set<string>()
  let cursor: string | undefined
  for (let page = 1; ; page++) {
    const raw = await fetchPage(cursor, page)
    const { tools, nextCursor } = isRecord(raw) ? raw : {}
    if (Array.isArray(tools)) for (const tool of tools) entries.push(tool)
    else warnings.push(`page ${page} of the tool list is not a list and is left out`)
    if (typeof nextCursor !== 'string') break
    if (cursors.has(nextCursor) || page === MAX_PAGES || entries.length > MAX_TOOLS) {
      warnings.push(`the tool list does not end and is cut off after page ${page}`)
      break
    }
    cursors.add(nextCursor)
    cursor = nextCursor
  }
  const normalized = normalizeTools(entries.slice(0, MAX_TOOLS))
  return { tools: normalized.tools, warnings: [...warnings, ...normalized.warnings] }
}
