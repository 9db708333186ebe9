/** Gives each stage of the corridor what it needs of the rooms. */
import type { AuditLog } from '../audit/log.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Target } from '../catalog/target.ts'
import type { Config } from '../config/config.ts'
import { limitsOf, ruleHash, serverOf, timeoutOf } from '../config/rooms.ts'
import type { Logger } from '../log.ts'
import type { Next } from '../pipeline/call.ts'
import { Continuations } from '../pipeline/continuation.ts'
import { corridor } from '../pipeline/order.ts'
import type { Redactor } from '../redact/redactor.ts'
import type { Relay } from '../relay/caller.ts'
import { Judge } from '../schema/judge.ts'
import type { Fleet } from '../upstream/fleet.ts'
import type { Asking } from './asking.ts'

export interface CorridorRooms {
  readonly audit: AuditLog
  readonly log: Logger
  readonly redactor: Redactor
  readonly catalog: Catalog
  readonly fleet: Fleet
  readonly asking: Asking
  readonly relay: Relay
}

export function createCorridor(config: Config, rooms: CorridorRooms): Next {
  const { audit, log, redactor, catalog, fleet, asking, relay } = rooms
  const server = serverOf(config)
  const current = ({ kind, emitted }: Target): Target | undefined => catalog.find(kind, emitted)?.target
  const maskText = (text: string): string => redactor.maskText(text).text
  return corridor({
    record: {
      required: config.audit.required,
      append: (type, facts) => audit.append(type, facts),
      maskText,
      now: () => performance.now(),
      warn: (message) => log.warn(message),
    },
    resolve: {
      find: (kind, emitted) => catalog.find(kind, emitted),
      listed: (id, signal) => fleet.listed(id, signal),
      apps: (id) => server(id).apps,
    },
    limit: { limits: limitsOf(config), now: () => performance.now() },
    contain: redactor,
    validate: {
      find: (kind, emitted) => catalog.find(kind, emitted),
      judge: new Judge(),
      maskText,
    },
    converse: {
      relay,
      rules: server,
      continuations: new Continuations({
        session: asking.session,
        expireMs: config.approvals.expire,
        now: Date.now,
      }),
    },
    confirm: {
      decide: (request, asker, signal) => asking.queue.decide(request, asker, signal),
      current,
      mask: (value) => redactor.maskJson(value).value,
      ruleHash: (id) => ruleHash(server(id), config),
      configHash: config.hash,
      session: asking.session,
    },
    scrub: redactor,
    forward: { child: (id) => fleet.get(id), timeoutMs: timeoutOf(config), current },
  })
}
