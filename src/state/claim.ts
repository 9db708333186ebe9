/**
 * The files behind a lock (lock.ts). For `STATE/ROOM/FILE` there are
 *
 *     STATE/locks/ROOM-FILE.17     who has the lock, or had it last: whole when it appears, empty once it is given back
 *     STATE/ROOM/FILE.TOKEN.next   the holder's right to write: its next content, which is renamed to FILE
 *
 * To take the lock is to make the next number, which one process alone can do. So nobody ever removes the lock that counts,
 * the one with the highest number, and a left-over one is taken over by going past it. Whoever takes the lock removes
 * the other holders' rights before it reads FILE. That makes it safe whatever was believed of them: of two that read the
 * same state only one can put another in its place, since the rename of the other one fails. The lock is there so that this
 * is rare; a holder that was stopped for a minute and goes on meets it, and finds out.
 */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { systemErrorCode } from '../errors.ts'
import { holderShape, thisProcess, type Holder } from './holder.ts'
import { createFile, settleDirectory } from './replace.ts'

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
  readonly #right: string
  #hasRight = false

  private constructor(file: string, number: number, token: string) {
    this.#file = file
    this.#number = number
    this.#name = `${lockOf(file)}.${number}`
    this.#right = `${file}.${token}.next`
  }

  /** Undefined when another process was faster. @throws a system error. */
  static make(file: string, number: number): Claim | undefined {
    const name = `${lockOf(file)}.${number}`
    mkdirSync(dirname(name), { recursive: true, mode: 0o700 })
    if (!createFile(name, JSON.stringify(thisProcess()), false)) return undefined
    const token = randomBytes(8).toString('hex')
    const claim = new Claim(file, number, token)
    try {
      claim.#makeRight()
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
    if (!this.#hasRight) this.#makeRight()
    try {
      const fd = openSync(this.#right, 'r+')
      try {
        ftruncateSync(fd)
        writeFileSync(fd, text)
        fsyncSync(fd)
      } finally {
        closeSync(fd)
      }
      renameSync(this.#right, this.#file)
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') throw new LostLock()
      throw error
    }
    this.#hasRight = false
    settleDirectory(dirname(this.#file))
  }

  /** Shows the others that its holder works: by the clock of the file system, for they may have another than this process. */
  refresh(): void {
    try {
      const fd = openSync(this.#name, 'r+')
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
      rmSync(this.#right, { force: true })
      truncateSync(this.#name)
    } catch {
      // Cleared away by a later holder.
    }
  }

  /** First made, then looked whether the lock is still ours: who takes it over looks the other way round. */
  #makeRight(): void {
    writeFileSync(this.#right, '', { flag: 'wx', mode: 0o600 })
    this.check()
    this.#hasRight = true
  }

  #sweep(): void {
    for (const right of namesBeside(this.#file, /^\.[0-9a-f]{16}\.next$/)) {
      if (right !== this.#right) remove(right)
    }
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
  const probe = `${lockOf(file)}.${randomBytes(6).toString('hex')}.tmp`
  try {
    writeFileSync(probe, '', { flag: 'wx', mode: 0o600 })
    return lstatSync(probe).mtimeMs
  } finally {
    rmSync(probe, { force: true })
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
