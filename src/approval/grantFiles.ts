/**
 * The files in which a book of grants is kept: one directory a config, and in it each state of the book as a file that
 * is never changed, named by its generation; the newest one is the book.
 *
 * A change is written beside them and then linked to the next generation's name, which fails when another process was
 * first: then the change is made anew, of the state as it now is. So there is no lock that could be left behind or lost by a
 * process that is stopped half-way, no state replaces one that its maker hasn't seen, and what was reported as
 * done stays done (promise 4: a use can't be spent twice).
 */
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { systemErrorCode } from '../errors.ts'
import { withLockSync } from '../state/lock.ts'
import { createFile } from '../state/replace.ts'

/**
 * How many generations stay. A process that was stopped between reading and linking finds its generation taken, as
 * long as it is one of these; of an older one it sees afterwards how far behind it was.
 */
const KEPT = 16
const PATIENCE_MS = 5000
const LOCK = { waitMs: 5000, staleMs: 1500 }
const MAX_GENERATION = 1e14
/** How old a file is that no process is still writing. */
const ABANDONED_MS = 60_000
export const MAX_BOOK_BYTES = 4 * 1024 * 1024

/** What is in the directory isn't what was put there; the message is half a sentence. */
export class Unusable extends Error {}

interface State {
  readonly generation: number
  /** Undefined before the first change. */
  readonly text: string | undefined
}

/** @throws Unusable, or a system error. */
export function readNewest(dir: string): State {
  for (;;) {
    const generation = newest(dir)
    if (generation === 0) return { generation, text: undefined }
    if (generation > MAX_GENERATION) throw new Unusable('is damaged')
    try {
      return { generation, text: readOwn(fileOf(dir, generation)) }
    } catch (error) {
      // By now there are newer ones, and this one was cleared away.
      if (systemErrorCode(error) !== 'ENOENT') throw error
    }
  }
}

/**
 * @param change the next state, of the present one; undefined leaves it as it is. It may be asked again.
 * @throws what `change` throws; Unusable; a system error, EBUSY when others were faster for too long.
 */
export function changeNewest(dir: string, change: (text: string | undefined) => string | undefined): void {
  // Nearly always there is nothing to change, and then nothing is written.
  if (change(readNewest(dir).text) === undefined) return
  prepare(dir)
  withLockSync(dir, LOCK, () => link(dir, change))
}

/**
 * With the lock, so that nobody who is stopped between linking and looking finds that he can't tell any more whether it was
 * he; and good without it, for who was stopped for so long that others went ahead.
 */
function link(dir: string, change: (text: string | undefined) => string | undefined): void {
  const end = Date.now() + PATIENCE_MS
  for (;;) {
    const { generation, text } = readNewest(dir)
    const next = change(text)
    if (next === undefined) return
    if (createFile(fileOf(dir, generation + 1), next, true)) {
      const now = newest(dir)
      // Further behind, the name may have been free because that generation was cleared away long ago.
      if (now - (generation + 1) < KEPT) {
        clearAway(dir, now)
        return
      }
    }
    if (Date.now() > end) throw Object.assign(new Error('others were faster'), { code: 'EBUSY' })
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1 + Math.random() * 4)
  }
}

function newest(dir: string): number {
  return Math.max(0, ...generations(dir))
}

function generations(dir: string): number[] {
  try {
    return readdirSync(dir).flatMap((name) =>
      /^[1-9]\d{0,14}\.json$/.test(name) ? [parseInt(name, 10)] : [],
    )
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw error
  }
}

function prepare(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const stat = lstatSync(dir)
  if (!stat.isDirectory()) throw new Unusable('is a link or a file')
  if (process.getuid !== undefined && stat.uid !== process.getuid())
    throw new Unusable('belongs to another user')
  if ((stat.mode & 0o077) !== 0) chmodSync(dir, 0o700)
}

/** A grant is a right, so a file that others could have written is none. */
function readOwn(file: string): string {
  const fd = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0))
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile()) throw new Unusable('is damaged')
    if (process.getuid !== undefined && stat.uid !== process.getuid())
      throw new Unusable('belongs to another user')
    if (process.platform !== 'win32' && (stat.mode & 0o022) !== 0)
      throw new Unusable('can be written by other users')
    if (stat.size > MAX_BOOK_BYTES) throw new Unusable('is damaged')
    return readFileSync(fd, 'utf8')
  } finally {
    closeSync(fd)
  }
}

/** What stays behind is in nobody's way, so a failure here is none. */
function clearAway(dir: string, now: number): void {
  try {
    for (const generation of generations(dir)) {
      if (now - generation >= KEPT) rmSync(fileOf(dir, generation), { force: true })
    }
    for (const name of readdirSync(dir).filter((name) => name.endsWith('.tmp'))) {
      const age = Date.now() - (statSync(join(dir, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
      if (age > ABANDONED_MS) rmSync(join(dir, name), { force: true })
    }
  } catch {
    // The next change tries again.
  }
}

function fileOf(dir: string, generation: number): string {
  return join(dir, `${generation}.json`)
}
