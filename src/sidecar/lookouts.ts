/**
 * What a watch that fails is told as: a line of the log, which stderr shows too, for a store and a reason; and a record of
 * the audit log for each server that it concerns. That it works again is told in the same two places.
 */
import type { Logger } from '../log.ts'
import type { WatchNews } from '../secrets/watch-health.ts'
import type { Journal } from './journal.ts'

export function tellWatch(news: WatchNews, journal: Pick<Journal, 'note'>, log: Logger): void {
  const { store, servers, kind } = news
  const since = new Date(news.since).toISOString()
  const outcome = news.kind === 'failing' ? news.code : 'ok'
  for (const server of servers)
    journal.note('secret', { phase: `watch-${kind}`, server, store, outcome, since })
  log.warn({ store, servers, since, outcome }, sentence(news, since))
}

function sentence(news: WatchNews, since: string): string {
  const { store, servers } = news
  const who = servers.length === 1 ? `server ${servers.join()}` : `servers ${servers.join(', ')}`
  if (news.kind === 'working')
    return `store "${store}" can be watched again: a changed secret of ${who} is noticed, also one that changed since ${since}`
  const { message, hint } = news
  const what = `${who} ${servers.length === 1 ? 'goes' : 'go'} on with the values of before, and a change of them is not noticed`
  return `store "${store}" can't be watched since ${since}: ${message}${hint === undefined ? '' : ` (${hint})`}. Until it can, ${what}; it is looked at again by itself`
}
