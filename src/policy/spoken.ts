/**
 * Finds the lines of a list of rules that speak of a tool, or of a call of it. A line with `where:` speaks of the
 * calls whose arguments are so; while there is no call it says that its word depends on them. Pure, but for the links
 * that paths are followed through.
 */
import { matchGlob } from './glob.ts'
import type { ToolRule } from './options.ts'
import { FITS, type WhereFit } from './where/fit.ts'
import { judgeWhere } from './where/judge.ts'
import type { ServerPlace } from './where/place.ts'
import { sayWhere } from './where/say.ts'

/** A call, as far as rules speak of it; the arguments by the server's names. */
export interface CallFacts {
  readonly args: Readonly<Record<string, unknown>>
  readonly place: ServerPlace
}

export interface SpokenRule {
  /** `tools.allow: write_* where { path: notes/** }` */
  readonly rule: string
  /** `depends`: there is no call yet. */
  readonly fit: WhereFit | 'depends'
  readonly isConditional: boolean
}

/** @param absent what an argument counts for that may be missing */
export function speaking(
  tool: string,
  name: string,
  rules: readonly ToolRule[] = [],
  call: CallFacts | undefined,
  absent: 'fits' | 'misfits',
): readonly SpokenRule[] {
  return rules
    .filter((rule) => matchGlob(patternOf(rule), tool))
    .map((rule): SpokenRule => {
      if (typeof rule === 'string') return { rule: `${name}: ${rule}`, fit: FITS, isConditional: false }
      const fit = call === undefined ? 'depends' : judgeWhere(rule.where, call.args, { ...call, absent })
      return { rule: `${name}: ${rule.tool} ${sayWhere(rule.where)}`, fit, isConditional: true }
    })
}

export function patternOf(rule: ToolRule): string {
  return typeof rule === 'string' ? rule : rule.tool
}
