/** The errors for a book that can't be read or written, each with what to do about it. */
import { SidemuxError, systemErrorCode } from '../errors.ts'
import { version } from '../version.ts'
import { LockBusy } from './lock.ts'
import { Unusable } from './read-own.ts'

export interface BookName {
  /** "the book of grants" */
  readonly what: string
  /** What it costs to begin a new one: "what was granted in it is forgotten" */
  readonly cost: string
  /** What to do when it is as large as it may be: "revoke grants that nobody needs" */
  readonly full: string
}

export class BookError extends SidemuxError {}

/** The disk is full, or the user's share of it, or what a process may write. */
const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/**
 * What was thrown while `path` was read or written, as an error for people.
 * @returns other errors as they are: they come from whoever makes the change.
 */
export function asBookError(
  error: unknown,
  { what, cost }: Pick<BookName, 'what' | 'cost'>,
  path: string,
): unknown {
  const name = `${what} ${path}`
  if (error instanceof SidemuxError) return error
  if (error instanceof Unusable) {
    const aside = `mv '${path}' '${path}.set-aside' (${cost})`
    const hint = error.isNewer
      ? `update this sidemux, which is version ${version}, or give it a SIDEMUX_STATE_DIR of its own`
      : aside
    return new BookError(`${name} ${error.message}`, { hint })
  }
  if (error instanceof LockBusy) {
    return new BookError(`${error.holder} is writing ${name}`, {
      hint: 'try again when it is done; nothing was changed',
    })
  }
  const code = systemErrorCode(error)
  if (code === undefined) return error
  return new BookError(`${name} can't be read or written (${code})`, {
    hint: NO_ROOM.has(code)
      ? 'make room on its disk; what was there before is unchanged'
      : `ls -ld '${path}' shows whose it is; make it yours and writable, or set SIDEMUX_STATE_DIR to a directory that you own`,
  })
}
