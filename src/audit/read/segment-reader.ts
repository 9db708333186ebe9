/**
 * One segment's records as they stand in the file, for people who read: whatever is no record is left out and counted,
 * since whether the log is whole is verify's to tell. Little of a file is held at a time, and none is kept open, as many
 * segments are read side by side.
 */
import { readSync } from 'node:fs'
import { systemErrorCode } from '../../errors.ts'
import { readPlain } from '../../state/read-own.ts'
import { isAuditRecord, onLine, type AuditRecord } from '../chain/chain.ts'
import { MAX_LINE } from '../chain/files.ts'

const PIECE_BYTES = 128 * 1024
const NEWLINE = 10

export class SegmentReader {
  readonly #file: string
  /** Where what wasn't read yet begins, in bytes; a line without an end is read again. */
  #at: number
  #rest: Buffer = Buffer.alloc(0)
  #lines: readonly string[] = []
  #next = 0
  #ended = false
  /** Whole lines that are no records. */
  odd = 0
  /** What kept it from being read to its end, for example EACCES. */
  failed: string | undefined

  constructor(file: string, start = 0) {
    this.#file = file
    this.#at = start
  }

  /** Behind the last whole line that was read, in bytes. */
  get read(): number {
    return this.#at - this.#rest.length
  }

  /** Undefined when no whole line is left. */
  next(): AuditRecord | undefined {
    for (;;) {
      const line = this.#lines[this.#next]
      if (line === undefined) {
        if (!this.#more()) return undefined
        continue
      }
      this.#next += 1
      const record = parsed(line)
      if (record !== undefined) return record
      this.odd += 1
    }
  }

  /** Cut at line breaks before it is decoded, as a character may lie across two pieces. */
  #more(): boolean {
    while (!this.#ended) {
      const piece = this.#piece()
      if (piece.length === 0) break
      this.#at += piece.length
      const end = piece.lastIndexOf(NEWLINE)
      if (end === -1) {
        this.#rest = Buffer.concat([this.#rest, piece])
        // Nothing behind a line that is longer than any record can be trusted to be one.
        if (this.#rest.length > MAX_LINE) break
        continue
      }
      const whole = Buffer.concat([this.#rest, piece.subarray(0, end)])
      this.#rest = Buffer.from(piece.subarray(end + 1))
      this.#lines = whole.toString('utf8').split('\n')
      this.#next = 0
      return true
    }
    this.#ended = true
    return false
  }

  #piece(): Buffer {
    try {
      return readPlain(this.#file, (fd) => {
        const piece = Buffer.allocUnsafe(PIECE_BYTES)
        return piece.subarray(0, readSync(fd, piece, 0, PIECE_BYTES, this.#at))
      })
    } catch (error) {
      this.failed = systemErrorCode(error) ?? 'not a regular file'
      return Buffer.alloc(0)
    }
  }
}

function parsed(line: string): AuditRecord | undefined {
  try {
    const record = onLine(line)
    return isAuditRecord(record) ? record : undefined
  } catch {
    return undefined
  }
}
