/**
 * Verifies the audit log (promise 6). Nothing in the files is trusted and nothing in them makes it throw: whatever
 * is not as it was written is the answer, by segment, line and number. The first in the order of the segments'
 * names, which is that of their start, is told.
 */
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { systemErrorCode } from '../errors.ts'
import { GENESIS, verifyLine } from './chain.ts'
import type { AuditRecord, Head } from './chain.ts'
import { readAnchor, readFirstRecord, segmentNames, witnessesOf } from './files.ts'
import { linesOf } from './lines.ts'

export interface Problem {
  readonly segment: string
  /** 0: the segment as a whole. */
  readonly line: number
  readonly seq?: number
  readonly message: string
}

export interface Verification {
  readonly ok: boolean
  readonly segments: number
  readonly records: number
  /** Segments without a `stop`: of sidecars that run now, or were killed. */
  readonly unfinished: number
  readonly problem?: Problem
}

/** That a segment has a record with this number and hash, and who says so. */
interface Known extends Head {
  readonly by: string
}

export async function verifyAudit(dir: string): Promise<Verification> {
  const sum = { segments: 0, records: 0, unfinished: 0 }
  let names: string[]
  try {
    names = segmentNames(dir)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return { ok: true, ...sum }
    return { ok: false, ...sum, problem: { segment: dir, line: 0, message: "can't be read" } }
  }
  const known = knownHeads(dir, names)
  for (const name of [...new Set([...names, ...known.keys()])].toSorted()) {
    let found = await verifySegment(dir, name, known.get(name) ?? [])
    // The end of a line that is being written at this moment may not be there yet.
    if ('message' in found && found.message === CUT_OFF) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      found = await verifySegment(dir, name, known.get(name) ?? [])
    }
    if ('message' in found) return { ok: false, ...sum, problem: found }
    sum.segments += 1
    sum.records += found.records
    sum.unfinished += found.finished ? 0 : 1
  }
  return { ok: true, ...sum }
}

/** From anchors and first records; taken before the segments are read, because those that run grow. */
function knownHeads(dir: string, names: readonly string[]): ReadonlyMap<string, readonly Known[]> {
  const known = new Map<string, Known[]>()
  const add = (segment: string, fact: Known): void => {
    known.set(segment, [...(known.get(segment) ?? []), fact])
  }
  for (const name of names) {
    const anchor = readAnchor(dir, name)
    if (anchor) add(name, { ...anchor, by: 'its anchor' })
    for (const { segment, seq, hash } of witnessesOf(readFirstRecord(dir, name))) {
      add(segment, { seq, hash, by: name })
    }
  }
  return known
}

const CUT_OFF = 'is cut off'

async function verifySegment(
  dir: string,
  segment: string,
  known: readonly Known[],
): Promise<Problem | { readonly records: number; readonly finished: boolean }> {
  const furthest = known.toSorted((a, b) => b.seq - a.seq)[0]
  let last: AuditRecord | undefined
  let line = 0
  try {
    const stat = lstatSync(join(dir, segment), { throwIfNoEntry: false })
    if (!stat)
      return { segment, line: 0, message: `is missing, but ${furthest?.by ?? 'its anchor'} knows of it` }
    if (!stat.isFile()) return { segment, line: 0, message: 'is not a regular file' }
    if (!readAnchor(dir, segment)) return { segment, line: 0, message: 'has no readable anchor beside it' }
    for await (const { text } of linesOf(join(dir, segment))) {
      line += 1
      const next = text === undefined ? CUT_OFF : verifyLine(text, last ?? GENESIS)
      if (typeof next === 'string') return { segment, line, seq: (last?.seq ?? 0) + 1, message: next }
      const message = misplaced(next, last, segment, known)
      if (message !== undefined) return { segment, line, seq: next.seq, message }
      last = next
    }
  } catch (error) {
    return { segment, line, message: `can't be read (${systemErrorCode(error) ?? 'unknown error'})` }
  }
  const seq = last?.seq ?? 0
  if (seq === 0 || (furthest && seq < furthest.seq)) {
    const by = furthest
      ? `${furthest.by} knows of ${furthest.seq} records`
      : 'a segment has at least one record'
    return { segment, line: line + 1, seq: seq + 1, message: `is missing: ${by}, and here are ${seq}` }
  }
  return { records: seq, finished: last?.type === 'stop' }
}

/** What is wrong with a record that is whole and follows the one before it. */
function misplaced(
  record: AuditRecord,
  before: AuditRecord | undefined,
  segment: string,
  known: readonly Known[],
): string | undefined {
  if (!before && (record.type !== 'start' || record['segment'] !== segment))
    return 'does not belong to this segment'
  if (before?.type === 'stop') return 'stands behind the end of the segment'
  const other = known.find(({ seq, hash }) => seq === record.seq && hash !== record.hash)
  return other && `is not the record that ${other.by} knows`
}
