/**
 * The one file in which version 0.1 kept what is a book now (book.ts). Who opens the book first moves its content there
 * and leaves a note in its place, `{"version":2,"movedTo":…}`. Version 0.1 takes the note for a damaged file and refuses to
 * go on. Without it one that still runs would begin anew, with nothing, and trust whatever a server says then.
 */
import { systemErrorCode } from '../errors.ts'
import { bookContent, objectIn } from './book-text.ts'
import { withLockSync, type LockBounds } from './lock.ts'
import { readOwn } from './read-own.ts'

export interface Former<T> {
  readonly file: string
  /** What was in it, of all forms that version 0.1 wrote; they all have the number 1. */
  read(value: object): T | undefined
}

const VERSION = 1

/**
 * Undefined where there is none, or only the note.
 * @throws Unusable; a system error.
 */
export function readFormer<T>(former: Former<T>, maxBytes: number): T | undefined {
  let text: string
  try {
    text = readOwn(former.file, maxBytes).text
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
  if (typeof objectIn(text)?.['movedTo'] === 'string') return undefined
  return bookContent({ version: VERSION, read: (value) => former.read(value) }, text)
}

/**
 * Hands over what is in it, while nobody else writes it, also no version 0.1, and leaves the note.
 * @param keep Puts it where it belongs now, unless it is there already.
 * @param to where that is, for the note
 * @throws what `keep` throws; Unusable; LockBusy; a system error.
 */
export function moveFormer<T>(
  former: Former<T>,
  { maxBytes, bounds, to }: { maxBytes: number; bounds: LockBounds; to: string },
  keep: (content: T) => void,
): void {
  if (readFormer(former, maxBytes) === undefined) return
  withLockSync(former.file, bounds, (held) => {
    const content = readFormer(former, maxBytes)
    if (content === undefined) return
    keep(content)
    held.replace(`${JSON.stringify({ version: VERSION + 1, movedTo: to })}\n`)
  })
}
