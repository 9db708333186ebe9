/**
 * Reads a line of the file: a call, and the verdict that it had or should have. A record of the audit log is
 * recognised by its members. Only the records of ends of calls count, and the call's name and arguments are in the
 * record of its beginning. Whether a log is whole is `sidemux audit verify`'s to tell. No I/O.
 */
import { z } from 'zod'
import { members } from '../../json/named.ts'
import { sentArguments } from '../../audit/facts/arguments.ts'
import { isAuditRecord, onLine, type AuditRecord } from '../../audit/chain/chain.ts'

export interface ReplayedCall {
  readonly kind: 'call'
  /** By server and the server's own name, or by the name that the host uses. */
  readonly of: { readonly server: string; readonly tool: string } | { readonly name: string }
  /** Undefined in a list that only asks what would be. */
  readonly before: VerdictWord | undefined
  /** Undefined where an audit log has not all of them, or not as they were sent. */
  readonly args: Readonly<Record<string, unknown>> | undefined
}

export type LineEntry =
  | ReplayedCall
  /** A record, or a blank line, that speaks of no verdict. */
  | { readonly kind: 'other' }
  | { readonly kind: 'bad'; readonly message: string }

const VERDICTS = ['allow', 'confirm', 'block', 'hidden', 'unknown'] as const
export type VerdictWord = (typeof VERDICTS)[number]

const name = z.string().min(1).max(1024)
const expected = { args: members(z.unknown()).optional(), verdict: z.enum(VERDICTS).optional() }
const listed = z.union([
  z.strictObject({ server: name, tool: name, ...expected }),
  z.strictObject({ name, ...expected }),
])
const outcome = z.object({ id: z.string(), phase: z.literal('outcome') })
const about = z.object({ server: name, tool: name, verdict: z.enum(VERDICTS) })

const MAX_OPEN_CALLS = 10_000

interface Begun {
  readonly called: string
  readonly args: ReplayedCall['args']
}

export class EntryReader {
  /** Calls that have begun and not ended, by id. */
  readonly #open = new Map<string, Begun>()

  read(text: string): LineEntry {
    if (text.trim() === '') return { kind: 'other' }
    let value: unknown
    try {
      value = onLine(text)
    } catch {
      return { kind: 'bad', message: 'is not JSON' }
    }
    if (isAuditRecord(value)) return value.type === 'call' ? this.#record(value) : { kind: 'other' }
    const call = listed.safeParse(value)
    if (!call.success) {
      return {
        kind: 'bad',
        message:
          'is neither a record of the audit log nor a call such as {"server":"files","tool":"delete_file","args":{},"verdict":"confirm"} or {"name":"files_delete_file"}',
      }
    }
    const { args, verdict, ...of } = call.data
    return { kind: 'call', of, args, before: verdict }
  }

  #record(record: AuditRecord): LineEntry {
    const end = outcome.safeParse(record)
    if (!end.success) {
      const begin = z.object({ id: z.string().max(1024), name: z.string().max(1024) }).safeParse(record)
      if (!begin.success)
        return { kind: 'bad', message: 'is a record of a call that says neither its name nor its end' }
      this.#begin(begin.data.id, { called: begin.data.name, args: sentArguments(record) })
      return { kind: 'other' }
    }
    const begun = this.#open.get(end.data.id)
    this.#open.delete(end.data.id)
    const known = about.safeParse(record)
    if (known.success) {
      const { server, tool, verdict } = known.data
      return { kind: 'call', of: { server, tool }, args: begun?.args, before: verdict }
    }
    // Refused as a tool that isn't there; whatever else ended without a verdict was never judged.
    const { called = '', args } = begun ?? {}
    if (record['outcome'] !== 'blocked' || record['by'] !== 'unknown' || called === '')
      return { kind: 'other' }
    return { kind: 'call', of: { name: called }, args, before: 'unknown' }
  }

  #begin(id: string, begun: Begun): void {
    const [oldest] = this.#open.keys()
    if (this.#open.size >= MAX_OPEN_CALLS && oldest !== undefined) this.#open.delete(oldest)
    this.#open.set(id, begun)
  }
}
