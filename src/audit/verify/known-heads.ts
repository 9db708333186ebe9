/**
 * Collects what is known of each run from elsewhere: that it has a record with this number and hash. Taken before the runs
 * are read, because those that go on grow.
 */
import type { Head } from '../chain/chain.ts'
import { readAnchor, readFirstRecord, witnessesOf, type Witness } from '../chain/files.ts'
import type { SealingFacts } from '../seals/seals.ts'

/** That a segment has a record with this number and hash, and who says so. */
export interface Known extends Head {
  readonly by: string
}

/** From outside of the log's directories. */
export type Told = readonly (Witness & { readonly by: string })[]

export interface KnownHeads {
  readonly known: ReadonlyMap<string, readonly Known[]>
  /** Whether a run was there before the present key. */
  readonly isOld: (segment: string) => boolean
}

export function knownHeads(
  dir: string,
  names: readonly string[],
  { book }: SealingFacts,
  told: Told,
): KnownHeads {
  const known = new Map<string, Known[]>()
  const add = ({ segment, seq, hash }: Witness, by: string): void => {
    const same = known.get(segment)
    if (same === undefined) known.set(segment, [{ seq, hash, by }])
    else same.push({ seq, hash, by })
  }
  const sawOf = new Map<string, readonly Witness[]>()
  for (const name of names) {
    const anchor = readAnchor(dir, name)
    if (anchor) add({ ...anchor, segment: name }, 'its anchor')
    const saw = witnessesOf(readFirstRecord(dir, name))
    sawOf.set(name, saw)
    for (const one of saw) add(one, name)
  }
  for (const one of [...(book?.before ?? []), ...(book?.heads ?? [])]) add(one, 'the book of heads')
  for (const one of told) add(one, one.by)
  const old = book && closure(book.before, sawOf)
  return { known, isOld: (segment) => old?.has(segment) ?? true }
}

/** With all that their starts name, and so on. */
function closure(
  from: readonly Witness[],
  sawOf: ReadonlyMap<string, readonly Witness[]>,
): ReadonlySet<string> {
  const found = new Set<string>()
  const pending = [...from]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (found.has(next.segment)) continue
    found.add(next.segment)
    pending.push(...(sawOf.get(next.segment) ?? []))
  }
  return found
}
