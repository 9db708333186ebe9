/**
 * The audit log as rows for people: what was about to be tried, what a human said to it and how it ended are records of
 * their own, and one call. A row stands where its call began. It is held back until its call has ended, with all that
 * came meanwhile, but not beyond a bound: a call that takes much longer than others comes when it ends. Pure.
 */
import type { AuditRecord } from '../chain/chain.ts'
import { readAudit, type AuditEntry, type ReadOptions } from './read.ts'

export interface CallRow {
  readonly kind: 'call'
  readonly segment: string
  /** The record of its beginning; absent where the log has only its end. */
  readonly intent?: AuditRecord
  readonly approvals: readonly AuditRecord[]
  /** How it ended; absent where it runs, or its sidecar was killed. */
  readonly outcome?: AuditRecord
}

export interface RecordRow {
  readonly kind: 'record'
  readonly segment: string
  readonly record: AuditRecord
  /** The call that this was a question about, or in the middle of; it stands before. */
  readonly of?: CallRow
}

export type Row = CallRow | RecordRow

type Open = { -readonly [member in keyof CallRow]: CallRow[member] } & { approvals: AuditRecord[] }

interface Slot {
  readonly row: Row
  /** `passed`: it held up too many, which were told before it. */
  is: 'running' | 'passed' | 'ended'
}

const MAX_HELD = 2000
const MAX_APPROVALS = 100

export class Rows {
  /** In the order in which they began. */
  #held: Slot[] = []
  /** Calls that have not ended, by segment and id. */
  readonly #open = new Map<string, Map<string, Slot>>()
  /** Ended, and passed before. */
  #late: Row[] = []

  /** What can be told with this entry. */
  take({ segment, record, isLast }: AuditEntry): Row[] {
    this.#place(segment, record)
    if (isLast || record.type === 'stop') {
      for (const slot of this.#open.get(segment)?.values() ?? []) this.#end(slot)
      this.#open.delete(segment)
    }
    const late = this.#late
    this.#late = []
    return [...late, ...this.#leading()]
  }

  #place(segment: string, record: AuditRecord): void {
    const id = String(record.type === 'call' ? record['id'] : record['call'])
    const open = this.#open.get(segment)
    const slot = open?.get(id)
    if (record.type === 'call' && record['phase'] === 'intent') {
      if (slot !== undefined) this.#end(slot)
      const row: Open = { kind: 'call', segment, intent: record, approvals: [] }
      const begun: Slot = { row, is: 'running' }
      this.#held.push(begun)
      if (open === undefined) this.#open.set(segment, new Map([[id, begun]]))
      else open.set(id, begun)
      return
    }
    const row = slot?.row as Open | undefined
    if (record.type === 'call' && slot !== undefined && row !== undefined) {
      row.outcome = record
      open?.delete(id)
      this.#end(slot)
    } else {
      if (record.type === 'approval' && row !== undefined && row.approvals.length < MAX_APPROVALS)
        row.approvals.push(record)
      const alone: Row =
        record.type === 'call'
          ? { kind: 'call', segment, approvals: [], outcome: record }
          : { kind: 'record', segment, record, ...(row !== undefined && { of: row }) }
      this.#held.push({ row: alone, is: 'ended' })
    }
  }

  #end(slot: Slot): void {
    if (slot.is === 'passed') this.#late.push(slot.row)
    slot.is = 'ended'
  }

  #leading(): Row[] {
    const rows: Row[] = []
    let at = 0
    for (let slot = this.#held[at]; slot !== undefined; slot = this.#held[at]) {
      if (slot.is === 'ended') rows.push(slot.row)
      else if (this.#held.length - at > MAX_HELD) slot.is = 'passed'
      else break
      at += 1
    }
    if (at > 0) this.#held.splice(0, at)
    return rows
  }
}

/** When a row began. */
export function beginOfRow(row: Row): string {
  if (row.kind === 'record') return row.record.time
  return (row.intent ?? row.outcome)?.time ?? ''
}

/** The last that is known of it. */
export function endOf(row: Row): string {
  if (row.kind === 'record') return row.record.time
  return (row.outcome ?? row.approvals.at(-1) ?? row.intent)?.time ?? ''
}

/** All rows of the log. Each segment's last entry ends what is open in it, so nothing is held in the end. */
export async function* readRows(
  dir: string,
  options: Pick<ReadOptions, 'onFault'> = {},
): AsyncGenerator<Row> {
  const rows = new Rows()
  for await (const entry of readAudit(dir, options)) yield* rows.take(entry)
}
