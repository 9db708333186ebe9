/** Reads what a server says unasked, and tells it to who listens. A notification that isn't what it should be is none. */
import type { JsonObject } from '../../json/record.ts'
import type { OfferKind } from '../messages/offer.ts'
import { isSeverity } from '../messages/severity.ts'

export interface ServerNews {
  onListChanged(list: OfferKind): void
  /** The params of `notifications/message`. */
  onLog(message: JsonObject): void
  onResourceUpdated(uri: string): void
  /** A URL that a question sent somebody to has been dealt with there (2025-11-25 client/elicitation). */
  onElicitationComplete(elicitationId: string): void
}

const NOTICES: Readonly<Record<string, (params: JsonObject, news: ServerNews) => void>> = {
  'notifications/tools/list_changed': (_, news) => news.onListChanged('tools'),
  'notifications/prompts/list_changed': (_, news) => news.onListChanged('prompts'),
  'notifications/resources/list_changed': (_, news) => {
    news.onListChanged('resources')
    news.onListChanged('templates')
  },
  'notifications/resources/updated': ({ uri }, news) => {
    if (typeof uri === 'string') news.onResourceUpdated(uri)
  },
  'notifications/message': (params, news) => {
    const { level, logger, data } = params
    const isOne = typeof level === 'string' && isSeverity(level) && data !== undefined
    if (isOne && (logger === undefined || typeof logger === 'string')) news.onLog(params)
  },
  'notifications/elicitation/complete': ({ elicitationId }, news) => {
    if (typeof elicitationId === 'string') news.onElicitationComplete(elicitationId)
  },
}

export function tellNotice(method: string, params: JsonObject, news: ServerNews): void {
  // The server chooses the method, and objects have more members than those, such as __proto__.
  if (Object.hasOwn(NOTICES, method)) NOTICES[method]?.(params, news)
}
