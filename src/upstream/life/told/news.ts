/**
 * Handles the notifications of a running child. A changed list is read again. Updates of resources that the host
 * watches, and the ends of pages, are passed on. A log message goes to the caller whose request it most probably
 * belongs to, else to the host. All of them are in our own log too. A server that sends too much is limited: the host
 * gets a number of log messages a second (host-logs.ts), and only the newest update of a resource.
 */
import { writeJson } from '../../../json/write.ts'
import type { HostSide } from '../../messages/caller.ts'
import type { ServerNews } from '../../session/notices.ts'
import type { ChildLog } from './events.ts'
import { HostLogs } from './host-logs.ts'
import { Newest } from '../../messages/newest.ts'
import type { JsonObject } from '../../../json/record.ts'
import type { OfferList } from '../../session/lists/offer-list.ts'
import type { Requests } from '../requests.ts'
import type { ServerRun } from '../run.ts'
import { severity } from '../../messages/severity.ts'
import type { ChildStanding } from '../standing.ts'

/** An update says only that there was one. */
const UPDATES = { burst: 10, everyMs: 100 }
const MAX_REMEMBERED = 256

export interface NewsDeps {
  readonly id: string
  readonly host: HostSide
  readonly log: ChildLog
  readonly list: OfferList
  /** The process that says it. */
  readonly run: ServerRun
  /** It is the one that works. */
  isPresent(): boolean
  readonly requests: Requests
  readonly standing: ChildStanding
}

export function newsOf(deps: NewsDeps): ServerNews {
  const { id, host, log, list, run, requests, standing } = deps
  const logs = new HostLogs((message) => {
    const { listener } = run.exchange
    if (listener === undefined) host.onMessage(id, message)
    else listener(message)
  })
  // What the host doesn't want takes nothing of what it may get.
  const isWanted = ({ level }: JsonObject): boolean =>
    run.exchange.listener !== undefined || severity(level) >= severity(host.logLevel() ?? 'debug')
  const updates = new Map<string, Newest<string>>()
  const updatesOf = (uri: string): Newest<string> => {
    const known = updates.get(uri) ?? new Newest(UPDATES, (which) => host.onResourceUpdated(id, which))
    updates.delete(uri)
    updates.set(uri, known)
    const [oldest] = updates.keys()
    if (updates.size > MAX_REMEMBERED && oldest !== undefined) updates.delete(oldest)
    return known
  }
  return {
    // Before it works it is remembered, and of one that has another in its place nothing of it counts.
    onListChanged: (kind) => (deps.isPresent() ? list.changed(kind) : run.changed.add(kind)),
    onLog: (message) => {
      log.fromChild(String(message['level']), () => textOf(message['data']))
      if (isWanted(message)) logs.put(message)
    },
    onResourceUpdated: (uri) => {
      if (deps.isPresent() && !standing.isRetired && requests.watches.has(uri)) updatesOf(uri).put(uri)
    },
    onElicitationComplete: (elicitationId) => host.onElicitationComplete(id, elicitationId),
  }
}

function textOf(data: unknown): string {
  return typeof data === 'string' ? data : writeJson(data)
}
