/**
 * Writes the audit log (promise 6). Records stand in the order in which append was called. All that is appended in one
 * turn of the event loop is one batch: it is written at the turn's end, with one look at where the file is, one write and
 * one anchor. Whoever appended is told when its batch is in the file and anchored, whatever happens to the process then, so
 * who waits for that does nothing before its record is there. A batch that could not be written whole is taken back,
 * all who appended are told so, and the next batch tries again.
 *
 * A record that can't be made, or is too large, is refused alone: it never gets into a batch.
 */
import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { GENESIS, seal, type Head, type SealedRecord } from '../chain/chain.ts'
import { MAX_BATCH, MAX_LINE, prepareDirectory, segmentName, type Witness } from '../chain/files.ts'
import { headsIn } from '../seals/heads.ts'
import type { AuditKey } from '../chain/key.ts'
import type { RecordFacts } from '../chain/record-text.ts'
import { appendFailure, NotWritten } from '../not-written.ts'
import { openSeals, tellHead } from '../seals/seals.ts'
import { headLine } from '../seals/system-journal.ts'
import { Segment, type Batch, type Write } from './segment.ts'
import type { Tense } from './whereabouts.ts'

export interface AuditLogOptions {
  /** `<state>/audit`. */
  readonly dir: string
  /** Whether opening fails when the log can't be written now; otherwise each append tries again. */
  readonly required: boolean
  /** Epoch milliseconds. */
  now(): number
  readonly write?: Write
  /** Takes the last record of this run now and then, to keep it out of reach (system-journal.ts). */
  readonly tell?: (line: string) => Promise<void>
}

/** Called once: when the record is in the file, or with why it isn't, which is a NotWritten or a defect. */
export type WhenWritten = (error?: Error) => void

/** What waits for the end of the turn. Its lines stand in the room of the log. */
class Waiting {
  head = GENESIS
  tense: Tense = 'after'
  readonly told: WhenWritten[] = []
}

/** Bytes of a batch; a batch that has more is written at once. */
const FULL = 1024 * 1024
/** For the lines of a batch, at first and again after one that was larger. */
const FIRST_ROOM = 64 * 1024

/** How often a run that goes on is told outside. */
const TELL_MS = 60_000

/** How old an unfinished segment is that no process is still making. */
const ABANDONED_MS = 60_000

export class AuditLog {
  /** Unique to this run; part of its segment's name. */
  readonly session = randomBytes(8).toString('hex')
  readonly #options: AuditLogOptions
  readonly #write: Write
  #segment: Segment | undefined
  #key: AuditKey | undefined
  /** What this run's start names; told to the book of heads once. */
  #seen: readonly Witness[] = []
  #name = ''
  #isTold = false
  #toldSeq = 0
  /** In ms of `performance.now`. */
  #toldAt = 0
  #telling: Promise<void> = Promise.resolve()
  #waiting: Waiting | undefined
  /** The lines of the batch that waits, of which so many bytes are filled. */
  #room = Buffer.allocUnsafe(FIRST_ROOM)
  #filled = 0
  #closed = false
  /** The time of the last record, in milliseconds and as it is written. */
  #time = { ms: Number.NaN, text: '' }

  /** @throws SidemuxError when the log is required and can't be written. */
  static async open(options: AuditLogOptions): Promise<AuditLog> {
    const log = new AuditLog(options)
    try {
      log.#open()
    } catch (error) {
      if (options.required) throw appendFailure(error)
    }
    return log
  }

  private constructor(options: AuditLogOptions) {
    this.#options = options
    this.#write = options.write ?? ((fd, bytes, position) => writeSync(fd, bytes, 0, bytes.length, position))
  }

  /**
   * Facts are taken as they are now.
   * @param tense `after` for what has happened already; that the log was moved away is then noticed within a second
   * @param told when the batch is written, or at once where the record is refused
   */
  write(type: string, facts: RecordFacts, tense: Tense, told: WhenWritten): void {
    let batch: Waiting
    try {
      if (this.#closed) throw new NotWritten('the audit log is closed')
      batch = this.#add(this.#open(), type, facts, tense)
    } catch (error) {
      return told(appendFailure(error))
    }
    batch.told.push(told)
    if (batch.told.length >= MAX_BATCH || this.#filled >= FULL) this.#commit()
  }

  /** As `write`. @returns resolves when the record is in the file, and rejects with NotWritten when it isn't */
  append(type: string, facts: RecordFacts, tense: Tense = 'before'): Promise<void> {
    return new Promise((resolve, reject) => {
      this.write(type, facts, tense, (error) => (error === undefined ? resolve() : reject(error)))
    })
  }

  /** Writes what waits, and `stop`; never throws, because nothing more can be done about it. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#commit()
    const segment = this.#segment
    if (!segment) return
    try {
      segment.append(this.#batchOf('stop', {}, segment.head))
    } catch {
      // The segment counts as unfinished, which is what it is.
    }
    this.#tell(segment.head)
    segment.close()
    await this.#telling
  }

  /** Into the book of heads. Where that can't be, the run's anchor has to do until the next run names its head. */
  #tell({ seq, hash }: Head): void {
    const { dir } = this.#options
    const [key, segment, seen] = [this.#key, this.#name, this.#seen]
    if (key === undefined) return
    this.#telling = this.#telling
      .then(async () => tellHead(dir, key, { segment, seq, hash }, seen))
      .catch(() => undefined)
    this.#tellOutside({ seq, hash })
  }

  #tellOutside({ seq, hash }: Head): void {
    const { dir, tell } = this.#options
    const [key, segment] = [this.#key, this.#name]
    if (tell === undefined || key === undefined || seq === this.#toldSeq) return
    this.#toldSeq = seq
    this.#toldAt = performance.now()
    const line = headLine(dir, { segment, seq, hash }, key)
    this.#telling = this.#telling.then(async () => tell(line)).catch(() => undefined)
  }

  readonly #settled = (): void => {
    if (this.#segment === undefined || this.#closed) return
    const { head } = this.#segment
    if (!this.#isTold) this.#tell(head)
    else if (performance.now() - this.#toldAt >= TELL_MS) this.#tellOutside(head)
    this.#isTold = true
  }

  #add(segment: Segment, type: string, facts: RecordFacts, tense: Tense): Waiting {
    const sealed = this.#sealed(type, facts, this.#waiting?.head ?? segment.head)
    this.#keep(sealed)
    const batch = (this.#waiting ??= this.#begin())
    batch.head = sealed
    if (tense === 'before') batch.tense = tense
    return batch
  }

  /** One record. @throws NotWritten, or TypeError, as seal does */
  #sealed(type: string, facts: RecordFacts, prev: Head): SealedRecord {
    const sealed = seal(type, this.#now(), facts, prev, this.#key?.seal)
    const { canonical, end } = sealed
    if (canonical.length * 3 > MAX_LINE - end.length && Buffer.byteLength(canonical) > MAX_LINE - end.length)
      throw new NotWritten('a record is too large for the audit log')
    return sealed
  }

  #keep({ canonical, end }: SealedRecord): void {
    // So many bytes may be in so many characters.
    const needed = this.#filled + canonical.length * 3 + end.length + 1
    if (needed > this.#room.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#room.length))
      this.#room.copy(larger, 0, 0, this.#filled)
      this.#room = larger
    }
    const brace = this.#filled + this.#room.write(canonical, this.#filled) - 1
    this.#filled = brace + this.#room.write(`${end}\n`, brace, 'latin1')
  }

  #batchOf(type: string, facts: RecordFacts, prev: Head): Batch {
    const sealed = this.#sealed(type, facts, prev)
    return { lines: Buffer.from(`${sealed.line}\n`), head: sealed, tense: 'before' }
  }

  #begin(): Waiting {
    process.nextTick(this.#commit)
    return new Waiting()
  }

  readonly #commit = (): void => {
    const batch = this.#waiting
    if (batch === undefined) return
    this.#waiting = undefined
    const lines = this.#room.subarray(0, this.#filled)
    this.#filled = 0
    if (this.#room.length > FIRST_ROOM) this.#room = Buffer.allocUnsafe(FIRST_ROOM)
    let failure: Error | undefined
    try {
      this.#open().append({ lines, head: batch.head, tense: batch.tense })
    } catch (error) {
      failure = appendFailure(error)
    }
    // Who is told may append again, which makes a batch of its own.
    for (const told of batch.told) tell(told, failure)
  }

  #now(): string {
    const ms = this.#options.now()
    if (ms !== this.#time.ms) this.#time = { ms, text: new Date(ms).toISOString() }
    return this.#time.text
  }

  #open(): Segment {
    if (this.#segment) return this.#segment
    const { dir } = this.#options
    const now = this.#options.now()
    prepareDirectory(dir)
    removeAbandoned(dir, now)
    const { key, replaces } = openSeals(dir, now)
    const name = segmentName(now, process.pid, this.session)
    const witness = headsIn(dir)
    const start = {
      segment: name,
      session: this.session,
      pid: process.pid,
      key: key.id,
      ...(replaces !== undefined && { replaces }),
      witness,
    }
    this.#key = key
    this.#seen = witness
    this.#name = name
    const first = this.#batchOf('start', start, GENESIS)
    return (this.#segment = Segment.create(join(dir, name), first, {
      key,
      write: this.#write,
      onSettled: this.#settled,
    }))
  }
}

/** One that throws doesn't keep the others from being told. */
function tell(told: WhenWritten, failure: Error | undefined): void {
  try {
    told(failure)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}

/** What a process left that was stopped while it made its segment. */
function removeAbandoned(dir: string, now: number): void {
  for (const name of readdirSync(dir).filter((name) => name.endsWith('.tmp'))) {
    const file = join(dir, name)
    const age = now - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? now)
    if (age > ABANDONED_MS) rmSync(file, { force: true })
  }
}
