/**
 * Verifies one run: what is missing at its end, or stands there too much, is a fault, unless a crash or a power loss
 * explains it.
 */
import { GENESIS } from '../chain/chain.ts'
import { beginOfSegment, MAX_BATCH, readAnchor, type Witness } from '../chain/files.ts'
import {
  walkSegment,
  type ChainProblem,
  type SealKind,
  type SegmentFacts,
  type WalkedSegment,
} from './segment-walk.ts'

export interface Whole {
  readonly kind: SealKind
  readonly records: number
  readonly finished: boolean
  readonly isCutOff: boolean
  readonly lost: number
  readonly head: Witness
  /** What its start names. */
  readonly saw: readonly Witness[]
  /** Servers that were launched unconfined. */
  readonly unconfined: ReadonlySet<string>
}

export async function verifySegment(
  dir: string,
  segment: string,
  facts: SegmentFacts,
): Promise<ChainProblem | Whole> {
  const read = await walkSegment(dir, segment, facts)
  const { last, problem, anchor } = read
  const { kind, saw, unconfined } = read.found
  const head = { segment, seq: last?.seq ?? 0, hash: last?.hash ?? GENESIS.hash }
  const said = { kind, saw, unconfined, head }
  const records = last?.seq ?? 0
  const furthest = facts.known.reduce((most, { seq }) => Math.max(most, seq), 0)
  if (problem === undefined && anchor !== undefined)
    return (
      tooFarAhead(dir, segment, read, facts) ?? {
        ...said,
        records,
        finished: last?.type === 'stop',
        isCutOff: read.isCutOff,
        lost: 0,
      }
    )
  if (isPowerLoss(segment, read, facts)) {
    const lost = Math.max(0, furthest - records)
    return { ...said, records, finished: false, isCutOff: true, lost }
  }
  return problem ?? { segment, line: 0, message: 'has no readable anchor beside it' }
}

/**
 * The first of more records than are written at once that the anchor doesn't know of. The anchor is read again, because a
 * run that goes on has written it again meanwhile. A power loss can take what was new in the anchor and leave the records.
 */
function tooFarAhead(
  dir: string,
  segment: string,
  { last, changedAt = Infinity }: WalkedSegment,
  { bootedAt }: SegmentFacts,
): ChainProblem | undefined {
  const first = (readAnchor(dir, segment)?.seq ?? Infinity) + MAX_BATCH + 1
  if (last === undefined || last.seq < first || changedAt < bootedAt) return undefined
  return { segment, line: first, seq: first, message: 'is further ahead of its anchor than a crash explains' }
}

/** A run that is this young may have its anchor on the way to the disk still. */
const YOUNG_MS = 60_000

/**
 * Whether a power loss explains what is missing: it takes what was not on the disk yet, at the end of a run that it
 * ended, and nothing touches the files afterwards. Somebody who takes something away changes the files, and later.
 */
function isPowerLoss(
  segment: string,
  { last, anchor, changedAt, isTorn }: WalkedSegment,
  { bootedAt }: SegmentFacts,
): boolean {
  if (changedAt === undefined || changedAt >= bootedAt || last?.type === 'stop') return false
  if (anchor !== undefined) return (last?.seq ?? 0) >= (anchor.onDisk ?? Infinity)
  return (
    isTorn && last !== undefined && Date.parse(last.time) - Date.parse(beginOfSegment(segment)) < YOUNG_MS
  )
}
