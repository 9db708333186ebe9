/**
 * Gives each stage of the corridor what it needs of the rooms: the rules of one config, under which a call ends that
 * began under it, and what outlives every config.
 *
 * What is about to run is compared with the catalog of now. A call that was let through under older rules goes on only
 * where those of now are no stricter, and a human's yes only to the same launch command (promises 4 and 5).
 */
import type { AuditLog } from '../audit/log.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Entry } from '../catalog/select.ts'
import type { Target, TargetKind } from '../catalog/target.ts'
import type { Config } from '../config/config.ts'
import { keptDownReason } from '../config/kept-down.ts'
import { limitsOf, ruleHash, serverOf, timeoutOf } from '../config/rooms.ts'
import type { Logger } from '../log.ts'
import type { Next } from '../pipeline/call.ts'
import type { Continuations } from '../pipeline/continuation.ts'
import { corridor } from '../pipeline/order.ts'
import type { Bucket } from '../policy/bucket.ts'
import type { Redactor } from '../redact/redactor.ts'
import type { Threads } from '../redact/threads.ts'
import type { Secret } from '../secrets/secret.ts'
import { weaknessOf } from '../secrets/usual-setting.ts'
import type { Relay } from '../relay/caller.ts'
import type { Judge } from '../schema/judge.ts'
import type { Fleet } from '../upstream/fleet.ts'
import type { Asking } from './asking.ts'

/** What outlives every config. */
export interface CorridorRooms {
  readonly audit: AuditLog
  readonly log: Logger
  readonly redactor: Redactor
  readonly threads: Threads
  readonly catalog: Catalog
  fleet(): Fleet
  readonly asking: Asking
  readonly continuations: Continuations
  readonly judge: Judge
  readonly buckets: Map<string, Bucket>
  /** The config of now. */
  config(): Config
}

export function createCorridor(config: Config, relay: Relay, rooms: CorridorRooms): Next {
  const { audit, log, redactor, catalog, asking } = rooms
  const server = serverOf(config)
  const ids = new Set(config.servers.map(({ id }) => id))
  // A call that began before a server was added is none of it.
  const find = (kind: TargetKind, emitted: string): Entry | undefined => {
    const entry = catalog.find(kind, emitted)
    return entry !== undefined && ids.has(entry.target.server) ? entry : undefined
  }
  const current = ({ kind, emitted }: Target): Target | undefined => find(kind, emitted)?.target
  // A yes is for the launch that was shown, and until that one is ready the process before it works on (promise 4).
  const isForAnother = ({ verdict, server: id }: Target): boolean =>
    verdict.kind === 'confirm' &&
    config.approvals.mode !== 'shadow' &&
    rooms.fleet().get(id)?.isOutdated === true
  const mayRun = (judged: Target): Target | undefined =>
    isForAnother(judged)
      ? undefined
      : stillMeant(judged, current(judged), { was: config, now: rooms.config() })
  const maskText = (text: string): string => redactor.maskText(text).text
  return corridor({
    record: {
      required: config.audit.required,
      append: (type, facts) => audit.append(type, facts),
      mask: (names) => redactor.maskJson(names).value,
      now: () => performance.now(),
      warn: (message) => log.warn(message),
    },
    resolve: {
      find,
      listed: async (id, signal) => keptDownReason(id, config) ?? rooms.fleet().listed(id, signal),
      apps: (id) => server(id).apps,
      findForPage: (name) => {
        const entry = catalog.findForPage(name)
        return entry !== undefined && ids.has(entry.target.server) ? entry : undefined
      },
      pageRead: (id) => catalog.pageRead(id),
    },
    limit: { limits: limitsOf(config), now: () => performance.now(), buckets: rooms.buckets },
    contain: {
      foreignSecrets: (value, id) => redactor.foreignSecrets(value, id),
      isWeak: (label) =>
        redactor.secretsFrom(0).some(({ secret }) => secret.label === label && isWeak(secret)),
    },
    validate: { find, judge: rooms.judge, maskText },
    converse: { relay, rules: server, continuations: rooms.continuations, configHash: config.hash },
    confirm: {
      decide: (request, asker, signal) => asking.queue.decide(request, asker, signal),
      current,
      mask: (value) => redactor.maskJson(value).value,
      ruleHash: (id) => ruleHash(server(id), config),
      configHash: config.hash,
      session: asking.session,
    },
    scrub: { maskJson: (value) => redactor.maskJson(value), thread: (id) => rooms.threads.of(id) },
    forward: {
      child: (id) => ({ request: async (...request) => rooms.fleet().request(id, ...request) }),
      timeoutMs: timeoutOf(config),
      current: mayRun,
    },
  })
}

function isWeak(secret: Secret): boolean {
  return weaknessOf(secret.reveal()) !== undefined
}

interface Configs {
  readonly was: Config
  readonly now: Config
}

const STRICTNESS = { allow: 0, confirm: 1, hidden: 2, block: 2 } as const

/** The target of now, with the verdict that was given where that still counts. */
function stillMeant(judged: Target, now: Target | undefined, configs: Configs): Target | undefined {
  if (now === undefined || configs.was === configs.now) return now
  const { verdict } = judged
  if (STRICTNESS[now.verdict.kind] > STRICTNESS[verdict.kind]) return now
  if (verdict.kind === 'confirm' && (now.launchHash !== judged.launchHash || asksAgain(configs)))
    return undefined
  return { ...now, verdict }
}

/** Nobody was asked then. */
function asksAgain({ was, now }: Configs): boolean {
  return was.approvals.mode === 'shadow' && now.approvals.mode !== 'shadow'
}
