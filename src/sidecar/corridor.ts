/**
 * Gives each stage of the corridor what it needs of the rooms: the rules of one config, under which a call ends that
 * began under it, and what outlives every config.
 *
 * What is about to run is compared with the catalog of now. A call that was let through under older rules goes on only
 * where those of now are no stricter, and a human's yes only to the same launch command (promises 4 and 5).
 */
import { RESERVED_SERVER } from '../approval/facts/request.ts'
import type { AuditLog } from '../audit/write/log.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { readingGroup } from '../catalog/offers/reading-group.ts'
import type { Entry } from '../catalog/offers/select.ts'
import type { Target, TargetKind } from '../catalog/target.ts'
import type { FileDenials } from '../confine/denied/denials.ts'
import type { Config } from '../config/config.ts'
import { serverPlaceOf } from '../config/place.ts'
import { keptDownReason } from '../config/kept-down.ts'
import { limitsOf, ruleHash, serverOf, timeoutOf } from '../config/for-rooms.ts'
import type { Logger } from '../log.ts'
import type { Call, Next } from '../pipeline/call.ts'
import type { Continuations } from '../pipeline/continuation.ts'
import { corridor } from '../pipeline/order.ts'
import { Limits } from '../pipeline/stages/limit.ts'
import { judged, offered } from '../pipeline/stages/resolve.ts'
import type { Refusals } from '../pipeline/stages/turn-away.ts'
import type { Bucket } from '../policy/bucket.ts'
import { holdsFixed } from '../policy/set.ts'
import type { Redactor } from '../redact/redactor.ts'
import type { Threads } from '../redact/threads.ts'
import type { Secret } from '../secrets/secret.ts'
import { weaknessOf } from '../secrets/parts/usual-setting.ts'
import type { Relay } from '../relay/relay.ts'
import type { SchemaJudge } from '../schema/judge.ts'
import type { HostSurface } from '../surface/host-surface.ts'
import type { KeptResults } from '../spill/kept-results.ts'
import { RESULT_URI } from '../spill/read-result.ts'
import { READ_TOOL, SEARCH_TOOL } from '../surface/own-tools.ts'
import { visibleLine } from '../visible.ts'
import type { Child } from '../upstream/life/child.ts'
import type { Fleet } from '../upstream/life/fleet.ts'
import type { Approvals } from './asking.ts'
import type { ValuesAhead } from './children/values-ahead.ts'
import type { Hearing } from './host/hearing.ts'
import type { LaunchTrust } from './trust/launch-trust.ts'

/** What outlives every config. */
export interface CorridorRooms {
  readonly audit: AuditLog
  readonly log: Logger
  readonly redactor: Redactor
  readonly threads: Threads
  readonly ahead: Pick<ValuesAhead, 'known'>
  readonly catalog: Catalog
  readonly hearing: Pick<Hearing, 'look' | 'keeps' | 'accept'>
  fleet(): Fleet
  readonly denials: Pick<FileDenials, 'beside'>
  readonly asking: Approvals
  readonly trust: Pick<LaunchTrust, 'hasWaiting' | 'waits' | 'askWith'>
  readonly continuations: Continuations
  readonly judge: SchemaJudge
  readonly buckets: Map<string, Bucket>
  readonly refusals: Refusals
  /** Long ones, of this session. */
  readonly results: KeptResults
  /** Calls of our own tools. */
  readonly ownCalls: Bucket
  /** The config of now. */
  config(): Config
}

export function createCorridor(
  config: Config,
  { relay, surface }: { readonly relay: Relay; readonly surface: HostSurface },
  rooms: CorridorRooms,
): Next {
  const { audit, log, redactor, catalog, asking } = rooms
  const server = serverOf(config)
  const ids = new Set(config.servers.map(({ id }) => id))
  // A call that began before a server was added is none of it.
  const known = (kind: TargetKind, entry: Entry | undefined): Entry | undefined => {
    if (entry === undefined || !ids.has(entry.target.server)) return undefined
    return kind === 'resource' || rooms.hearing.keeps(entry.target.server) ? entry : undefined
  }
  const seen = (kind: TargetKind, emitted: string): Entry | undefined =>
    known(kind, catalog.find(kind, emitted))
  // What is pinned may have changed since the last look; resources aren't.
  const find = (kind: TargetKind, emitted: string): Entry | undefined => {
    if (kind !== 'resource') rooms.hearing.look()
    return seen(kind, emitted)
  }
  const current = ({ kind, emitted }: Target): Target | undefined => find(kind, emitted)?.target
  // A yes is for the launch that was shown, and until that one is ready the process before it works on (promise 4).
  const isForAnother = ({ verdict, server: id }: Target): boolean =>
    verdict.kind === 'confirm' &&
    config.approvals.mode !== 'shadow' &&
    rooms.fleet().get(id)?.isOutdated === true
  // Judged anew with the arguments, since a link that they lead through may lead elsewhere by now.
  const mayRun = (was: Target, args: Call['args']): Target | undefined => {
    if (isForAnother(was)) return undefined
    const entry = find(was.kind, was.emitted)
    if (entry?.fixed !== undefined && !holdsFixed(args, entry.fixed)) return undefined
    return stillMeant(was, entry && judged(entry, args), { was: config, now: rooms.config() })
  }
  // To the one that has that id when a call is sent.
  const children = new Map(
    config.servers.map(({ id }): [string, Pick<Child, 'request'>] => [
      id,
      { request: (request, options) => rooms.fleet().request(id, request, options) },
    ]),
  )
  const maskText = (text: string): string => redactor.maskText(text).text
  const findForPage = (kind: TargetKind, name: string): Entry | undefined =>
    known(kind, catalog.findForPage(kind, name))
  const limits = new Limits({
    limits: limitsOf(config),
    now: () => performance.now(),
    buckets: rooms.buckets,
  })
  const isOwn = ({ kind, name, via }: Call): boolean =>
    (kind === 'tool' && via === undefined && surface.isOwn(name)) ||
    (kind === 'resource' && surface.isOwnResource(name))
  return corridor({
    unwrap: {
      inner: (name, args) => surface.inner(name, args),
      near: async (name) => surface.near(name),
      search: SEARCH_TOOL,
    },
    own: {
      isOwn,
      answer: async ({ kind, name, args }) =>
        kind === 'resource' ? surface.resource(name) : surface.answer(name, args),
      maskJson: (value) => redactor.maskJson(value),
      server: RESERVED_SERVER,
    },
    spill: {
      most: (id) => (ids.has(id) ? server(id).maxResult : undefined),
      keep: (text) => {
        const id = rooms.results.keep(text)
        return id === undefined ? undefined : { id, uri: RESULT_URI + id, tool: READ_TOOL }
      },
      isOfPages: (id) => server(id).apps,
    },
    turnAway: {
      look: (call) => {
        if (isOwn(call)) return { isRefused: !rooms.ownCalls.take(performance.now()).ok }
        const { entry, target, server: id } = offered(call, { find: seen, findForPage })
        const is = rooms.fleet().get(id)?.state.kind
        if (is === 'waiting' || is === 'failed') return { isRefused: true, entry }
        // What isn't known yet waits for its server to start.
        if (target === undefined) return { isRefused: is !== 'starting' && is !== 'asleep', entry }
        return { isRefused: limits.isOver(target), entry }
      },
      now: () => performance.now(),
      refusals: rooms.refusals,
    },
    learn: rooms.ahead,
    record: {
      required: config.audit.required,
      arguments: config.audit.arguments,
      append: (type, facts, tense, told) => audit.write(type, facts, tense, told),
      mask: (value) => redactor.maskJson(value).value,
      look: (value) => redactor.look(value),
      now: () => performance.now(),
      warn: (message) => log.warn(message),
    },
    agree: {
      waits: (call) =>
        rooms.trust.hasWaiting && rooms.trust.waits(offered(call, { find: seen, findForPage }).server),
      ask: async (asker, signal) => rooms.trust.askWith(asker, signal),
    },
    resolve: {
      find,
      listed: (id, kind, signal) => {
        const why = keptDownReason(id, config)
        if (why !== undefined) return why
        return rooms.fleet().hasListed(id) ? undefined : rooms.fleet().listed(id, kind, signal)
      },
      whyUnlisted: async (id, kind, signal) => rooms.fleet().whyUnlisted(id, kind, signal),
      apps: (id) => server(id).apps,
      findForPage,
      pageShown: (id) => catalog.pageShown(id),
    },
    limit: limits,
    contain: {
      foreignSecrets: (value, id) => redactor.foreignSecrets(value, id),
      secretsKnown: () => redactor.known,
      isWeak: (label) =>
        redactor.secretsFrom(0).some(({ secret }) => secret.label === label && isWeak(secret)),
    },
    validate: {
      judge: rooms.judge,
      unchecked: ({ server: id, name }, what) =>
        log.warn(
          { server: id, tool: visibleLine(maskText(name)) },
          `${what} of this tool could not be checked against its schema at a bounded price, and were let through`,
        ),
      maskText,
    },
    converse: { relay, rules: server, continuations: rooms.continuations, configHash: config.hash },
    confirm: {
      decide: async (request, asker, signal) =>
        rooms.fleet().during(request.binding.server, asking.queue.decide(request, asker, signal)),
      accept: (target) => rooms.hearing.accept(target),
      current,
      group: (id) => {
        const group = readingGroup(id, catalog.entries())
        const launchHash = server(id).launchHash
        return group &&
          asking.isGranted({ server: id, launchHash, ruleHash: ruleHash(server(id), config) }, group)
          ? undefined
          : group
      },
      place: (id) => serverPlaceOf(server(id).launch),
      mask: (value) => redactor.maskJson(value).value,
      ruleHash: (id) => ruleHash(server(id), config),
      configHash: config.hash,
      session: asking.session,
      isShadow: config.approvals.mode === 'shadow',
    },
    scrub: { maskJson: (value) => redactor.maskJson(value), thread: (id) => rooms.threads.of(id) },
    forward: {
      child: (id) => children.get(id),
      timeoutMs: timeoutOf(config),
      current: mayRun,
      denied: (id, text) => rooms.denials.beside(id, text),
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
