/**
 * `sidemux audit show`: each call as one row, in the order of time. However long the log is, little of it is held: rows
 * are written as they are found, unless only the last of them are asked for.
 */
import { once } from 'node:events'
import { readRows, type Row } from '../../audit/read/calls.ts'
import type { ReadFault } from '../../audit/read/read.ts'
import { asciiJson, visibleLine } from '../../visible.ts'
import type { Io } from '../io.ts'
import { columns } from '../common/table.ts'
import { rowFactsOf, jsonOf } from './facts.ts'
import { matches, type Filter } from './filter.ts'
import { LastItems } from './last.ts'
import { Looked } from './looked.ts'
import type { AuditVerbOptions } from './options.ts'
import { cells, HEAD, isInItsCall } from './row-words.ts'

const DEFAULT_LIMIT = 50
/** As many as are laid out together. */
const PAGE = 500

export async function showAudit(dir: string, options: AuditVerbOptions, io: Io): Promise<number> {
  const { json = false, filter = {} } = options
  // Who says which rows he wants wants them all, and so does a program.
  const limit = options.limit ?? (json || options.filter !== undefined ? Infinity : DEFAULT_LIMIT)
  const looked = new Looked(filter)
  const faults: ReadFault[] = []
  const gone = new AbortController()
  const out = { to: io.stdout, gone: gone.signal }
  const print = json ? lines(out) : pages(out, filter)
  const last = new LastItems<Row>(limit)
  const stop = (): void => gone.abort()
  io.stdout.once('close', stop).once('error', stop)
  for await (const row of readRows(dir, { onFault: (fault) => faults.push(fault) })) {
    if (gone.signal.aborted) break
    if (!json && isInItsCall(row)) continue
    const facts = rowFactsOf(row)
    looked.at(row, facts)
    if (!matches(row, filter, facts)) continue
    looked.found += 1
    if (limit === Infinity) await print.row(row)
    else last.add(row)
  }
  for (const row of last.all()) await print.row(row)
  await print.end()
  io.stdout.off('close', stop).off('error', stop)
  if (looked.found === 0) (json ? io.stderr : io.stdout).write(looked.words())
  tellFaults(faults, io)
  return 0
}

interface Printer {
  row(row: Row): Promise<void>
  end(): Promise<void>
}

interface Out {
  readonly to: Io['stdout']
  /** Its reader went away. */
  readonly gone: AbortSignal
}

function lines(out: Out): Printer {
  return { row: async (row) => written(out, `${asciiJson(jsonOf(row))}\n`), end: async () => {} }
}

/** The widths of the first page are kept, so that all stand below each other as far as they fit. */
function pages(out: Out, { grep }: Filter): Printer {
  const layOut = columns(HEAD)
  let page: string[][] = []
  const end = async (): Promise<void> => {
    const laid = page
    page = []
    if (laid.length > 0) await written(out, layOut(laid))
  }
  return {
    row: async (row) => {
      page.push(cells(row, grep))
      if (page.length >= PAGE) await end()
    },
    end,
  }
}

/** Waits for a slow reader, so that nothing piles up here. */
async function written({ to, gone }: Out, text: string): Promise<void> {
  if (gone.aborted || to.write(text)) return
  await once(to, 'drain', { signal: gone }).catch(() => undefined)
}

const MAX_FAULTS = 10

/** Rows may be missing then, and nobody shall take them for not being there. */
function tellFaults(faults: readonly ReadFault[], io: Io): void {
  for (const { segment, failed, odd } of faults.slice(0, MAX_FAULTS)) {
    const why =
      failed === undefined
        ? `has ${odd} lines that are no records`
        : `can't be read (${failed}), so it isn't in this`
    io.stderr.write(`${visibleLine(segment)} ${why}\n`)
  }
  if (faults.length > MAX_FAULTS) io.stderr.write(`and ${faults.length - MAX_FAULTS} more\n`)
  if (faults.length > 0) io.stderr.write('hint: run "sidemux audit verify"\n')
}
