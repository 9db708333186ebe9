/**
 * What a running child says unasked, and where it goes: changed lists are read again, updates of resources that the
 * host watches and ends of pages are told, and a log message goes to whoever waits for the request that it most
 * probably belongs to, else to the host. All of it stands in our own log too.
 */
import { writeJson } from '../json/write.ts'
import type { HostSide } from './caller.ts'
import type { ServerNews } from './connect.ts'
import type { ChildLog } from './events.ts'
import type { OfferList } from './offerList.ts'
import type { Requests } from './requests.ts'
import type { Run } from './run.ts'
import type { Standing } from './standing.ts'

export interface NewsDeps {
  readonly id: string
  readonly host: HostSide
  readonly log: ChildLog
  readonly list: OfferList
  /** The process that says it. */
  readonly run: Run
  /** It is the one that works. */
  isPresent(): boolean
  readonly requests: Requests
  readonly standing: Standing
}

export function newsOf(deps: NewsDeps): ServerNews {
  const { id, host, log, list, run, requests, standing } = deps
  return {
    // Before it works it is remembered, and of one that has another in its place nothing of it counts.
    onListChanged: (kind) => (deps.isPresent() ? list.changed(kind) : run.changed.add(kind)),
    onLog: (message) => {
      log.fromChild(String(message['level']), textOf(message['data']))
      const { listener } = run.exchange
      if (listener === undefined) host.onMessage(id, message)
      else listener(message)
    },
    onResourceUpdated: (uri) => {
      if (deps.isPresent() && !standing.isRetired && requests.watches.has(uri))
        host.onResourceUpdated(id, uri)
    },
    onElicitationComplete: (elicitationId) => host.onElicitationComplete(id, elicitationId),
  }
}

function textOf(data: unknown): string {
  return typeof data === 'string' ? data : writeJson(data)
}
