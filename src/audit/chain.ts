/**
 * The audit log's records and how they hold together (promise 6). Each record carries the hash of the one before
 * it and its own, SHA-256 over the canonical JSON of everything but the hash; so a record can't be changed, taken
 * out, put in or moved without breaking the chain from there on.
 *
 * A line is exactly what JSON.stringify makes of its record: a line that only reads the same is not the same.
 */
import { canonicalHash } from '../canonical.ts'

export interface AuditRecord {
  /** 1 for a segment's first record. */
  readonly seq: number
  /** RFC 3339, UTC. */
  readonly time: string
  readonly type: string
  readonly prev: string
  readonly hash: string
  readonly [fact: string]: unknown
}

/** Where a chain is: the last record's number and hash. */
export interface Head {
  readonly seq: number
  readonly hash: string
}

/** Before the first record. */
export const GENESIS: Head = { seq: 0, hash: '0'.repeat(64) }

/**
 * The next record. Facts are taken as JSON carries them.
 * @throws TypeError for facts that JSON can't carry, or that are named like a member that every record has.
 */
export function seal(
  type: string,
  time: string,
  facts: Readonly<Record<string, unknown>>,
  prev: Head,
): AuditRecord {
  const plain = JSON.parse(JSON.stringify(facts, wellFormed)) as Record<string, unknown>
  for (const name of ['seq', 'time', 'type', 'prev', 'hash']) {
    if (Object.hasOwn(plain, name)) throw new TypeError(`a fact can't be named ${name}`)
  }
  const body = { seq: prev.seq + 1, time, type, ...plain, prev: prev.hash }
  return { ...body, hash: canonicalHash(body) }
}

/** Half of a surrogate pair has no hash; UTF-8 would replace it anyway. */
function wellFormed(_: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value
}

/** The record on this line if it is the one that follows `prev`, or a sentence that says why it is not. */
export function verifyLine(line: string, prev: Head): AuditRecord | string {
  let record: unknown
  try {
    record = JSON.parse(line)
    if (!isRecord(record) || JSON.stringify(record) !== line) return 'is not an audit record'
    const { hash, ...body } = record
    if (canonicalHash(body) !== hash) return 'was changed: its content does not match its hash'
  } catch {
    return 'is not an audit record'
  }
  if (record.seq !== prev.seq + 1)
    return `is out of order: it is number ${record.seq}, and ${prev.seq + 1} was to follow`
  if (record.prev !== prev.hash) return 'does not follow the record before it'
  return record
}

/** The records of one chain, or the first that is wrong; line numbers start at 1. */
export function verifyRecords(
  lines: Iterable<string>,
):
  | { readonly ok: true; readonly head: Head }
  | { readonly ok: false; readonly line: number; readonly message: string } {
  let head = GENESIS
  let line = 0
  for (const text of lines) {
    line += 1
    const record = verifyLine(text, head)
    if (typeof record === 'string') return { ok: false, line, message: record }
    head = record
  }
  return { ok: true, head }
}

export function isRecord(value: unknown): value is AuditRecord {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false
  const { seq, time, type, prev, hash } = value as Record<string, unknown>
  return Number.isSafeInteger(seq) && [time, type, prev, hash].every((member) => typeof member === 'string')
}
