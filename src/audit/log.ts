/**
 * Writes the audit log (promise 6). Each append is one synchronous write, so that what was reported as written is
 * in the file whatever happens to the process, and records stand in the order in which append was called. A record
 * that could not be written whole is taken back, and the next append tries again.
 */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { SidemuxError, systemErrorCode } from '../errors.ts'
import { GENESIS, seal } from './chain.ts'
import type { Head } from './chain.ts'
import { formatAnchor, MAX_LINE, prepareDirectory, readAnchor, readFirstRecord } from './files.ts'
import { segmentName, segmentNames, witnessesOf } from './files.ts'
import type { Witness } from './files.ts'

/** Writes all of it at the position, or at the end when there is none; answers how many bytes were written. */
export type Write = (fd: number, bytes: Uint8Array, position: number | null) => number

export interface AuditLogOptions {
  /** `<state>/audit`. */
  readonly dir: string
  /** Whether opening fails when the log can't be written now; otherwise each append tries again. */
  readonly required: boolean
  /** Epoch milliseconds. */
  now(): number
  readonly write?: Write
}

interface Segment {
  readonly name: string
  readonly fd: number
  readonly anchorFd: number
  head: Head
  /** Bytes of whole records. */
  size: number
  /** Something of a record that failed may stand behind them. */
  dirty: boolean
}

/** How old an unfinished segment is that no process is still making. */
const ABANDONED_MS = 60_000

export class AuditLog {
  /** Unique to this run; part of its segment's name. */
  readonly session = randomBytes(8).toString('hex')
  readonly #options: AuditLogOptions
  readonly #write: Write
  #segment: Segment | undefined
  #closed = false

  /** @throws SidemuxError when the log is required and can't be written. */
  static async open(options: AuditLogOptions): Promise<AuditLog> {
    const log = new AuditLog(options)
    try {
      log.#open()
    } catch (error) {
      if (options.required) throw failure(error)
    }
    return log
  }

  private constructor(options: AuditLogOptions) {
    this.#options = options
    this.#write = options.write ?? ((fd, bytes, position) => writeSync(fd, bytes, 0, bytes.length, position))
  }

  /** @throws SidemuxError when the record can't be written. */
  async append(type: string, facts: Readonly<Record<string, unknown>>): Promise<void> {
    try {
      if (this.#closed) throw new SidemuxError('the audit log is closed')
      this.#append(this.#open(), type, facts)
    } catch (error) {
      throw failure(error)
    }
  }

  /** Writes `stop`; never throws, because nothing more can be done about it. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const segment = this.#segment
    if (!segment) return
    try {
      this.#append(segment, 'stop', {})
    } catch {
      // The segment counts as unfinished, which is what it is.
    }
    closeSync(segment.fd)
    closeSync(segment.anchorFd)
  }

  #append(segment: Segment, type: string, facts: Readonly<Record<string, unknown>>): void {
    const record = seal(type, new Date(this.#options.now()).toISOString(), facts, segment.head)
    const line = Buffer.from(`${JSON.stringify(record)}\n`)
    if (line.length > MAX_LINE) throw new SidemuxError('a record is too large for the audit log')
    if (!this.#isInPlace(segment)) {
      throw new SidemuxError('the audit log was removed or moved while it was written', {
        hint: 'restart the host application',
      })
    }
    if (segment.dirty) ftruncateSync(segment.fd, segment.size)
    segment.dirty = true
    let written = 0
    try {
      written = this.#write(segment.fd, line, null)
    } finally {
      if (written !== line.length) ftruncateSync(segment.fd, segment.size)
      segment.dirty = false
    }
    if (written !== line.length)
      throw new SidemuxError('the disk took only a part of the record', { hint: ROOM })
    segment.size += line.length
    segment.head = { seq: record.seq, hash: record.hash }
    this.#anchor(segment)
  }

  /** A record behind another name, or behind none, is one that nobody verifies. */
  #isInPlace({ name, fd, head }: Segment): boolean {
    const own = fstatSync(fd)
    // The first record is written before the file gets its name.
    if (head.seq === 0) return own.nlink > 0
    const there = statSync(join(this.#options.dir, name), { throwIfNoEntry: false })
    return there !== undefined && there.ino === own.ino && there.dev === own.dev
  }

  /** When this fails the record stands, one ahead of its anchor, as after a crash; the next append catches up. */
  #anchor({ anchorFd, head }: Segment): void {
    const bytes = Buffer.from(formatAnchor(head))
    if (this.#write(anchorFd, bytes, 0) !== bytes.length) {
      throw new SidemuxError("the audit log's anchor was not written whole", { hint: ROOM })
    }
  }

  #open(): Segment {
    if (this.#segment) return this.#segment
    const { dir } = this.#options
    const now = this.#options.now()
    prepareDirectory(dir)
    removeAbandoned(dir, now)
    const name = segmentName(now, process.pid, this.session)
    const file = join(dir, name)
    const opened: number[] = []
    try {
      const fd = create(`${file}.tmp`, constants.O_APPEND)
      opened.push(fd)
      const anchorFd = create(`${file}.head.tmp`, 0)
      opened.push(anchorFd)
      const segment: Segment = { name, fd, anchorFd, head: GENESIS, size: 0, dirty: false }
      this.#append(segment, 'start', {
        segment: name,
        session: this.session,
        pid: process.pid,
        witness: heads(dir),
      })
      renameSync(`${file}.head.tmp`, `${file}.head`)
      renameSync(`${file}.tmp`, file)
      this.#segment = segment
      return segment
    } catch (error) {
      for (const fd of opened) closeSync(fd)
      for (const end of ['.tmp', '.head.tmp', '.head']) rmSync(file + end, { force: true })
      throw error
    }
  }
}

const ROOM = 'make room on the disk of the state directory'

function create(file: string, flags: number): number {
  return openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | flags, 0o600)
}

/**
 * The heads of the other segments, so that taking one away, or its end, shows. One whose head is in another's
 * list already is left out: what vouches for it is vouched for in turn.
 */
function heads(dir: string): Witness[] {
  const names = segmentNames(dir)
  const seen = new Set(
    names.flatMap((name) =>
      witnessesOf(readFirstRecord(dir, name)).map(({ segment, hash }) => `${segment} ${hash}`),
    ),
  )
  return names
    .map((segment) => ({ segment, ...(readAnchor(dir, segment) ?? GENESIS) }))
    .filter(({ segment, hash }) => !seen.has(`${segment} ${hash}`))
}

/** What a process left that was stopped while it made its segment. */
function removeAbandoned(dir: string, now: number): void {
  for (const name of readdirSync(dir).filter((name) => name.endsWith('.tmp'))) {
    const file = join(dir, name)
    const age = now - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? now)
    if (age > ABANDONED_MS) rmSync(file, { force: true })
  }
}

function failure(error: unknown): SidemuxError {
  if (error instanceof SidemuxError) return error
  const code = systemErrorCode(error)
  if (code === undefined)
    return new SidemuxError('a record could not be made for the audit log', { cause: error })
  return new SidemuxError(`the audit log could not be written (${code})`, {
    hint:
      code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG'
        ? ROOM
        : 'fix the permissions of the state directory',
    cause: error,
  })
}
