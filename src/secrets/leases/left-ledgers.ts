/**
 * The ledgers of clerks that are gone: which leases they left open, for the next clerk to revoke, and what became of
 * leases when no sidecar was there to hear of it, for the next one to put into its audit log. Whether the clerk of a file
 * still lives is told by its process, or by the file's age where that can't be seen from here.
 */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { standing, type Holder } from '../../state/holder.ts'
import {
  appendLine,
  openIn,
  outcomesIn,
  ownerSchema,
  readLines,
  type Held,
  type Settled,
} from './ledger-lines.ts'

const ABANDONED_MS = 120_000

interface Orphans {
  readonly environment: string
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
export function settle(file: string, leaseId: string, outcome: string): void {
  const at = new Date().toISOString()
  appendLine(file, outcome === 'failed' ? { tried: leaseId, outcome, at } : { gone: leaseId, outcome, at })
}

/** Takes out of the ledgers of dead clerks what nobody was told yet. */
export function collectSettled(
  dir: string,
  config: string,
  tell: (settled: readonly Settled[]) => void,
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
): { file: string; environment: string; lines: readonly unknown[] }[] {
  return names(dir).flatMap((name) => {
    const file = join(dir, name)
    const lines = readLines(file)
    const owner = ownerSchema.safeParse(lines[0])
    // A clerk that was killed while it wrote its first line holds no lease.
    if (!owner.success || owner.data.config !== config || isInUse(file, owner.data)) return []
    return [{ file, environment: owner.data.environment, lines }]
  })
}

function names(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => name.endsWith('.jsonl'))
      .toSorted()
  } catch {
    return []
  }
}

function isInUse(file: string, owner: Holder): boolean {
  const is = standing(owner)
  if (is === 'alive' || is === 'gone') return is === 'alive'
  const { mtimeMs = 0 } = statSync(file, { throwIfNoEntry: false }) ?? {}
  return Date.now() - mtimeMs < ABANDONED_MS
}
