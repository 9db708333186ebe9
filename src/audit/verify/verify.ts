/**
 * Verifies the audit log (promise 6). Nothing in the files is trusted and nothing in them makes it throw: whatever
 * is not as it was written is the answer, by segment, line and number. The first in the order of the segments'
 * names, which is that of their start, is told.
 *
 * Who says what was there: each run's anchor, the starts of later runs, the book of heads, the system's journal, and a head
 * that somebody noted down (known-heads.ts).
 */
import { readdirSync } from 'node:fs'
import { uptime } from 'node:os'
import { systemErrorCode } from '../../errors.ts'
import { segmentNames } from '../chain/files.ts'
import type { Witness } from '../chain/files.ts'
import { knownHeads, type Told } from './known-heads.ts'
import { readSealing, sealsOf } from '../seals/seals.ts'
import { CUT_OFF, type ChainProblem } from './segment-walk.ts'
import { verifySegment, type Whole } from './verify-segment.ts'

export interface Verification {
  readonly ok: boolean
  readonly segments: number
  readonly records: number
  /** Segments without a `stop`: of sidecars that run now, or were killed. */
  readonly unfinished: number
  /**
   * Unfinished ones that end within a record which was never written whole, as a crash leaves them, or whose end a power
   * loss took before it was on the disk.
   */
  readonly cutOff: number
  /** How many records power losses took at least; absent where none. */
  readonly lost?: number
  /** Absent where the log has no key. */
  readonly sealed?: Sealed
  /** Segments of before the key, which only chain and anchors hold. */
  readonly unsealed?: number
  /** Segments whose key is lost. */
  readonly lostKey?: number
  /** The last record of each run that no later one names. */
  readonly heads: readonly Witness[]
  readonly problem?: ChainProblem
}

export interface Sealed {
  readonly key: string
  /** RFC 3339. */
  readonly since: string
  /** Servers that ran unconfined under it, and so could read it; sorted. */
  readonly readableBy: readonly string[]
}

export interface VerifyOptions {
  /** Milliseconds since 1970; a power loss ends with a boot, so what was changed since has lost nothing by one. */
  readonly bootedAt?: number
  /** What the system's journal and noted heads say was there. */
  readonly told?: Told
}

export async function verifyAudit(dir: string, options: VerifyOptions = {}): Promise<Verification> {
  const { bootedAt = Date.now() - uptime() * 1000, told = [] } = options
  const sum = { segments: 0, records: 0, unfinished: 0, cutOff: 0, lost: 0, unsealed: 0, lostKey: 0 }
  const readers = new Set<string>()
  const sealing = readSealing(sealsOf(dir))
  const heads = new Map<string, Witness>()
  const answer = (problem?: ChainProblem): Verification => {
    const { segments, records, unfinished, cutOff, ...seldom } = sum
    const { book } = sealing
    const sealed = book && { key: book.key, since: book.since, readableBy: [...readers].toSorted() }
    return {
      ok: problem === undefined,
      segments,
      records,
      unfinished,
      cutOff,
      ...Object.fromEntries(Object.entries(seldom).filter(([, count]) => count > 0)),
      ...(sealed && { sealed }),
      heads: [...heads.values()],
      ...(problem && { problem }),
    }
  }
  const names = namesIn(dir)
  if (names === undefined) return answer({ segment: dir, line: 0, message: "can't be read" })
  const { known, isOld } = knownHeads(dir, names, sealing, told)
  // Told before anything else, since the rest rests on it.
  const { wrong } = sealing
  const fault = wrong && { segment: wrong.what, line: 0, message: wrong.message }
  for (const name of [...new Set([...names, ...known.keys()])].toSorted()) {
    const facts = { known: known.get(name) ?? [], bootedAt, sealing, isOld: isOld(name) }
    const verify = async (): ReturnType<typeof verifySegment> => verifySegment(dir, name, facts)
    let found = await verify()
    // The end of a line that is being written at this moment may not be there yet.
    if ('message' in found ? found.message === CUT_OFF : found.isCutOff) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      found = await verify()
    }
    if ('message' in found) return answer(fault ?? found)
    add(found)
  }
  return answer(fault)

  function add(found: Whole): void {
    sum.segments += 1
    sum.records += found.records
    sum.unfinished += found.finished ? 0 : 1
    sum.cutOff += found.isCutOff ? 1 : 0
    sum.lost += found.lost
    sum.unsealed += found.kind === 'unsealed' ? 1 : 0
    sum.lostKey += found.kind === 'lost-key' ? 1 : 0
    for (const server of found.unconfined) readers.add(server)
    for (const { segment } of found.saw) heads.delete(segment)
    heads.set(found.head.segment, found.head)
  }
}

/** None where there is no directory, undefined where it can't be read. */
function namesIn(dir: string): string[] | undefined {
  try {
    readdirSync(dir)
    return segmentNames(dir)
  } catch (error) {
    return systemErrorCode(error) === 'ENOENT' ? [] : undefined
  }
}
