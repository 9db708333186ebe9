/**
 * The files behind a lock (lock.ts). For `STATE/ROOM/FILE`, which may be a directory, there are
 *
 *     STATE/locks/ROOM-FILE.17     who has the lock, or had it last: whole when it appears, empty once it is given back
 *     STATE/ROOM/FILE.TOKEN.next   what its holder writes, before it is put in its place
 *
 * To take the lock is to make the next number, which one process alone can do. So nobody ever removes the lock that counts,
 * the one with the highest number. A left-over lock is taken over by going past it.
 *
 * A holder first makes its `.next` file, then looks whether it still has the lock, and then moves that file to its
 * place. A process that takes the lock removes the `.next` files of others before it reads. So of two who read the
 * same state only one can put another in its place: the other finds its `.next` file gone, whatever it believed of
 * the lock. The lock makes this rare. A holder that was stopped for a minute and goes on meets it, and finds out.
 */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { systemErrorCode } from '../errors.ts'
import { makeDirectory } from './directory.ts'
import { holderShape, thisProcess, type Holder } from './holder.ts'
import { openOwn } from './read-own.ts'
import { createFile, fileClock, hasNoLinks, settleDirectory } from './replace.ts'

/** How old what a killed process was preparing is at least. */
const ABANDONED_MS = 60_000

/** More than a holder writes. What is larger, or no file, isn't read: a pipe would never end. */
const MAX_BYTES = 4096

/** Somebody else has taken over meanwhile, and what was read is old. */
export class LostLock extends Error {
  readonly code = 'ESTALE'
}

export interface Last {
  /** 0: nobody ever had it. */
  readonly number: number
  /** Undefined when it was given back, or doesn't say. */
  readonly holder: Holder | undefined
  readonly changedMs: number
}

export class Claim {
  readonly #file: string
  readonly #number: number
  readonly #name: string
  readonly #next: string

  private constructor(file: string, number: number) {
    this.#file = file
    this.#number = number
    this.#name = `${lockOf(file)}.${number}`
    this.#next = `${file}.${randomBytes(8).toString('hex')}.next`
  }

  /** Undefined when another process was faster. @throws a system error. */
  static make(file: string, number: number): Claim | undefined {
    const name = `${lockOf(file)}.${number}`
    makeDirectory(dirname(name))
    if (!createFile(name, JSON.stringify(thisProcess()), false)) return undefined
    const claim = new Claim(file, number)
    try {
      // Of an old number the name may be free again.
      claim.check()
      claim.#sweep()
      return claim
    } catch (error) {
      claim.release()
      if (error instanceof LostLock) return undefined
      throw error
    }
  }

  /** @throws LostLock */
  check(): void {
    if (highest(this.#file) !== this.#number) throw new LostLock()
  }

  /**
   * Puts `text` in the place of the file, whole or not at all, on the disk when this returns.
   * @throws LostLock, and then nothing was changed; or a system error.
   */
  replace(text: string): void {
    this.#put(text, (next) => renameSync(next, this.#file))
    settleDirectory(dirname(this.#file))
  }

  /**
   * Makes the file `path`, on the same disk, whole or not at all, on the disk when this returns.
   * @returns false when there is one already, which stays as it is.
   * @throws LostLock, and then nothing was changed; or a system error.
   */
  create(path: string, text: string): boolean {
    try {
      this.#put(text, (next) => linkOrMove(next, path))
    } catch (error) {
      if (systemErrorCode(error) === 'EEXIST') return false
      throw error
    }
    settleDirectory(dirname(path))
    return true
  }

  /** @param place Puts the file that it is told where it belongs. */
  #put(text: string, place: (next: string) => void): void {
    try {
      const fd = openOwn(this.#next, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC)
      try {
        writeFileSync(fd, text)
        fsyncSync(fd)
      } finally {
        closeSync(fd)
      }
      // After it was made: who takes the lock over looks the other way round.
      this.check()
      place(this.#next)
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error
      this.check()
      // Nobody took the lock, so it is the directory that is gone.
      throw error
    } finally {
      rmSync(this.#next, { force: true })
    }
  }

  /** Shows the others that its holder works: by the clock of the file system, for they may have another than this process. */
  refresh(): void {
    try {
      const fd = openOwn(this.#name, constants.O_RDWR)
      try {
        writeSync(fd, JSON.stringify(thisProcess()), 0)
      } finally {
        closeSync(fd)
      }
    } catch {
      // Lost; whoever holds it learns so when it writes.
    }
  }

  /** Never throws: what can't be given back is taken over. */
  release(): void {
    try {
      closeSync(openOwn(this.#name, constants.O_WRONLY | constants.O_TRUNC))
    } catch {
      // Cleared away by a later holder.
    }
  }

  #sweep(): void {
    for (const next of namesBeside(this.#file, /^\.[0-9a-f]{16}\.next$/)) remove(next)
    const lock = lockOf(this.#file)
    for (const number of numbersOf(lock)) {
      if (number < this.#number) remove(`${lock}.${number}`)
    }
    const now = lstatSync(this.#name).mtimeMs
    for (const draft of namesBeside(lock, /\.tmp$/)) {
      const { mtimeMs = Infinity } = lstatSync(draft, { throwIfNoEntry: false }) ?? {}
      if (now - mtimeMs > ABANDONED_MS) remove(draft)
    }
  }
}

/** Who has the lock of `file`, or had it last. @throws a system error. */
export function lastClaim(file: string): Last {
  for (;;) {
    const number = highest(file)
    if (number === 0) return { number, holder: undefined, changedMs: 0 }
    const name = `${lockOf(file)}.${number}`
    try {
      // Not that of what a link leads to: one that leads nowhere is there all the same.
      const stats = lstatSync(name)
      const isOurs = stats.isFile() && stats.size <= MAX_BYTES
      return {
        number,
        holder: isOurs ? holderIn(readFileSync(name, 'utf8')) : undefined,
        changedMs: stats.mtimeMs,
      }
    } catch (error) {
      // By now there is a higher one, and this one was cleared away.
      if (systemErrorCode(error) !== 'ENOENT') throw error
    }
  }
}

/** What time it is where the locks of `file` are: the clock that says when they were changed. @throws a system error. */
export function clockOf(file: string): number {
  return fileClock(lockOf(file))
}

/** @throws EEXIST when there is such a file. */
function linkOrMove(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    if (!hasNoLinks(error)) throw error
    if (existsSync(to)) throw Object.assign(new Error('there is one'), { code: 'EEXIST' })
    // Nobody else makes it meanwhile: whoever had the lock before finds its own file gone.
    renameSync(from, to)
  }
}

/** Whatever it is; nobody but a hand makes something else than a file there. */
function remove(path: string): void {
  rmSync(path, { force: true, recursive: true })
}

function lockOf(file: string): string {
  const room = dirname(file)
  return join(dirname(room), 'locks', `${basename(room)}-${basename(file)}`)
}

function highest(file: string): number {
  return Math.max(0, ...numbersOf(lockOf(file)))
}

function numbersOf(lock: string): number[] {
  return namesBeside(lock, /^\.[1-9]\d{0,14}$/).map((name) => Number(name.slice(lock.length + 1)))
}

/** The paths that go on behind `path` like that; none where there is no such directory. */
function namesBeside(path: string, rest: RegExp): string[] {
  const start = basename(path)
  try {
    return readdirSync(dirname(path)).flatMap((name) =>
      name.startsWith(start) && rest.test(name.slice(start.length)) ? [join(dirname(path), name)] : [],
    )
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw error
  }
}

function holderIn(text: string): Holder | undefined {
  try {
    return holderShape.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
