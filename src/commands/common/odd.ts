/** The sentences about servers that are kept down because something is wrong with their entry. */
import type { Config } from '../../config/config.ts'
import { keptDownReason } from '../../config/kept-down.ts'
import { formatProblem } from '../../config/problem.ts'
import { SidemuxError } from '../../errors.ts'
import { visibleLine } from '../../visible.ts'

/** A line for each, then all that is wrong with its hint. */
export function oddLines({ odd, errors }: Config): readonly string[] {
  const ids = odd.map(({ id, line }) => (id === '' ? `an entry in line ${line}` : id))
  return [...ids.map((id) => `kept down: ${visibleLine(id)}`), ...errors.map(formatProblem)]
}

/** @throws SidemuxError for one that is asked for by its id. */
export function refuseOdd(id: string, config: Config): void {
  const why = keptDownReason(id, config)
  if (why === undefined) return
  throw new SidemuxError(why.reason, { hint: 'correct it, then run "sidemux check"', exitCode: 2 })
}
