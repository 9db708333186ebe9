/**
 * Reads the ledgers of clerks that are gone. A ledger says which leases its clerk left open: the next clerk revokes
 * them. It also says what became of leases while no sidecar was there: the next sidecar writes that into its audit
 * log. Whether the clerk of a ledger still lives is known from its process, or from the age of the file where the
 * process can't be seen.
 */
import { rmSync } from 'node:fs'
import { processFiles, type ProcessFileForm } from '../../state/process-files.ts'
import {
  appendLine,
  linesIn,
  openIn,
  outcomesIn,
  ownerIn,
  type Held,
  type LedgerOwner,
  type SettledLease,
} from './ledger-lines.ts'

const ABANDONED_MS = 120_000

interface ReadLedger {
  readonly owner: LedgerOwner
  readonly lines: readonly unknown[]
}

/** A clerk that was killed while it wrote its first line holds no lease. */
const FORM: ProcessFileForm<ReadLedger> = {
  ending: '.jsonl',
  maxBytes: 64 * 1024 * 1024,
  most: Infinity,
  read(text) {
    const lines = linesIn(text)
    const owner = ownerIn(lines)
    return owner && { holder: owner, content: { owner, lines } }
  },
}

interface Orphans {
  /** Undefined where the ledger doesn't say. */
  readonly environment: string | undefined
  readonly held: readonly Held[]
}

/** What dead clerks of this config left open, by file. */
export function orphans(dir: string, config: string): ReadonlyMap<string, Orphans> {
  const found = new Map<string, Orphans>()
  for (const { file, environment, lines } of abandoned(dir, config)) {
    const held = openIn(lines)
    if (held.length > 0) found.set(file, { environment, held })
  }
  return found
}

/** Written beside a lease that was left open; one that failed stays open for the next start. */
export function settleLedgers(file: string, leaseId: string, outcome: string): void {
  const at = new Date().toISOString()
  appendLine(file, outcome === 'failed' ? { tried: leaseId, outcome, at } : { gone: leaseId, outcome, at })
}

/** Takes out of the ledgers of dead clerks what nobody was told yet. */
export function collectSettled(
  dir: string,
  config: string,
  tell: (settled: readonly SettledLease[]) => void,
): void {
  for (const { file, lines } of abandoned(dir, config)) {
    const { all, untold } = outcomesIn(lines)
    if (untold.length > 0) tell(untold)
    if (openIn(lines).length === 0) rmSync(file, { force: true })
    else if (untold.length > 0) appendLine(file, { said: all })
  }
}

function abandoned(
  dir: string,
  config: string,
): { file: string; environment: string | undefined; lines: readonly unknown[] }[] {
  return processFiles(dir, FORM)
    .filter(
      ({ content, standing, silentMs }) =>
        content.owner.config === config &&
        (standing === 'gone' || (standing !== 'alive' && silentMs >= ABANDONED_MS)),
    )
    .map(({ path, content: { owner, lines } }) => ({ file: path, environment: owner.environment, lines }))
}
