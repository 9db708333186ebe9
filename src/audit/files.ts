/**
 * The audit log on disk. Each run of the sidecar writes a segment of its own, so that several may run at once
 * without a lock: `<time>-<pid>-<random>.jsonl`, and beside it an anchor, `….jsonl.head`, with the number and hash
 * of the segment's last record. The anchor is written after the record: a file ahead of its anchor was cut short
 * by a crash, a file behind it was cut short by someone.
 *
 * A segment is made under another name and renamed when its first record and its anchor are there, so that one
 * without them is never the trace of a crash.
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
  readSync,
} from 'node:fs'
import { join } from 'node:path'
import { SidemuxError, systemErrorCode } from '../errors.ts'
import { GENESIS, verifyLine } from './chain.ts'
import type { AuditRecord, Head } from './chain.ts'

const SEGMENT = /^\d{8}T\d{9}Z-\d{1,10}-[0-9a-f]{16}\.jsonl$/
const SEQ_DIGITS = 16
const ANCHOR_SIZE = SEQ_DIGITS + 1 + 64 + 1
/** No record is longer; a line that is longer is none. */
export const MAX_LINE = 4 * 1024 * 1024

export function segmentName(now: number, pid: number, random: string): string {
  return `${new Date(now).toISOString().replace(/[-:.]/g, '')}-${pid}-${random}.jsonl`
}

/**
 * The segments that are there, and those of which only the anchor is left. An anchor of one record alone may also
 * be the trace of a crash between the two renames.
 */
export function segmentNames(dir: string): string[] {
  const names = readdirSync(dir)
  const there = new Set(names.filter((name) => SEGMENT.test(name)))
  for (const name of names.filter((name) => name.endsWith('.head'))) {
    const segment = name.slice(0, -'.head'.length)
    if (SEGMENT.test(segment) && (readAnchor(dir, segment)?.seq ?? 0) > 1) there.add(segment)
  }
  return [...there].toSorted()
}

export function formatAnchor({ seq, hash }: Head): string {
  return `${String(seq).padStart(SEQ_DIGITS, '0')} ${hash}\n`
}

/** Undefined when there is no anchor, or none that can be read. */
export function readAnchor(dir: string, segment: string): Head | undefined {
  const match = /^(\d{16}) ([0-9a-f]{64})\n$/.exec(
    readStart(join(dir, `${segment}.head`), ANCHOR_SIZE + 1) ?? '',
  )
  return match ? { seq: Number(match[1]), hash: match[2] ?? '' } : undefined
}

/** A segment's first record, if it is whole. */
export function readFirstRecord(dir: string, segment: string): AuditRecord | undefined {
  for (let size = 4096; size <= MAX_LINE * 4; size *= 4) {
    const text = readStart(join(dir, segment), size)
    const end = text?.indexOf('\n') ?? -1
    if (text === undefined || (end === -1 && text.length < size / 4)) return undefined
    if (end === -1) continue
    const record = verifyLine(text.slice(0, end), GENESIS)
    return typeof record === 'string' ? undefined : record
  }
  return undefined
}

export interface Witness extends Head {
  readonly segment: string
}

/** The segments that a first record says it saw. */
export function witnessesOf(record: AuditRecord | undefined): readonly Witness[] {
  const listed: unknown = record?.['witness']
  return Array.isArray(listed) ? listed.filter(isWitness) : []
}

function isWitness(value: unknown): value is Witness {
  if (value === null || typeof value !== 'object') return false
  const { segment, seq, hash } = value as Record<string, unknown>
  return (
    typeof segment === 'string' &&
    SEGMENT.test(segment) &&
    Number.isSafeInteger(seq) &&
    typeof hash === 'string'
  )
}

/** Up to `size` bytes; undefined when it can't be read or is no regular file. */
function readStart(file: string, size: number): string | undefined {
  let fd: number | undefined
  try {
    // Opening a pipe that someone put here would wait for its other end.
    fd = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0))
    if (!fstatSync(fd).isFile()) return undefined
    const buffer = Buffer.alloc(size)
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, size, 0))
  } catch {
    return undefined
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/**
 * Makes the directory, 0700, and refuses one that isn't the user's own.
 * @throws SidemuxError
 */
export function prepareDirectory(dir: string): void {
  const hint = 'remove it, or set SIDEMUX_STATE_DIR to a directory that you own'
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    const stat = lstatSync(dir)
    if (!stat.isDirectory())
      throw new SidemuxError(`the audit directory ${dir} is a link or a file`, { hint })
    const uid = process.getuid?.()
    if (uid !== undefined && stat.uid !== uid) {
      throw new SidemuxError(`the audit directory ${dir} belongs to another user`, { hint })
    }
    if ((stat.mode & 0o077) !== 0) chmodSync(dir, 0o700)
  } catch (error) {
    if (error instanceof SidemuxError) throw error
    throw new SidemuxError(
      `the audit directory ${dir} can't be made (${systemErrorCode(error) ?? 'unknown error'})`,
      {
        hint: 'fix its permissions, or set SIDEMUX_STATE_DIR to a directory that you own',
        cause: error,
      },
    )
  }
}
