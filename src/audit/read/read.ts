/**
 * Reads the audit log for people, over all segments in the order of time, little of it at a time. Whether it is whole is
 * verify's to tell.
 */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { AuditRecord } from '../chain/chain.ts'
import { beginOfSegment, segmentNames } from '../chain/files.ts'
import { SegmentReader } from './segment-reader.ts'

export interface AuditEntry {
  readonly segment: string
  readonly record: AuditRecord
  /** The segment's last for now: its sidecar runs, has ended or was killed. */
  readonly isLast: boolean
}

export interface ReadOptions {
  /** When all that was there has been read. */
  onCaughtUp?(): void
  /** Go on with what is written from now on, until this aborts. */
  readonly follow?: AbortSignal
  /** Of each segment that could not be read to its end, or holds lines that are no records. */
  onFault?(fault: ReadFault): void
}

export interface ReadFault {
  readonly segment: string
  /** An error code of the system. */
  readonly failed?: string | undefined
  /** Lines that are no records. */
  readonly odd: number
}

const POLL_MS = 250

export async function* readAudit(dir: string, options: ReadOptions = {}): AsyncGenerator<AuditEntry> {
  const { follow } = options
  /** How much of each segment has been read, in bytes. */
  const read = new Map<string, number>()
  yield* merged(dir, read, options)
  options.onCaughtUp?.()
  for (;;) {
    if (follow === undefined || follow.aborted) return
    await pause(POLL_MS, undefined, { signal: follow }).catch(() => undefined)
    yield* merged(dir, read, {})
  }
}

interface Open {
  readonly segment: string
  readonly reader: SegmentReader
  head: AuditRecord
}

/** Of those segments only that can hold the next record: a segment's name says when it began. */
function* merged(
  dir: string,
  read: Map<string, number>,
  { onFault }: Pick<ReadOptions, 'onFault'>,
): Generator<AuditEntry> {
  const waiting = namesOrNone(dir)
  const open: Open[] = []
  const close = (segment: string, reader: SegmentReader): void => {
    read.set(segment, reader.read)
    const { failed, odd } = reader
    if (failed !== undefined || odd > 0) onFault?.({ segment, failed, odd })
  }
  for (let at = 0; ;) {
    let first = earliest(open)
    for (let name = waiting[at]; name !== undefined; name = waiting[at]) {
      if (first !== undefined && first.head.time < beginOfSegment(name)) break
      at += 1
      const reader = new SegmentReader(join(dir, name), read.get(name))
      const head = reader.next()
      if (head === undefined) close(name, reader)
      else open.push({ segment: name, reader, head })
      first = earliest(open)
    }
    if (first === undefined) return
    const { segment, reader, head: record } = first
    const head = reader.next()
    if (head === undefined) {
      open.splice(open.indexOf(first), 1)
      close(segment, reader)
    } else first.head = head
    yield { segment, record, isLast: head === undefined }
  }
}

/** Of those with the same time the segment that began first; they stand in that order. */
function earliest(open: readonly Open[]): Open | undefined {
  let first = open[0]
  for (const one of open) if (first !== undefined && one.head.time < first.head.time) first = one
  return first
}

function namesOrNone(dir: string): readonly string[] {
  try {
    return segmentNames(dir)
  } catch {
    return []
  }
}
