/**
 * One file of the audit log while it is written, and its anchor. Records come in batches, and of a batch all are in the
 * file or none: what the disk took only in part is taken back, and a batch whose anchor could not be written too. So the
 * file, the chain and what callers were told agree. Only a process that is killed in between leaves a batch without its
 * anchor, or a part of one. Then nobody was told of it, and nothing was done that waited for it.
 */
import {
  closeSync,
  constants,
  fdatasync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { basename } from 'node:path'
import { GENESIS, type Head } from '../chain/chain.ts'
import { formatAnchor, formatMark, MARK_AT } from '../chain/files.ts'
import type { AuditKey } from '../chain/key.ts'
import { NotWritten, ROOM } from '../not-written.ts'
import { Whereabouts, type Tense } from './whereabouts.ts'

/** Writes all of it at the position, or at the end when there is none; answers how many bytes were written. */
export type Write = (fd: number, bytes: Uint8Array, position: number | null) => number

/** What is written at once. */
export interface Batch {
  /** Whole ones, in UTF-8. */
  readonly lines: Uint8Array
  /** The last record's. */
  readonly head: Head
  /** `before` if one of its records is. */
  readonly tense: Tense
}

export interface SegmentOptions {
  readonly key: AuditKey
  readonly write: Write
  /** All up to some record is on the disk. */
  readonly onSettled?: (() => void) | undefined
}

/** How long records may be on their way to the disk; more often would cost batteries and disks more than it is worth. */
const SETTLE_MS = 1000

export class Segment {
  readonly #fd: number
  readonly #anchorFd: number
  readonly #options: SegmentOptions
  readonly #name: string
  /** Absent while the file has another name. */
  #whereabouts: Whereabouts | undefined
  #head = GENESIS
  /** Bytes of whole records. */
  #size = 0
  /** Something of a batch that failed may stand behind them. */
  #isDirty = false
  /** How many records the disk has for certain. */
  #onDisk = 0
  /** Set while the next ones are on their way there. */
  #settling: NodeJS.Timeout | undefined
  #isClosed = false

  /**
   * Makes it under another name, and renames it when its first record is there.
   * @throws what the file system or `write` throws, and leaves nothing behind then
   */
  static create(file: string, first: Batch, { key, write, onSettled }: SegmentOptions): Segment {
    const opened: number[] = []
    const open = (name: string, flags: number): number => {
      const fd = openSync(name, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | flags, 0o600)
      opened.push(fd)
      return fd
    }
    try {
      const fd = open(`${file}.tmp`, constants.O_APPEND)
      const segment = new Segment(fd, open(`${file}.head.tmp`, 0), { key, write, onSettled }, basename(file))
      segment.append(first)
      segment.#mark()
      renameSync(`${file}.head.tmp`, `${file}.head`)
      renameSync(`${file}.tmp`, file)
      segment.#whereabouts = new Whereabouts(file, fd)
      segment.#settle()
      return segment
    } catch (error) {
      for (const fd of opened) closeSync(fd)
      for (const end of ['.tmp', '.head.tmp', '.head']) rmSync(file + end, { force: true })
      throw error
    }
  }

  private constructor(fd: number, anchorFd: number, options: SegmentOptions, name: string) {
    this.#fd = fd
    this.#anchorFd = anchorFd
    this.#options = options
    this.#name = name
  }

  get head(): Head {
    return this.#head
  }

  /** @throws NotWritten, or what the file system throws; then nothing of the batch counts */
  append({ lines, head, tense }: Batch): void {
    if (this.#whereabouts?.isInPlace(tense) === false) {
      throw new NotWritten('the audit log was removed or moved while it was written', {
        hint: 'restart the host application',
      })
    }
    if (this.#isDirty) this.#takeBack()
    this.#isDirty = true
    try {
      if (this.#options.write(this.#fd, lines, null) !== lines.length)
        throw new NotWritten('the disk took only a part of what was to be written', { hint: ROOM })
      this.#anchor(head)
    } catch (error) {
      this.#takeBack()
      throw error
    }
    this.#isDirty = false
    this.#size += lines.length
    this.#head = head
    if (this.#whereabouts !== undefined) this.#settle()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#settling)
    closeSync(this.#fd)
    closeSync(this.#anchorFd)
  }

  /** Where this fails, the next batch has to begin with it. */
  #takeBack(): void {
    ftruncateSync(this.#fd, this.#size)
    if (this.#head !== GENESIS) this.#anchor(this.#head)
    this.#isDirty = false
  }

  #anchor(head: Head): void {
    const anchor = Buffer.from(formatAnchor(head, this.#name, this.#options.key))
    if (this.#options.write(this.#anchorFd, anchor, 0) !== anchor.length)
      throw new NotWritten("the audit log's anchor was not written whole", { hint: ROOM })
  }

  /**
   * Sees to it that the records get to the disk, beside the calls, and writes down how far they have. A power loss takes
   * the rest, which verify then doesn't take for somebody's work.
   */
  #settle(): void {
    this.#settling ??= setTimeout(
      () => {
        const { seq } = this.#head
        fdatasync(this.#fd, (error) => {
          this.#settling = undefined
          if (error !== null || this.#isClosed) return
          this.#onDisk = seq
          this.#mark()
          this.#options.onSettled?.()
          if (this.#head.seq > seq) this.#settle()
        })
      },
      this.#onDisk === 0 ? 0 : SETTLE_MS,
    ).unref()
  }

  /** Without it all records count as being on the disk. */
  #mark(): void {
    try {
      writeSync(this.#anchorFd, formatMark(this.#onDisk, this.#name, this.#options.key), MARK_AT)
    } catch {
      // What stands there is still true.
    }
  }
}
