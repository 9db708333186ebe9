/**
 * The one file in which version 0.1 kept what is a book now (book.ts). Who opens the book first moves its content there
 * and leaves a note in its place, `{"version":2,"movedTo":…}`. Version 0.1 takes the note for a damaged file and refuses to
 * go on. Without it one that still runs would begin anew, with nothing, and trust whatever a server says then.
 *
 * The note is there before the content is moved, and has it in `was` until then. Whoever is killed in between leaves all of it to
 * the next one, and no version 0.1 can write meanwhile what nobody would read.
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
/** What a note adds to the content at most. */
const NOTE_BYTES = 4096

/**
 * Undefined where there is none, or only the note of what was moved.
 * @throws Unusable; a system error.
 */
export function readFormer<T>(former: Former<T>, maxBytes: number): T | undefined {
  const text = textIn(former, maxBytes)
  if (text === undefined) return undefined
  const note = noteIn(text)
  if (note !== undefined && note['was'] === undefined) return undefined
  const was = note === undefined ? text : JSON.stringify(note['was'])
  return bookContent({ version: VERSION, read: (value) => former.read(value) }, was)
}

function textIn({ file }: Pick<Former<unknown>, 'file'>, maxBytes: number): string | undefined {
  try {
    return readOwn(file, maxBytes + NOTE_BYTES).text
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function noteIn(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = objectIn(text)
  return typeof value?.['movedTo'] === 'string' ? value : undefined
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
    const note = { version: VERSION + 1, movedTo: to }
    const text = textIn(former, maxBytes) ?? ''
    if (noteIn(text) === undefined) held.replace(`${JSON.stringify({ ...note, was: objectIn(text) })}\n`)
    keep(content)
    held.replace(`${JSON.stringify(note)}\n`)
  })
}
