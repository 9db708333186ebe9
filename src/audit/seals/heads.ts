/**
 * Finds the last records of the segments that are there, for the first record of the next one. That names them, so that
 * taking a segment away, or its end, shows.
 */
import { readSync } from 'node:fs'
import { join } from 'node:path'
import { readPlain } from '../../state/read-own.ts'
import { GENESIS, isAuditRecord, onLine, verifyLine } from '../chain/chain.ts'
import type { AuditRecord, Head } from '../chain/chain.ts'
import {
  MAX_BATCH,
  MAX_LINE,
  readAnchor,
  readFirstRecord,
  segmentNames,
  witnessesOf,
} from '../chain/files.ts'
import type { Witness } from '../chain/files.ts'

/** One whose head is in another's list already is left out: what vouches for it is vouched for in turn. */
export function headsIn(dir: string): Witness[] {
  const names = segmentNames(dir)
  const seen = new Set(
    names.flatMap((name) =>
      witnessesOf(readFirstRecord(dir, name)).map(({ segment, hash }) => `${segment} ${hash}`),
    ),
  )
  return names.flatMap((segment) => {
    const anchor = readAnchor(dir, segment) ?? GENESIS
    if (seen.has(`${segment} ${anchor.hash}`)) return []
    const { seq, hash } = behindAnchor(dir, segment, anchor) ?? anchor
    return seen.has(`${segment} ${hash}`) ? [] : [{ segment, seq, hash }]
  })
}

/**
 * A process that was killed may have left a batch of which its anchor doesn't know. One that runs may still take such a
 * batch back.
 */
function behindAnchor(dir: string, segment: string, { seq }: Head): Head | undefined {
  if (seq === 0 || isRunning(Number(segment.split('-')[1]))) return undefined
  const last = lastRecord(join(dir, segment))
  return last !== undefined && last.seq > seq && last.seq <= seq + MAX_BATCH ? last : undefined
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return Reflect.get(Object(error), 'code') === 'EPERM'
  }
}

/** The last whole line; undefined when it is no record. */
function lastRecord(file: string): AuditRecord | undefined {
  for (const size of [16 * 1024, 2 * MAX_LINE]) {
    const [, line] = /\n([^\n]*)\n[^\n]*$/.exec(readEnd(file, size) ?? '') ?? []
    if (line !== undefined) return recordOn(line)
  }
  return undefined
}

function recordOn(line: string): AuditRecord | undefined {
  try {
    const read = onLine(line)
    if (!isAuditRecord(read)) return undefined
    const record = verifyLine(line, { seq: read.seq - 1, hash: read.prev }, null)
    return typeof record === 'string' ? undefined : record
  } catch {
    return undefined
  }
}

/** Up to so many bytes; undefined when it can't be read or is no regular file. */
function readEnd(file: string, most: number): string | undefined {
  try {
    return readPlain(file, (fd, size) => {
      const buffer = Buffer.alloc(Math.min(most, size))
      return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, size - buffer.length))
    })
  } catch {
    return undefined
  }
}
