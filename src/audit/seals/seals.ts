/**
 * Keeps what the audit log is sealed with: its key and its book of heads, in a directory beside the log's own. Both are
 * made together when the first run begins. A key that is lost can't be had again: the log goes on with another one, and the
 * first record under it says so.
 */
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { systemErrorCode } from '../../errors.ts'
import { makeDirectory } from '../../state/directory.ts'
import { withLock, withLockSync } from '../../state/lock.ts'
import { Unusable } from '../../state/read-own.ts'
import { createFile, replaceFile } from '../../state/replace.ts'
import { keyOf, readFirstRecord, type Witness } from '../chain/files.ts'
import {
  Unsealed,
  headBookFile,
  headBookText,
  readHeadBook,
  readLostHeadBook,
  withHead,
  type HeadBook,
} from './head-book.ts'
import { headsIn } from './heads.ts'
import { AuditKey, keyFile, readKey } from '../chain/key.ts'
import { NotWritten } from '../not-written.ts'

/** Little is done while it is held; at an end nobody waits long. */
const LOCK = { waitMs: 2000, staleMs: 1000 }

/** @param dir the log's */
export function sealsOf(dir: string): string {
  return join(dirname(dir), 'seals')
}

export interface Seals {
  readonly key: AuditKey
  /** This key begins here, in the place of one that is lost. */
  readonly replaces?: string
}

/**
 * The log's key; makes one where there is none.
 * @param dir the log's, which is there
 * @throws NotWritten; a system error.
 */
export function openSeals(dir: string, now: number): Seals {
  const seals = sealsOf(dir)
  try {
    return { key: readKey(seals) }
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw unreadable(seals, error)
  }
  makeDirectory(seals)
  return withLockSync(headBookFile(seals), LOCK, (held) => {
    try {
      return { key: readKey(seals) }
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw unreadable(seals, error)
    }
    const before = headsIn(dir)
    const lost = lostKeys(dir, before, readLostHeadBook(seals))
    const key = AuditKey.make()
    const since = new Date(now).toISOString()
    const text = headBookText({ version: 1, key: key.id, since, former: lost, before, heads: [] }, key)
    // The first start doesn't wait for the disk; the run's beginning is told to the book in a moment, and then it is there.
    if (!createFile(headBookFile(seals), text, false)) held.replace(text)
    key.write(seals)
    const replaces = lost.at(-1)
    return { key, ...(replaces !== undefined && { replaces }) }
  })
}

/** The ids of keys under which runs were begun, the latest last. */
function lostKeys(dir: string, heads: readonly Witness[], book: HeadBook | undefined): string[] {
  // A book that names no run was left by a process that was stopped before its key was there.
  const ofBook = book === undefined ? [] : [...book.former, ...(book.heads.length > 0 ? [book.key] : [])]
  const ofRuns = heads.flatMap(({ segment }) => keyOf(readFirstRecord(dir, segment)) ?? [])
  return [...new Set([...ofRuns.filter((id) => !ofBook.includes(id)), ...ofBook])]
}

/** What verify has to go by. Both are absent where the log never had a key. */
export interface SealingFacts {
  readonly key?: AuditKey
  readonly book?: HeadBook
  readonly wrong?: { readonly what: string; readonly message: string }
}

/** Never throws. */
export function readSealing(seals: string): SealingFacts {
  let key: AuditKey
  try {
    key = readKey(seals)
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT')
      return { wrong: { what: 'the key of the log', message: wordsOf(error) } }
    const isLost = (readLostHeadBook(seals)?.heads.length ?? 0) > 0
    return isLost ? { wrong: { what: 'the key of the log', message: 'is missing' } } : {}
  }
  try {
    return { key, book: readHeadBook(seals, key) }
  } catch (error) {
    return { key, wrong: { what: 'the book of heads', message: wordsOf(error) } }
  }
}

function wordsOf(error: unknown): string {
  const code = systemErrorCode(error)
  if (code === 'ENOENT') return 'is missing'
  if (code !== undefined) return `can't be read (${code})`
  return error instanceof Unusable || error instanceof Unsealed ? error.message : 'is damaged'
}

function unreadable(seals: string, error: unknown): unknown {
  const code = systemErrorCode(error)
  if (code !== undefined) return error
  const why = error instanceof Unusable ? error.message : 'is damaged'
  return new NotWritten(`the key of the audit log, ${keyFile(seals)}, ${why}`, {
    hint: 'move it away: sidemux makes another one, and the log says so',
  })
}

/** Writes a run's last record into the book. @throws LockBusy; Error; a system error. */
export async function tellHead(
  dir: string,
  key: AuditKey,
  head: Witness,
  seen: readonly Witness[],
): Promise<void> {
  const seals = sealsOf(dir)
  const file = headBookFile(seals)
  await withLock(file, LOCK, async (held) => {
    const book = readHeadBook(seals, key)
    held.check()
    await toDisk(keyFile(seals))
    await replaceFile(file, headBookText(withHead(book, head, seen), key))
  })
}

async function toDisk(file: string): Promise<void> {
  const handle = await open(file, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
