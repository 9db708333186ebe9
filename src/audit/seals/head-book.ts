/**
 * Keeps the book of heads: the last records of those runs that no later run vouches for, sealed with the log's key. A run's
 * start names the last records of the runs before it (heads.ts), so only the newest ones could be taken away unseen, and
 * with all of them the whole log. They stand here, outside of the log's directory. So does what was there before
 * the log had a key: another run without one was put there by somebody.
 *
 * What it can't see: an older state of all of it, put back together.
 */
import { join } from 'node:path'
import { z } from 'zod'
import { canonicalJson } from '../../json/canonical.ts'
import { readOwn } from '../../state/read-own.ts'
import type { Witness } from '../chain/files.ts'
import type { AuditKey } from '../chain/key.ts'

const witness = z.strictObject({ segment: z.string(), seq: z.int(), hash: z.string() })
const shape = z.strictObject({
  version: z.literal(1),
  /** The id of the key that seals it. */
  key: z.string(),
  /** When the log began to be kept with this key, RFC 3339. */
  since: z.string(),
  /** The ids of keys that were lost before. */
  former: z.array(z.string()),
  /** What was there then: runs without a key, or with one that is lost. */
  before: z.array(witness),
  /** The last records of runs that no start of a run names. */
  heads: z.array(witness),
})

/** Its message ends a sentence that begins with the name of what it is about. */
export class Unsealed extends Error {}

export type HeadBook = z.output<typeof shape>

const MAX_BYTES = 16 * 1024 * 1024

export function headBookFile(dir: string): string {
  return join(dir, 'heads')
}

export function headBookText(book: HeadBook, key: AuditKey): string {
  return `${JSON.stringify({ ...book, tag: tagOf(book, key) })}\n`
}

/** @throws Unsealed where somebody else wrote it; Error where it is damaged; Unusable; a system error, ENOENT where there is none. */
export function readHeadBook(dir: string, key: AuditKey): HeadBook {
  const { book, tag } = read(dir)
  if (tag !== tagOf(book, key)) throw new Unsealed('was not made with the key of this log')
  return book
}

/** What a book says whose key is lost; nobody vouches for it. Undefined where there is none that can be read. */
export function readLostHeadBook(dir: string): HeadBook | undefined {
  try {
    return read(dir).book
  } catch {
    return undefined
  }
}

function read(dir: string): { readonly book: HeadBook; readonly tag: string } {
  const { text } = readOwn(headBookFile(dir), MAX_BYTES)
  const { tag, ...book } = shape.extend({ tag: z.string() }).parse(JSON.parse(text))
  return { book, tag }
}

function tagOf(book: HeadBook, key: AuditKey): string {
  return key.tag('heads', canonicalJson(book))
}

/** The book with a run's last record; `seen` are those that its start names, and so vouches for. Pure. */
export function withHead(book: HeadBook, head: Witness, seen: readonly Witness[]): HeadBook {
  const seenTo = new Map(seen.map(({ segment, seq }) => [segment, seq]))
  const heads = book.heads.filter(
    ({ segment, seq }) => segment !== head.segment && seq > (seenTo.get(segment) ?? 0),
  )
  return { ...book, heads: [...heads, head] }
}
