/** Decides which rows of the audit log a filter selects. Pure. */
import { matchGlob, validateGlob } from '../../policy/glob.ts'
import type { Row } from '../../audit/read/calls.ts'
import { rowFactsOf, type RowFacts } from './facts.ts'
import { holds } from './grep.ts'

/** All that is said has to fit; what is absent fits everything. */
export interface Filter {
  /** Milliseconds since 1970. A call counts that began before, and ended after. */
  readonly since?: number
  readonly until?: number
  /** By its id, or a pattern as in the rules for tools. */
  readonly server?: string
  /** By the name that its server or the host knows, or a pattern; a prompt or a resource likewise. */
  readonly tool?: string
  /** A part of what the host calls itself, in any case. */
  readonly host?: string
  readonly outcomes?: ReadonlySet<string>
  /** A part of a text, in any case. */
  readonly grep?: string
}

export function matches(row: Row, filter: Filter, facts: RowFacts = rowFactsOf(row)): boolean {
  return (
    fits(row, filter, facts) || (row.kind === 'record' && row.of !== undefined && matches(row.of, filter))
  )
}

function fits(row: Row, filter: Filter, facts: RowFacts): boolean {
  const { since, until, server, tool, host, outcomes, grep } = filter
  if (since !== undefined && !(Date.parse(facts.end) >= since)) return false
  if (until !== undefined && !(Date.parse(facts.begin) <= until)) return false
  if (outcomes !== undefined && !outcomes.has(facts.outcome)) return false
  if (host !== undefined && !facts.host.toLowerCase().includes(host.toLowerCase())) return false
  if (server !== undefined && !isServer(server, facts)) return false
  if (tool !== undefined && !isTool(tool, facts)) return false
  return grep === undefined || holds(row, facts, grep)
}

/** What was refused before it was known, or has no end, says by the host's name for it whose it is. */
function isServer(asked: string, { server, emitted }: RowFacts): boolean {
  if (server !== '') return isNamed(asked, server)
  return (
    emitted !== '' &&
    [`${asked}_*`, `{sidemux,ui}://${asked}{,.encoded}/*`].some((pattern) => isNamed(pattern, emitted))
  )
}

/** Of what has no end the log has the host's name alone, with that of the server in front. */
function isTool(asked: string, { tool, emitted }: RowFacts): boolean {
  return (
    [tool, emitted].some((name) => isNamed(asked, name)) || (tool === emitted && isNamed(`*_${asked}`, tool))
  )
}

/** A URI may hold what no pattern can. */
function isNamed(asked: string, name: string): boolean {
  return asked === name || (validateGlob(asked) === undefined && matchGlob(asked, name))
}
