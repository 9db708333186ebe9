/**
 * Reports a watch that fails: by a line of the log, which stderr shows too, for each store and reason, and by a
 * record of the audit log for each server that it concerns. That it works again is told in the same two places. A
 * look at leases is told likewise.
 */
import type { Logger } from '../../log.ts'
import type { WatchNews } from '../../secrets/resolve/watch-health.ts'
import type { Journal } from '../journal.ts'

type Notes = Pick<Journal, 'note'>

export function tellWatch(news: WatchNews, journal: Notes, log: Logger): void {
  const who = named(news)
  tell('watch', news, journal, log, {
    failing: `can't be watched`,
    until: `Until it can be, ${who} ${news.servers.length === 1 ? 'goes' : 'go'} on with the values of before, and a change of them is not noticed`,
    working: `can be watched again, as it could not since ${since(news)}: a changed secret of ${who} is noticed, also one that changed meanwhile`,
  })
}

export function tellLeaseLooks(news: WatchNews, journal: Notes, log: Logger): void {
  const who = named(news)
  tell('lease-looks', news, journal, log, {
    failing: `doesn't say whether leases are still alive`,
    until: `Until it does, a lease of ${who} that is revoked there is noticed at its next renewal only`,
    working: `says again whether leases of ${who} are still alive, as it did not since ${since(news)}`,
  })
}

interface Words {
  readonly failing: string
  readonly until: string
  readonly working: string
}

function tell(what: string, news: WatchNews, journal: Notes, log: Logger, words: Words): void {
  const { store, servers, kind } = news
  const outcome = news.kind === 'failing' ? news.code : 'ok'
  for (const server of servers)
    journal.note('secret', { phase: `${what}-${kind}`, server, store, outcome, since: since(news) })
  log.warn({ store, servers, since: since(news), outcome }, sentence(news, words))
}

function sentence(news: WatchNews, { failing, until, working }: Words): string {
  const { store } = news
  if (news.kind === 'working') return `store "${store}" ${working}`
  const { message, hint } = news
  const why = hint === undefined ? message : `${message} (${hint})`
  return `store "${store}" ${failing} since ${since(news)}: ${why}. ${until}; it is looked at again by itself`
}

function since(news: WatchNews): string {
  return new Date(news.since).toISOString()
}

function named({ servers }: WatchNews): string {
  return servers.length === 1 ? `server ${servers.join()}` : `servers ${servers.join(', ')}`
}
