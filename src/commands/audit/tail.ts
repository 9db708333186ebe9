/**
 * `sidemux audit tail`: each record as it comes. Of a call it is known from its beginning on what it is about, so that its
 * approvals and its end are told where its beginning was.
 */
import type { CallRow, Row } from '../../audit/read/calls.ts'
import { readAudit, type AuditEntry } from '../../audit/read/read.ts'
import { asciiJson } from '../../visible.ts'
import type { Io } from '../io.ts'
import { rowFactsOf } from './facts.ts'
import { matches } from './filter.ts'
import { LastItems } from './last.ts'
import type { AuditVerbOptions } from './options.ts'
import { cells } from './row-words.ts'

const DEFAULT_LIMIT = 50
const REMEMBERED = 10_000

/** Ends when stdout goes away, or with Ctrl-C like any other command. */
export async function tail(dir: string, options: AuditVerbOptions, io: Io): Promise<number> {
  const { filter = {}, limit = DEFAULT_LIMIT } = options
  const gone = new AbortController()
  const stop = (): void => gone.abort()
  io.stdout.once('close', stop).once('error', stop)
  const told = new Told()
  let held: LastItems<string> | undefined = new LastItems(limit)
  const tell = (lines: readonly string[]): void =>
    void io.stdout.write(lines.map((line) => `${line}\n`).join(''))
  const follow = options.follow === true ? { follow: gone.signal } : {}
  const onCaughtUp = (): void => {
    tell(held?.all() ?? [])
    held = undefined
  }
  for await (const entry of readAudit(dir, { ...follow, onCaughtUp })) {
    if (gone.signal.aborted) break
    const row = told.row(entry)
    const { record } = entry
    if (!matches(row.about, filter, { ...rowFactsOf(row.about), begin: record.time, end: record.time }))
      continue
    const line =
      options.json === true ? asciiJson(record) : cells(row.shown, filter.grep).join('  ').trimEnd()
    if (held === undefined) tell([line])
    else held.add(line)
  }
  io.stdout.off('close', stop).off('error', stop)
  return 0
}

/** What is known of calls that haven't ended. */
class Told {
  readonly #calls = new Map<string, CallRow>()

  /** What is judged, and what is shown. */
  row({ segment, record }: AuditEntry): { readonly about: Row; readonly shown: Row } {
    const alone: Row = { kind: 'record', segment, record }
    const id = `${segment} ${String(record.type === 'approval' ? record['call'] : record['id'])}`
    const before = this.#calls.get(id)
    if (record.type === 'approval') {
      if (before === undefined) return { about: alone, shown: alone }
      const about = { ...before, approvals: [record] }
      this.#calls.set(id, about)
      return { about, shown: alone }
    }
    if (record.type !== 'call') return { about: alone, shown: alone }
    if (record['phase'] === 'intent') {
      const call: CallRow = { kind: 'call', segment, intent: record, approvals: [] }
      const [oldest] = this.#calls.keys()
      if (this.#calls.size >= REMEMBERED && oldest !== undefined) this.#calls.delete(oldest)
      this.#calls.set(id, call)
      return { about: call, shown: call }
    }
    this.#calls.delete(id)
    const call: CallRow = { kind: 'call', segment, approvals: [], ...before, outcome: record }
    return { about: call, shown: call }
  }
}
