/**
 * Reads a list to its last page: at most 64 pages and 10,000 entries. A cursor that was seen before ends it. A cursor
 * is opaque, so an empty text is a cursor too; only a missing one, or one that is no text, is the end. The page that
 * allows the least caching decides for the whole list (2026-07-28 server/utilities/caching). If a later page can't be
 * read or holds no list, only the entries after it are missing.
 */
import type { Listed, ListKind } from './lists.ts'
import { isRecord } from '../../../json/record.ts'
import type { CacheHint } from '../../messages/offer.ts'

const MAX_PAGES = 64
const MAX_ENTRIES = 10_000

export interface ListedPages<T> extends Listed<T> {
  /** Undefined where a page said nothing of it. */
  readonly cache: CacheHint | undefined
  /** A later page that could not be read, and why: what comes after it is missing. */
  readonly failed?: { readonly page: number; readonly error: unknown }
}

/** How long the first page is waited for, and each later one; milliseconds. */
export interface PageTimes {
  readonly firstMs: number
  readonly laterMs: number
}

/** A page was answered, and not with a list. */
export class NoList extends Error {}

/**
 * @param fetchPage the raw result for a cursor; `page` counts from 1
 * @throws what the first page was rejected with, or NoList
 */
export async function readPages<T>(
  list: ListKind<T>,
  fetchPage: (cursor: string | undefined, page: number) => Promise<unknown>,
): Promise<ListedPages<T>> {
  const raw: unknown[] = []
  const warnings: string[] = []
  const cursors = new Set<string>()
  const hints: (CacheHint | undefined)[] = []
  let cursor: string | undefined
  let failed: ListedPages<T>['failed']
  for (let page = 1; ; page++) {
    let answer: Answered
    try {
      answer = answered(list, await fetchPage(cursor, page))
    } catch (error) {
      if (page === 1) throw error
      failed = { page, error }
      break
    }
    const { entries, nextCursor, ttlMs, cacheScope } = answer
    hints.push(hintOf(ttlMs, cacheScope))
    for (const entry of entries) raw.push(entry)
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
    cache: leastHint(hints),
    ...(failed !== undefined && { failed }),
  }
}

interface Answered {
  readonly entries: readonly unknown[]
  readonly nextCursor: unknown
  readonly ttlMs: unknown
  readonly cacheScope: unknown
}

/** @throws NoList; nothing at all counts as an empty one but for tools, which are why a server is there. */
function answered({ kind, member }: ListKind<unknown>, result: unknown): Answered {
  const { [member]: list, nextCursor, ttlMs, cacheScope } = isRecord(result) ? result : {}
  const entries = list === undefined && isRecord(result) && kind !== 'tools' ? [] : list
  if (!Array.isArray(entries)) throw new NoList()
  return { entries, nextCursor, ttlMs, cacheScope }
}

function hintOf(ttlMs: unknown, cacheScope: unknown): CacheHint | undefined {
  if (typeof ttlMs !== 'number' || !Number.isSafeInteger(ttlMs) || ttlMs < 0) return undefined
  return { ttlMs, cacheScope: cacheScope === 'public' ? 'public' : 'private' }
}

/** Undefined when one of them is: what says nothing may not be kept. */
export function leastHint(hints: readonly (CacheHint | undefined)[]): CacheHint | undefined {
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
