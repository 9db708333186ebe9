/** Reads the options of `sidemux audit`. */
import { parseSince, parseUntil } from '../logs/since.ts'
import type { Witness } from '../../audit/chain/files.ts'
import { parseHeads } from './noted-heads.ts'
import { texts, usage, type Values } from '../options.ts'
import { OUTCOMES } from './facts.ts'
import type { Filter } from './filter.ts'

export type AuditAction = 'verify' | 'show' | 'tail'

export interface AuditVerbOptions {
  readonly stateDir: string
  readonly json?: boolean
  /** How many of the last rows. */
  readonly limit?: number
  readonly follow?: boolean
  /** Of `verify`: heads that were noted down, and whether there has to be a journal. */
  readonly heads?: readonly Witness[]
  readonly journal?: boolean
  /** All when absent. */
  readonly filter?: Filter
}

const NAMES = ['limit', 'since', 'until', 'server', 'tool', 'host', 'outcome', 'grep'] as const

/** @throws SidemuxError for one that is none. */
export function auditVerbOptions(
  action: AuditAction,
  values: Values,
  { stateDir, now }: { readonly stateDir: string; readonly now: number },
): AuditVerbOptions {
  const { limit, since, until, outcome, ...words } = texts(values, ...NAMES)
  const follow = values['follow'] === true
  const journal = values['journal'] === true
  if (action === 'verify' && NAMES.every((name) => name === 'since' || values[name] === undefined))
    return {
      stateDir,
      journal,
      json: values['json'] === true,
      ...(since !== undefined && { heads: parseHeads(since) }),
    }
  if (journal && action !== 'verify')
    throw usage('--journal belongs to "audit verify"', 'run "sidemux audit verify --journal"')
  if (action === 'verify')
    throw usage('"audit verify" looks at the whole log', 'filters belong to "sidemux audit show" and "tail"')
  if (action !== 'tail' && follow)
    throw usage('--follow belongs to "audit tail"', 'run "sidemux audit tail --follow"')
  if (limit !== undefined && !/^[1-9]\d{0,6}$/.test(limit))
    throw usage('--limit is not a number', 'write for example --limit 50')
  for (const [name, text] of Object.entries(words))
    if (text === '') throw usage(`--${name} is empty`, 'leave it out, or say what to look for')
  const filter: Filter = {
    ...words,
    ...(since !== undefined && { since: parseSince(since, now) }),
    ...(until !== undefined && { until: parseUntil(until, now) }),
    ...(outcome !== undefined && { outcomes: outcomesIn(outcome) }),
  }
  if (filter.since !== undefined && filter.until !== undefined && filter.until < filter.since)
    throw usage('--until is before --since', 'a day, as in --until yesterday, is meant with its end')
  return {
    stateDir,
    json: values['json'] === true,
    follow,
    ...(limit !== undefined && { limit: Number(limit) }),
    ...(Object.keys(filter).length > 0 && { filter }),
  }
}

function outcomesIn(list: string): ReadonlySet<string> {
  const asked = list.split(',').map((word) => word.trim())
  if (asked.some((word) => !OUTCOMES.includes(word)))
    throw usage(
      'there is no such outcome',
      `use one or several of ${OUTCOMES.join(',')}; a call that a human said no to is blocked`,
    )
  return new Set(asked)
}
