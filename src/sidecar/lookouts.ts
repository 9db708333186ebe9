/**
 * What a watch that fails is told as: a line of the log, which stderr shows too, for a store and a reason; and a record of
 * the audit log for each server that it concerns. That it works again is told in the same two places. A look at leases
 * is told likewise.
 */
import type { Logger } from '../log.ts'
import type { WatchNews } from '../secrets/watch-health.ts'
import type { Journal } from './journal.ts'

type Notes = Pick<Journal, 'note'>

export function tellWatch(news: WatchNews, journal: Notes, log: Logger): void {
  const who = named(news)
  tell('watch', news, journal, log, {
    failing: `can't be watched`,
    until: `${who} ${news.servers.length === 1 ? 'goes' : 'go'} on with the values of before, and a change of them is not noticed`,
    working: `can be watched again: a changed secret of ${who} is noticed, also one that changed meanwhile`,
  })
}

export function tellLeaseLooks(news: WatchNews, journal: Notes, log: Logger): void {
  const who = named(news)
  tell('lease-looks', news, journal, log, {
    failing: `doesn't say whether leases are still alive`,
    until: `a lease of ${who} that is revoked there is noticed at its next renewal only`,
    working: `says again whether leases of ${who} are still alive`,
  })
}

interface Words {
  readonly failing: string
  readonly until: string
  readonly working: string
}

function tell(what: string, news: WatchNews, journal: Notes, log: Logger, words: Words): void {
  const { store, servers, kind } = news
  const since = new Date(news.since).toISOString()
  const outcome = news.kind === 'failing' ? news.code : 'ok'
  for (const server of servers)
    journal.note('secret', { phase: `${what}-${kind}`, server, store, outcome, since })
  log.warn({ store, servers, since, outcome }, sentence(news, since, words))
}

function sentence(news: WatchNews, since: string, { failing, until, working }: Words): string {
  const { store } = news
  if (news.kind === 'working') return `store "${store}" ${working} (it was not since ${since})`
  const { message, hint } = news
  const why = hint === undefined ? message : `${message} (${hint})`
  return `store "${store}" ${failing} since ${since}: ${why}. Until it does, ${until}; it is looked at again by itself`
}

function named({ servers }: WatchNews): string {
  return servers.length === 1 ? `server ${servers.join()}` : `servers ${servers.join(', ')}`
}
