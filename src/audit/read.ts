/** Reads the audit log for people, over all segments in the order of time. Whether it is whole is verify's to tell. */
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isRecord } from './chain.ts'
import type { AuditRecord } from './chain.ts'
import { segmentNames } from './files.ts'
import { linesOf } from './lines.ts'

export interface Entry {
  readonly segment: string
  readonly record: AuditRecord
}

export interface ReadOptions {
  /** Only the last so many of what is there; all when absent. */
  readonly limit?: number
  /** Go on with what is written from now on, until this aborts. */
  readonly follow?: AbortSignal
}

const POLL_MS = 250

export async function* readAudit(dir: string, options: ReadOptions = {}): AsyncGenerator<Entry> {
  /** How much of each segment has been read, in bytes. */
  const read = new Map<string, number>()
  const { limit = Infinity, follow } = options
  yield* await newEntries(dir, read, limit)
  for (;;) {
    if (follow === undefined || follow.aborted) return
    await pause(POLL_MS, undefined, { signal: follow }).catch(() => undefined)
    yield* await newEntries(dir, read, Infinity)
  }
}

async function newEntries(dir: string, read: Map<string, number>, limit: number): Promise<Entry[]> {
  let entries: Entry[] = []
  for (const segment of namesOrNone(dir)) {
    const file = join(dir, segment)
    const start = read.get(segment) ?? 0
    const stat = lstatSync(file, { throwIfNoEntry: false })
    if (!stat?.isFile() || stat.size <= start) continue
    try {
      for await (const { text, next } of linesOf(file, start)) {
        if (text === undefined) break
        read.set(segment, next)
        const record = parsed(text)
        if (record) entries.push({ segment, record })
        if (entries.length > 2 * limit + 1000) entries = latest(entries, limit)
      }
    } catch {
      // It can't be read now; when following, the next round tries again.
    }
  }
  return latest(entries, limit)
}

function namesOrNone(dir: string): readonly string[] {
  try {
    return segmentNames(dir)
  } catch {
    return []
  }
}

function parsed(line: string): AuditRecord | undefined {
  try {
    const record: unknown = JSON.parse(line)
    return isRecord(record) ? record : undefined
  } catch {
    return undefined
  }
}

function latest(entries: readonly Entry[], limit: number): Entry[] {
  const sorted = entries.toSorted(
    (a, b) =>
      compare(a.record.time, b.record.time) || compare(a.segment, b.segment) || a.record.seq - b.record.seq,
  )
  return sorted.slice(Math.max(0, sorted.length - limit))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
