/**
 * The audit log's records and how they hold together (promise 6). Each record carries the hash of the one before
 * it and its own, made with the log's key (key.ts) over the canonical JSON of everything but the hash; so a record can't be
 * changed, taken out, put in or moved without breaking the chain from there on, nor can the chain be made anew. Version 0.1
 * had no key: its hashes are plain SHA-256.
 *
 * A line is exactly that canonical JSON, with the hash as its last member: a line that only reads the same is not the
 * same. Version 0.1 wrote its members in another order.
 */
import { canonicalJson, sha256 } from '../../json/canonical.ts'
import { parseJson } from '../../json/parse.ts'
import { quoted } from '../../json/quoted.ts'
import { writeJson } from '../../json/write.ts'
import type { Sealing } from './key.ts'
import { SelfWritten, recordText, type RecordFacts } from './record-text.ts'

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

/** A record that is ready to be written. */
export class SealedRecord implements Head {
  readonly seq: number
  readonly hash: string
  /** Its canonical JSON without the hash, which is made of that. */
  readonly canonical: string

  constructor(seq: number, canonical: string, hash: string) {
    this.seq = seq
    this.canonical = canonical
    this.hash = hash
  }

  /** Without the line's end. */
  get line(): string {
    return lineWith(this.canonical, this.hash)
  }

  /** What stands in the line in place of the last brace. */
  get end(): string {
    return `,"hash":"${this.hash}"}`
  }
}

const isReserved = (name: string): boolean =>
  name === 'seq' || name === 'time' || name === 'type' || name === 'prev' || name === 'hash'

/**
 * The next record. Facts are taken as JSON carries them, numbers with all their digits.
 * @throws TypeError for facts that JSON can't carry, or that are named like a member that every record has.
 */
export function seal(
  type: string,
  time: string,
  facts: RecordFacts,
  prev: Head,
  sealing: Sealing = sha256,
): SealedRecord {
  const seq = prev.seq + 1
  const head = { seq, time, type, prev: prev.hash }
  const canonical = facts instanceof SelfWritten ? facts.textWith(head) : recordText(head, allowed(facts))
  const hash = sealing(canonical)
  return new SealedRecord(seq, canonical, hash)
}

function allowed(facts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  for (const name in facts) if (isReserved(name)) throw new TypeError(`a fact can't be named ${name}`)
  return facts
}

function lineWith(canonical: string, hash: string): string {
  return `${canonical.slice(0, -1)},"hash":${quoted(hash)}}`
}

/** As a line has it, so not in a hash; what it finds in a text costs only a second look. */
const MAY_BE_EXACT = /[:,[]-?(?:[\d.]{16}|\d[\d.]*[eE]|0)/

/** What is on a line. @throws SyntaxError when it is no JSON */
export function onLine(line: string): unknown {
  return MAY_BE_EXACT.test(line) ? parseJson(line) : JSON.parse(line)
}

/**
 * The record on this line if it is the one that follows `prev`, or a sentence that says why it is not.
 * @param sealing how its hash is made; null where that can't be checked, as the key is lost
 */
export function verifyLine(line: string, prev: Head, sealing: Sealing | null = sha256): AuditRecord | string {
  let record: unknown
  try {
    record = onLine(line)
    if (!isAuditRecord(record)) return 'is not an audit record'
    const { hash, ...body } = record
    const canonical = canonicalJson(body)
    const isLine = lineWith(canonical, hash) === line || (sealing === sha256 && writeJson(record) === line)
    if (!isLine) return 'is not an audit record'
    if (sealing !== null && sealing(canonical) !== hash)
      return 'was changed: its content does not match its hash'
  } catch {
    return 'is not an audit record'
  }
  if (record.seq !== prev.seq + 1)
    return `is out of order: it is number ${record.seq}, and ${prev.seq + 1} was to follow`
  if (record.prev !== prev.hash) return 'does not follow the record before it'
  return record
}

export function isAuditRecord(value: unknown): value is AuditRecord {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false
  const { seq, time, type, prev, hash } = value as Record<string, unknown>
  return Number.isSafeInteger(seq) && [time, type, prev, hash].every((member) => typeof member === 'string')
}
