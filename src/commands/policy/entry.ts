/**
 * What a line of the file says: a call, and the verdict that it had or should have. Records of the audit log are told
 * by their members; of them only the ends of calls say something, and the call's name stands in the record of its
 * beginning. Whether a log is whole is `sidemux audit verify`'s to tell. No I/O.
 */
import { z } from 'zod'
import { isRecord, type AuditRecord } from '../../audit/chain.ts'

export interface ReplayedCall {
  readonly kind: 'call'
  /** By server and the server's own name, or by the name that the host uses. */
  readonly of: { readonly server: string; readonly tool: string } | { readonly name: string }
  /** Undefined in a list that only asks what would be. */
  readonly before: Verdict | undefined
  /** Undefined in an audit log, which has none. */
  readonly args: Readonly<Record<string, unknown>> | undefined
}

export type LineEntry =
  | ReplayedCall
  /** A record, or a blank line, that speaks of no verdict. */
  | { readonly kind: 'other' }
  | { readonly kind: 'bad'; readonly message: string }

const VERDICTS = ['allow', 'confirm', 'block', 'hidden', 'unknown'] as const
export type Verdict = (typeof VERDICTS)[number]

const name = z.string().min(1).max(1024)
const expected = { args: z.record(z.string(), z.unknown()).optional(), verdict: z.enum(VERDICTS).optional() }
const listed = z.union([
  z.strictObject({ server: name, tool: name, ...expected }),
  z.strictObject({ name, ...expected }),
])
const outcome = z.object({ id: z.string(), phase: z.literal('outcome') })
const about = z.object({ server: name, tool: name, verdict: z.enum(VERDICTS) })

const MAX_OPEN_CALLS = 10_000

export class EntryReader {
  /** The names of calls that have begun and not ended, by id. */
  readonly #open = new Map<string, string>()

  read(text: string): LineEntry {
    if (text.trim() === '') return { kind: 'other' }
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      return { kind: 'bad', message: 'is not JSON' }
    }
    if (isRecord(value)) return value.type === 'call' ? this.#record(value) : { kind: 'other' }
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
      this.#begin(begin.data.id, begin.data.name)
      return { kind: 'other' }
    }
    const begun = this.#open.get(end.data.id)
    this.#open.delete(end.data.id)
    const known = about.safeParse(record)
    if (known.success) {
      const { server, tool, verdict } = known.data
      return { kind: 'call', of: { server, tool }, args: undefined, before: verdict }
    }
    // Refused as a tool that isn't there; whatever else ended without a verdict was never judged.
    if (record['outcome'] !== 'blocked' || record['by'] !== 'unknown' || begun === undefined || begun === '')
      return { kind: 'other' }
    return { kind: 'call', of: { name: begun }, args: undefined, before: 'unknown' }
  }

  #begin(id: string, called: string): void {
    const [oldest] = this.#open.keys()
    if (this.#open.size >= MAX_OPEN_CALLS && oldest !== undefined) this.#open.delete(oldest)
    this.#open.set(id, called)
  }
}
