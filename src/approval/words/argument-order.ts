/**
 * Decides in which order a line names the arguments of a call: first what says on what it works or what it runs (a
 * path, a table, a statement), last what it writes there. Hosts show the beginning of a question, and who decides
 * reads that first. It orders only; nothing is left out because of it. Pure.
 */
import { lastWordOf } from './argument-words.ts'

const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/))

/** The last word of what names a target, in one and in many. */
const TARGETS = set(`
  path paths file files filename filenames filepath directory directories dir dirs folder folders uri uris url urls
  link host hosts hostname domain server address ip port name names title key keys slug sha hash
  repo repos repository repositories owner org organization organisation project projects workspace team branch
  branches ref tag tags release table tables database databases db schema collection collections index column
  columns bucket buckets object objects container containers image images volume pod pods namespace cluster node
  nodes instance instances service services resource resources entity entities relation relations channel channels
  recipient recipients to cc bcc from user users username member members account accounts email emails contact
  group role number issue ticket item items thread page pages source sources destination destinations
  target targets src dst dest origin topic queue stream environment env selector`)
/** Says less to a person than a name beside it. */
const IDS = set('id ids identifier')
const WORK = set(`
  command commands cmd argv args sql query queries statement statements script code expression method function
  cypher pipeline program action operation mode verb`)
const CONTENT = set(`
  content contents body text message messages description data html markdown payload value values comment comments
  note notes summary blob base64 edits patch diff input observations prompt`)

/** The names of arguments, the telling ones first; those of a kind stay in the order in which they came. */
export function tellingFirst(names: readonly string[]): string[] {
  return names
    .map((name) => ({ name, rank: rankOf(name) }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ name }) => name)
}

function rankOf(name: string): number {
  const last = lastWordOf(name)
  if (TARGETS.has(last)) return 0
  if (IDS.has(last)) return 1
  if (WORK.has(last)) return 2
  return CONTENT.has(last) || /^(?:old|new)/i.test(name) ? 4 : 3
}
