/**
 * The audit log on disk. Each run of the sidecar writes a segment of its own, so that several may run at once
 * without a lock: `<time>-<pid>-<random>.jsonl`, and beside it an anchor, `….jsonl.head`, with the number and hash
 * of the segment's last record, sealed with the log's key. The anchor is written after the records of a batch (log.ts): a file ahead of its anchor was
 * cut short by a crash, a file behind it was cut short by someone. Only a power loss can take the file's end and leave the
 * anchor, so the anchor says too how far the file was on the disk itself.
 *
 * How far ahead of its anchor a file may be is bounded (MAX_BATCH). Records in that stretch prove little, and nothing
 * rests on them: their appends had not resolved yet, so no call went out because of them. What holds the end of a run besides
 * its anchor is the start of the next, which names the last record (heads.ts), and until then the book of heads.
 *
 * A segment is made under another name and renamed when its first record and its anchor are there, so that one
 * without them is never the trace of a crash.
 */
import { chmodSync, lstatSync, mkdirSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { SidemuxError, systemErrorCode } from '../../errors.ts'
import { readPlain } from '../../state/read-own.ts'
import { GENESIS, verifyLine } from './chain.ts'
import type { AuditRecord, Head } from './chain.ts'
import type { AuditKey } from './key.ts'

const SEGMENT = /^\d{8}T\d{9}Z-\d{1,10}-[0-9a-f]{16}\.jsonl$/
const SEQ_DIGITS = 16
const TAG_DIGITS = 32
const ANCHOR_SIZE = SEQ_DIGITS + 1 + 64 + 1 + TAG_DIGITS + 1
/** That of version 0.1, without tags. */
const FORMER_SIZE = SEQ_DIGITS + 1 + 64 + 1
/** No record is longer; a line that is longer is none. */
export const MAX_LINE = 4 * 1024 * 1024
/** No more records are written at once. So many may stand in a file whose anchor doesn't know of them. */
export const MAX_BATCH = 1024

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

/** @param key the log's, which the run's name binds to this run */
export function formatAnchor({ seq, hash }: Head, segment: string, key: AuditKey): string {
  return `${digits(seq)} ${hash} ${key.tag('anchor', segment, seq, hash)}\n`
}

/** Where in the anchor stands how far the segment is on the disk, and not only on its way there. */
export const MARK_AT = ANCHOR_SIZE

export function formatMark(seq: number, segment: string, key: AuditKey): string {
  return `${digits(seq)} ${key.tag('mark', segment, seq)}\n`
}

function digits(seq: number): string {
  return String(seq).padStart(SEQ_DIGITS, '0')
}

export interface Anchor extends Head {
  /** The last record that no power loss can take; undefined where that was never written down, so all of them. */
  readonly onDisk?: number
  /** That the log's key made the first line, and the second one; absent in version 0.1. */
  readonly tag?: string | undefined
  readonly markTag?: string | undefined
}

const WITH_TAGS = /^(\d{16}) ([0-9a-f]{64}) ([0-9a-f]{32})\n(?:(\d{16}) ([0-9a-f]{32})\n)?$/
const WITHOUT = /^(\d{16}) ([0-9a-f]{64})\n(?:(\d{16})\n)?$/

/** Undefined when there is no anchor, or none that can be read. */
export function readAnchor(dir: string, segment: string): Anchor | undefined {
  const text = readStart(join(dir, `${segment}.head`), ANCHOR_SIZE + SEQ_DIGITS + TAG_DIGITS + 3) ?? ''
  const tagged = WITH_TAGS.exec(text)
  const [, seq, hash = '', tag, onDisk, markTag] = tagged ?? []
  const [, plainSeq, plainHash = '', plainOnDisk] = tagged ? [] : (WITHOUT.exec(text) ?? [])
  if (tagged) return { seq: Number(seq), hash, tag, ...(onDisk && { onDisk: Number(onDisk), markTag }) }
  if (plainSeq === undefined) return undefined
  return { seq: Number(plainSeq), hash: plainHash, ...(plainOnDisk && { onDisk: Number(plainOnDisk) }) }
}

/** Whether this log's key made it; whoever can't read the key has none that says less than the present one. */
export function isSealed(
  { seq, hash, tag, onDisk, markTag }: Anchor,
  segment: string,
  key: AuditKey,
): boolean {
  if (tag !== key.tag('anchor', segment, seq, hash)) return false
  return onDisk === undefined || markTag === key.tag('mark', segment, onDisk)
}

/** Whether the anchor is one that was never written to its end: empty, of zeros, or the beginning of one. */
export function isTornAnchor(dir: string, segment: string): boolean {
  const text = readStart(join(dir, `${segment}.head`), ANCHOR_SIZE)
  if (text === undefined) return false
  // That of version 0.1 is shorter.
  if (text.length === FORMER_SIZE && text.endsWith('\n')) return false
  return text.length < ANCHOR_SIZE
    ? /^\d{0,16}$|^\d{16} [0-9a-f]{0,64}\0*$|^\d{16} [0-9a-f]{64} [0-9a-f]{0,32}\0*$|^\0*$/.test(text)
    : /^\0+$/.test(text)
}

/** When a segment began by its name, as records write a time: 20261129T015321123Z is 2026-11-29T01:53:21.123Z. */
export function beginOfSegment(segment: string): string {
  return segment.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z.*$/s, '$1-$2-$3T$4:$5:$6.$7Z')
}

/** A segment's first record, if it is whole; whether its hash is right is for verify to say. */
export function readFirstRecord(dir: string, segment: string): AuditRecord | undefined {
  for (let size = 4096; size <= MAX_LINE * 4; size *= 4) {
    const text = readStart(join(dir, segment), size)
    const end = text?.indexOf('\n') ?? -1
    if (text === undefined || (end === -1 && text.length < size / 4)) return undefined
    if (end === -1) continue
    const record = verifyLine(text.slice(0, end), GENESIS, null)
    return typeof record === 'string' ? undefined : record
  }
  return undefined
}

export interface Witness extends Head {
  readonly segment: string
}

/** The id of the key under which a first record says that its run was begun. */
export function keyOf(record: AuditRecord | undefined): string | undefined {
  const id = record?.['key']
  return typeof id === 'string' ? id : undefined
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
  try {
    return readPlain(file, (fd) => {
      const buffer = Buffer.alloc(size)
      return buffer.toString('utf8', 0, readSync(fd, buffer, 0, size, 0))
    })
  } catch {
    return undefined
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
