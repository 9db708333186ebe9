/** Collects for `audit verify` what is known outside of the log: by the system's journal, and by who noted heads down. */
import type { Told } from '../../audit/verify/known-heads.ts'
import { readSealing, sealsOf } from '../../audit/seals/seals.ts'
import { headsOf, readJournal } from '../../audit/seals/system-journal.ts'
import type { ChainProblem } from '../../audit/verify/segment-walk.ts'
import type { AuditVerbOptions } from './options.ts'

export interface Outside {
  readonly told: Told
  /** How many heads the journal knows; undefined where there is none. */
  readonly journal: number | undefined
  readonly fault: ChainProblem | undefined
}

export async function toldOutside(dir: string, { heads = [], journal }: AuditVerbOptions): Promise<Outside> {
  const lines = await readJournal(dir)
  const { key, book } = readSealing(sealsOf(dir))
  const known = headsOf(lines ?? [], dir, key)
  const noted = heads.map((head) => ({ ...head, by: 'the head that you noted' }))
  const gone = known.otherKeys.filter((id) => book?.former.includes(id) !== true)
  return {
    told: [...known.heads.map((head) => ({ ...head, by: "the system's journal" })), ...noted],
    journal: lines && known.heads.length,
    fault: faultOf(dir, gone, journal === true && lines === undefined),
  }
}

function faultOf(dir: string, gone: readonly string[], isWanted: boolean): ChainProblem | undefined {
  if (isWanted) return { segment: "the system's journal", line: 0, message: "is not here, or can't be read" }
  if (gone.length === 0) return undefined
  const message = `is not the log of which the system's journal knows: that one had the key ${gone.join(', ')}`
  return { segment: dir, line: 0, message }
}
