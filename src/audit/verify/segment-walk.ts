/**
 * Walks through one run's records in their order, to the first that is not as it was written. Nothing in the files is
 * trusted, and nothing in them makes it throw.
 */
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { systemErrorCode } from '../../errors.ts'
import { sha256 } from '../../json/canonical.ts'
import { GENESIS, isAuditRecord, onLine, verifyLine, type AuditRecord } from '../chain/chain.ts'
import {
  isSealed,
  isTornAnchor,
  keyOf,
  readAnchor,
  witnessesOf,
  type Anchor,
  type Witness,
} from '../chain/files.ts'
import type { Sealing } from '../chain/key.ts'
import { launchedUnconfined } from '../read/launches.ts'
import { linesOf } from '../read/lines.ts'
import type { SealingFacts } from '../seals/seals.ts'
import type { Known } from './known-heads.ts'

export interface ChainProblem {
  readonly segment: string
  /** 0: the segment as a whole. */
  readonly line: number
  readonly seq?: number
  readonly message: string
}

/** The anchor is written after the record, so a record that it knows was whole once. */
export const CUT_OFF = 'is cut off, and was whole before: a power loss can do that, and so can somebody'

/** `unsealed`: of before the key. `lost-key`: its key is gone, so that its records can't be held to their seals. */
export type SealKind = 'sealed' | 'unsealed' | 'lost-key'

export interface SegmentFacts {
  readonly known: readonly Known[]
  readonly bootedAt: number
  readonly sealing: SealingFacts
  /** It was there before the present key. */
  readonly isOld: boolean
}

/** What a segment's files say. */
export interface WalkedSegment {
  /** The last record that is right. */
  readonly last: AuditRecord | undefined
  readonly anchor: Anchor | undefined
  /** The anchor was never written to its end. */
  readonly isTorn: boolean
  /** Content or names of the two files, in milliseconds since 1970; undefined where one is missing. */
  readonly changedAt: number | undefined
  /** Behind the last record stands the beginning of one that nobody knows of. */
  readonly isCutOff: boolean
  readonly problem: ChainProblem | undefined
  readonly found: Found
}

/** What its records say on the way. */
export interface Found {
  kind: SealKind
  saw: readonly Witness[]
  readonly unconfined: Set<string>
}

export async function walkSegment(dir: string, segment: string, facts: SegmentFacts): Promise<WalkedSegment> {
  const { known, sealing } = facts
  const furthest = known.reduce<Known | undefined>(
    (most, one) => (one.seq > (most?.seq ?? -1) ? one : most),
    undefined,
  )
  const knownAt = bySeq(known)
  const files = [segment, `${segment}.head`].map((name) =>
    lstatSync(join(dir, name), { throwIfNoEntry: false }),
  )
  const [stat, anchorStat] = files
  let last: AuditRecord | undefined
  const whatever = {
    anchor: readAnchor(dir, segment),
    isTorn: isTornAnchor(dir, segment),
    changedAt: stat && anchorStat && Math.max(stat.ctimeMs, anchorStat.ctimeMs),
    isCutOff: false,
    problem: undefined,
    found: { kind: 'sealed', saw: [], unconfined: new Set() } as Found,
  }
  const { found } = whatever
  const wrong = (line: number, message: string, seq?: number): WalkedSegment => ({
    ...whatever,
    last,
    problem: { segment, line, ...(seq !== undefined && { seq }), message },
  })
  if (!stat) return wrong(0, `is missing, but ${furthest?.by ?? 'its anchor'} knows of it`)
  if (!stat.isFile()) return wrong(0, 'is not a regular file')
  if (!whatever.anchor && !whatever.isTorn) return wrong(0, 'has no readable anchor beside it')
  let line = 0
  let seal: Sealing | null = null
  try {
    for await (const { text, isTooLong = false } of linesOf(join(dir, segment))) {
      line += 1
      const isLast = text === undefined && !isTooLong
      if (isLast && last && last.type !== 'stop' && last.seq >= (furthest?.seq ?? 0))
        return { ...whatever, last, isCutOff: true }
      if (last === undefined && text !== undefined) {
        const first = sealOf(text, facts)
        if (typeof first === 'string') return wrong(line, first, 1)
        found.kind = first.kind
        seal = first.seal
        if (isForeign(first.kind, whatever.anchor, segment, sealing)) return wrong(0, FOREIGN_ANCHOR)
      }
      const next = text === undefined ? noLine(isTooLong, last) : verifyLine(text, last ?? GENESIS, seal)
      if (typeof next === 'string') return wrong(line, next, (last?.seq ?? 0) + 1)
      const message = misplaced(next, last, segment, knownAt.get(next.seq))
      if (message !== undefined) return wrong(line, message, next.seq)
      last = next
      look(next, found)
    }
  } catch (error) {
    return wrong(line, `can't be read (${systemErrorCode(error) ?? 'unknown error'})`)
  }
  const seq = last?.seq ?? 0
  if (seq > 0 && (!furthest || seq >= furthest.seq)) return { ...whatever, last }
  const by = furthest
    ? `${furthest.by} knows of ${furthest.seq} records`
    : 'a segment has at least one record'
  return wrong(line + 1, `is missing: ${by}, and here are ${seq}`, seq + 1)
}

const FOREIGN_ANCHOR = 'has an anchor that was not made with the key of this log'

/** An anchor that somebody made who can't read the key. */
function isForeign(
  kind: SealKind,
  anchor: Anchor | undefined,
  segment: string,
  { key }: SealingFacts,
): boolean {
  return kind === 'sealed' && key !== undefined && anchor !== undefined && !isSealed(anchor, segment, key)
}

/** How the hashes of a run are made, by its first line; a sentence where it has none that counts. */
function sealOf(
  line: string,
  { sealing: { key }, isOld }: SegmentFacts,
): { readonly kind: SealKind; readonly seal: Sealing | null } | string {
  const id = keyOn(line)
  if (id === undefined)
    return isOld
      ? { kind: 'unsealed', seal: sha256 }
      : 'is not sealed, and the log had a key when this run began'
  if (id === key?.id) return { kind: 'sealed', seal: key.seal }
  if (key === undefined) return 'was sealed with a key that is gone'
  return isOld ? { kind: 'lost-key', seal: null } : 'was sealed with another key than that of this log'
}

function keyOn(line: string): string | undefined {
  try {
    const record = onLine(line)
    return isAuditRecord(record) ? keyOf(record) : undefined
  } catch {
    return undefined
  }
}

function look(record: AuditRecord, found: Found): void {
  if (record.seq === 1) found.saw = witnessesOf(record)
  const { server } = record
  if (typeof server === 'string' && launchedUnconfined(record)) found.unconfined.add(server)
}

function noLine(isTooLong: boolean, last: AuditRecord | undefined): string {
  if (isTooLong) return 'is longer than any record'
  return last?.type === 'stop' ? BEHIND : CUT_OFF
}

const BEHIND = 'stands behind the end of the segment'

/** A run that is open for weeks has tens of thousands of heads in the system's journal. */
function bySeq(known: readonly Known[]): ReadonlyMap<number, readonly Known[]> {
  const at = new Map<number, Known[]>()
  for (const one of known) {
    const same = at.get(one.seq)
    if (same === undefined) at.set(one.seq, [one])
    else same.push(one)
  }
  return at
}

/**
 * What is wrong with a record that is whole and follows the one before it.
 * @param known what is known of a record with its number
 */
function misplaced(
  record: AuditRecord,
  before: AuditRecord | undefined,
  segment: string,
  known: readonly Known[] = [],
): string | undefined {
  if (!before && (record.type !== 'start' || record['segment'] !== segment))
    return 'does not belong to this segment'
  if (before?.type === 'stop') return BEHIND
  const other = known.find(({ hash }) => hash !== record.hash)
  return other && `is not the record that ${other.by} knows`
}
