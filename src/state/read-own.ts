/**
 * Opens a file of the state directory as what it has to be: a file of this user that no other user can write. What is
 * in there counts as a right or as a person's word, so a link, a pipe or somebody else's file is none; and what is written
 * to it is for nobody else, and goes nowhere else. Of the audit log that isn't asked, since its seals say whose it is.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

/** Why something on disk can't be used. The message is the end of a sentence that begins with its name. */
export class Unusable extends Error {
  /** The file was written by a later version. */
  readonly isNewer: boolean

  constructor(message: string, { isNewer = false } = {}) {
    super(message)
    this.isNewer = isNewer
  }
}

export interface OwnText {
  readonly text: string
  /** When it was written last, in ms since 1970, by the clock of the file system. */
  readonly mtimeMs: number
}

/**
 * A regular file, whoever's it is. Neither waits for a pipe's other end nor follows a link. A new file is readable by this
 * user alone.
 *
 * @param flags of `open`: O_RDONLY, O_WRONLY | O_APPEND and the like
 * @throws Unusable; a system error, ENOENT where there is none, ELOOP for a link.
 */
export function openPlain(file: string, flags: number): number {
  const fd = openSync(file, flags | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0), 0o600)
  try {
    if (!fstatSync(fd).isFile()) throw new Unusable('is damaged')
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** The same, and this user's own. */
export function openOwn(file: string, flags: number): number {
  const fd = openPlain(file, flags)
  try {
    const stat = fstatSync(fd)
    checkOwner(stat.uid)
    if (process.platform !== 'win32' && (stat.mode & 0o022) !== 0)
      throw new Unusable('can be written by other users')
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/**
 * Reads of a regular file, whoever's it is, what is wanted of it.
 *
 * @param read gets its size as well, in bytes
 * @throws Unusable; a system error, ENOENT where there is none, ELOOP for a link.
 */
export function readPlain<T>(file: string, read: (fd: number, size: number) => T): T {
  const fd = openPlain(file, constants.O_RDONLY)
  try {
    return read(fd, fstatSync(fd).size)
  } finally {
    closeSync(fd)
  }
}

/**
 * @param maxBytes What is larger isn't read.
 * @throws Unusable; a system error, ENOENT where there is none.
 */
export function readOwn(file: string, maxBytes: number): OwnText {
  const fd = openOwn(file, constants.O_RDONLY)
  try {
    const { size, mtimeMs } = fstatSync(fd)
    if (size > maxBytes) throw new Unusable(`is larger than ${maxBytes} bytes`)
    return { text: readFileSync(fd, 'utf8'), mtimeMs }
  } finally {
    closeSync(fd)
  }
}

/** @throws Unusable */
export function checkOwner(uid: number): void {
  if (process.getuid !== undefined && uid !== process.getuid()) throw new Unusable('belongs to another user')
}
