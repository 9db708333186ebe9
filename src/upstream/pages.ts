/**
 * A list, read to its last page: at most 64 pages and 10,000 entries, and a cursor that was seen before ends it. A
 * cursor is opaque, so an empty one is one; only its absence, or what is no text, is the end. What may be kept of it
 * for how long is what the page that allows least says (2026-07-28 server/utilities/caching).
 */
import type { Listed, ListKind } from './lists.ts'
import { isRecord } from './normalize.ts'
import type { CacheHint } from './offer.ts'

const MAX_PAGES = 64
const MAX_ENTRIES = 10_000

export interface ListedPages<T> extends Listed<T> {
  /** Undefined where a page said nothing of it. */
  readonly cache: CacheHint | undefined
}

/** @param fetchPage the raw result for a cursor; `page` counts from 1. */
export async function readPages<T>(
  list: ListKind<T>,
  fetchPage: (cursor: string | undefined, page: number) => Promise<unknown>,
): Promise<ListedPages<T>> {
  const raw: unknown[] = []
  const warnings: string[] = []
  const cursors = new Set<string>()
  const hints: (CacheHint | undefined)[] = []
  let cursor: string | undefined
  for (let page = 1; ; page++) {
    const result = await fetchPage(cursor, page)
    const { [list.member]: entries, nextCursor, ttlMs, cacheScope } = isRecord(result) ? result : {}
    hints.push(hintOf(ttlMs, cacheScope))
    if (Array.isArray(entries)) for (const entry of entries) raw.push(entry)
    else warnings.push(`page ${page} of the list of ${list.kind} is not a list and is left out`)
    if (typeof nextCursor !== 'string') break
    if (cursors.has(nextCursor) || page === MAX_PAGES || raw.length > MAX_ENTRIES) {
      warnings.push(`the list of ${list.kind} does not end and is cut off after page ${page}`)
      break
    }
    cursors.add(nextCursor)
    cursor = nextCursor
  }
  const normalized = list.normalize(raw.slice(0, MAX_ENTRIES))
  return {
    entries: normalized.entries,
    warnings: [...warnings, ...normalized.warnings],
    cache: leastOf(hints),
  }
}

function hintOf(ttlMs: unknown, cacheScope: unknown): CacheHint | undefined {
  if (typeof ttlMs !== 'number' || !Number.isSafeInteger(ttlMs) || ttlMs < 0) return undefined
  return { ttlMs, cacheScope: cacheScope === 'public' ? 'public' : 'private' }
}

/** Undefined when one of them is: what says nothing may not be kept. */
export function leastOf(hints: readonly (CacheHint | undefined)[]): CacheHint | undefined {
  let least: CacheHint = { ttlMs: Number.MAX_SAFE_INTEGER, cacheScope: 'public' }
  for (const hint of hints) {
    if (hint === undefined) return undefined
    least = {
      ttlMs: Math.min(least.ttlMs, hint.ttlMs),
      cacheScope: hint.cacheScope === 'public' ? least.cacheScope : 'private',
    }
  }
  return hints.length === 0 ? undefined : least
}
