/**
 * Reads the facts of a row of the audit log from its records. Pure. Nothing in a record is trusted to have the right
 * form.
 */
import type { AuditRecord } from '../../audit/chain/chain.ts'
import { beginOfRow, endOf, type CallRow, type Row } from '../../audit/read/calls.ts'
import { member } from '../../json/record.ts'

/** How a call can have ended; `open`: the log has no end of it, it runs or its sidecar was killed. */
export const OUTCOMES: readonly string[] = [
  'ok',
  'tool-error',
  'error',
  'blocked',
  'failed',
  'asked',
  'cancelled',
  'open',
]

export interface RowFacts {
  readonly begin: string
  readonly end: string
  readonly type: string
  readonly host: string
  readonly server: string
  /** As the server knows it, be it a tool, a prompt or a resource; else as the host does. */
  readonly tool: string
  /** As the host knows it. */
  readonly emitted: string
  /** Of calls alone. */
  readonly outcome: string
}

/** Kinds of what a server offers, as outcomes name them. */
const KINDS = ['tool', 'prompt', 'resource', 'template']

export function rowFactsOf(row: Row): RowFacts {
  const times = { begin: beginOfRow(row), end: endOf(row) }
  if (row.kind === 'record') {
    const { record } = row
    const tool = nameIn(record)
    return {
      ...times,
      type: record.type,
      host: '',
      server: text(record['server']),
      tool,
      emitted: '',
      outcome: '',
    }
  }
  const { intent, outcome } = row
  const emitted = text(intent?.['name'])
  // What its server asked for meanwhile has approvals of its own.
  const records = [outcome, ...row.approvals.filter((record) => emitted.endsWith(nameIn(record)))]
  return {
    ...times,
    type: 'call',
    host: text(member(intent?.['host'], 'name')),
    server: firstOf(records, (record) => text(record['server'])),
    tool: firstOf(records, nameIn) || emitted,
    emitted,
    outcome: outcome === undefined ? 'open' : text(outcome['outcome']),
  }
}

function nameIn(record: AuditRecord): string {
  return KINDS.map((kind) => text(record[kind])).find((name) => name !== '') ?? ''
}

function firstOf(records: readonly (AuditRecord | undefined)[], of: (record: AuditRecord) => string): string {
  for (const record of records) {
    const found = record === undefined ? '' : of(record)
    if (found !== '') return found
  }
  return ''
}

/** Of the questions that came up in a call those about the call itself, and not about what its server asked for. */
export function ownApprovals(row: CallRow): readonly AuditRecord[] {
  const { tool } = rowFactsOf(row)
  return row.approvals.filter((record) => nameIn(record) === tool)
}

/** The row as one object: a call's two records as one, without what holds the chain together; another as it is. */
export function jsonOf(row: Row): unknown {
  if (row.kind === 'record') return row.record
  const { segment, intent, outcome } = row
  const { time, type, seq } = intent ?? outcome ?? {}
  return {
    seq,
    time,
    type,
    ...own(intent),
    outcome: 'open',
    ...own(outcome),
    ...(intent !== undefined && outcome !== undefined && { ended: outcome.time }),
    segment,
  }
}

function own(record: AuditRecord | undefined): Record<string, unknown> {
  if (record === undefined) return {}
  const { seq: _seq, time: _time, type: _type, prev: _prev, hash: _hash, phase: _phase, ...facts } = record
  return facts
}

export function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
