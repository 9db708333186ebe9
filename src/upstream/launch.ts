/**
 * From a server's entry to what is started or connected to: references become values here, a moment before, and nowhere
 * else. Whatever can't be resolved stops this server and no other (promise 1). What is made of the values is local.ts's
 * and remote/target.ts's.
 *
 * `${env:…}` in a command, its arguments and directory, or an address, is plain text by intent; a value that is a secret
 * is refused there (plain.ts).
 */
import { SidemuxError } from '../errors.ts'
import { aliasOf } from '../secrets/access/identity.ts'
import type { LeaseContext } from '../secrets/lease-answer.ts'
import { Hold, type LeaseEvent } from '../secrets/leases/hold.ts'
import type { LeaseKeeper } from '../secrets/leases/keeper.ts'
import { takeLeases } from '../secrets/leases/take.ts'
import { isDeclaredPlain, references } from '../secrets/reference.ts'
import type { Resolution, ResolveProblem, ResolveRequest, Resolver, SecretUse } from '../secrets/resolve.ts'
import { watchRotation } from '../secrets/rotation.ts'
import type { WatchHealth } from '../secrets/watch-health.ts'
import { localLaunch, localRequests, type LocalDeps } from './local.ts'
import { recognise } from './in-plain.ts'
import { refuseSecretsIn } from './plain.ts'
import type { LoginVault } from './remote/oauth/vault.ts'
import {
  remoteRequests,
  remoteSecrets,
  remoteTarget,
  type RemoteSpec,
  type RemoteTarget,
} from './remote/target.ts'
import { sandboxProblem } from './sandbox.ts'
import type { CommonSpec, LaunchSpec, LocalSpec } from './spec.ts'
import type { Launch } from './transport.ts'

export type { CommonSpec, LaunchSpec, LocalSpec } from './spec.ts'

export interface LaunchDeps extends LocalDeps {
  readonly resolver: Resolver
  readonly keeper: Pick<LeaseKeeper, 'lease' | 'renew' | 'revoke' | 'onLost' | 'onEnded'>
  /** Where it is told that a store can't be watched. */
  readonly health: WatchHealth
  /** Logins at remote servers. */
  readonly vault: LoginVault
  /** A lease was renewed, could not be, or was given back. */
  onLease(id: string, event: LeaseEvent): void
  onUses(id: string, uses: readonly SecretUse[]): Promise<void>
  /** Awaited: a launch that can't be written down doesn't happen (promise 6). */
  onLaunch(id: string): Promise<void>
}

/** Why a child isn't started: some of what it is launched with could not be had. */
class LaunchRefused extends SidemuxError {
  /** The same launch may go through later, as with a store that is down. */
  readonly retryable: boolean
  /** Milliseconds, from now, before which it can't. */
  readonly retryAfterMs: number | undefined
  /** The store that is waited for, by its alias. */
  readonly store: string | undefined

  constructor(message: string, { hint, ...facts }: Refusal) {
    super(message, hint === undefined ? {} : { hint })
    this.retryable = facts.retryable
    this.retryAfterMs = facts.retryAfterMs
    this.store = facts.store
  }
}

interface Refusal {
  readonly hint: string | undefined
  readonly retryable: boolean
  readonly retryAfterMs?: number | undefined
  readonly store?: string | undefined
}

const PASSING = new Set<string>(['unavailable', 'timeout', 'rate_limited'])

/**
 * @param withinMs a deadline for the secret stores before the usual one
 * @throws SidemuxError that names the reference and its line.
 */
export function prepareLaunch(
  spec: CommonSpec & LocalSpec,
  deps: LaunchDeps,
  signal: AbortSignal,
  withinMs?: number,
): Promise<Launch>
export function prepareLaunch(
  spec: LaunchSpec,
  deps: LaunchDeps,
  signal: AbortSignal,
  withinMs?: number,
): Promise<Launch | RemoteTarget>
export async function prepareLaunch(
  spec: LaunchSpec,
  deps: LaunchDeps,
  signal: AbortSignal,
  withinMs?: number,
): Promise<Launch | RemoteTarget> {
  // What runs elsewhere can't be confined here, and doesn't run here.
  const unconfined = spec.kind === 'remote' ? undefined : sandboxProblem(spec.id, spec.sandbox)
  if (unconfined !== undefined) throw unconfined
  const wanted = requests(spec)
  const { keeper, resolver } = deps
  // A lease is made for a launch that can be made, and not for each try of one that waits for something else.
  const plain = await resolved(
    wanted.filter((request) => !isLeased(request)),
    spec,
    deps,
    signal,
    undefined,
    withinMs,
  )
  const { held, taken } = await takeLeases(keeper, resolver, spec.id, spec.leases, wanted)
  for (const lease of held.values()) deps.onLease(spec.id, { phase: 'leased', lease, outcome: 'ok' })
  const leases = { declared: spec.leases, taken }
  let fields: Resolution['fields'] = new Map()
  const hold = new Hold({
    leases: held,
    keeper,
    watch: (onStale) =>
      watchRotation({
        resolver,
        health: deps.health,
        serverId: spec.id,
        requests: wanted,
        leases,
        fields,
        onChange: (changed) => onStale(haveChanged(changed)),
      }),
    onEvent: (event) => deps.onLease(spec.id, event),
    now: Date.now,
  })
  try {
    const leased = await resolved(wanted.filter(isLeased), spec, deps, signal, leases)
    fields = new Map([...plain, ...leased])
    const launch =
      spec.kind === 'remote' ? await composeRemote(spec, fields, deps) : await localLaunch(spec, fields, deps)
    await deps.onLaunch(spec.id)
    return { ...launch, hold }
  } catch (error) {
    await hold.release()
    throw error
  }
}

/** Ends a sentence that says why a server is replaced. */
function haveChanged(fields: readonly string[]): string {
  return fields.length === 1
    ? `its secret ${fields.join()} has changed`
    : `its secrets ${fields.join(', ')} have changed`
}

function isLeased({ template }: ResolveRequest): boolean {
  return references(template).some(({ reference }) => reference.kind === 'lease')
}

/** All of the fields, written down. @throws LaunchRefused when one of them can't be had. */
async function resolved(
  wanted: readonly ResolveRequest[],
  spec: LaunchSpec,
  deps: LaunchDeps,
  ...given: [signal: AbortSignal, leases?: LeaseContext, withinMs?: number]
): Promise<Resolution['fields']> {
  if (wanted.length === 0) return new Map()
  const resolution = await deps.resolver.resolve(spec.id, wanted, ...given)
  await deps.onUses(spec.id, resolution.uses)
  return allOrRefusal(spec, resolution)
}

function allOrRefusal(spec: LaunchSpec, { fields, problems }: Resolution): Resolution['fields'] {
  // The one that stays comes first: as long as it is there, trying again is no use.
  const problem = problems.find(({ code }) => !PASSING.has(code)) ?? problems[0]
  if (problem === undefined) return fields
  const { field, message, hint, code } = problem
  const retryable = PASSING.has(code)
  const wishes = problems.flatMap(({ retryAfterMs }) => retryAfterMs ?? [])
  throw new LaunchRefused(`${spec.where(field)}: ${message}`, {
    hint,
    retryable,
    ...(retryable && wishes.length > 0 && { retryAfterMs: Math.max(...wishes) }),
    ...(retryable && { store: storeIn(problem, spec) }),
  })
}

/** A lease is waited for at the store that issues it. */
function storeIn({ store, reference }: ResolveProblem, { leases }: LaunchSpec): string {
  if (store !== 'lease') return aliasOf(store)
  const name = /^\$\{lease:([^#}]+)/.exec(reference)?.[1] ?? ''
  return leases.get(name)?.store ?? store
}

async function composeRemote(
  spec: CommonSpec & RemoteSpec,
  fields: Resolution['fields'],
  deps: LaunchDeps,
): Promise<RemoteTarget> {
  const { id } = spec
  const handedOver = remoteSecrets(id, spec, fields)
  deps.onSecrets(id, handedOver)
  const { value = '', secrets: brought = [] } = fields.get('url') ?? {}
  const { secrets, places } = await recognise(id, [
    { label: 'url', text: isDeclaredPlain(spec.url) ? '' : value },
    ...[...spec.headers].map(([name, template]) => ({
      label: name,
      name,
      text: isDeclaredPlain(template) ? '' : (fields.get(`headers.${name}`)?.value ?? ''),
    })),
  ])
  deps.onSecrets(id, [...secrets, ...(spec.allowSecretsInArgs ? brought : [])])
  const url = { field: 'url', template: spec.url, text: value, places: places[0] ?? [], brought }
  await refuseSecretsIn([url], spec, { secretsIn: (text) => deps.secretsIn(text), handedOver })
  return remoteTarget(spec, fields, {
    serverId: id,
    environment: deps.environment,
    vault: deps.vault,
    onSecrets: (secrets) => deps.onSecrets(id, secrets),
    where: (field) => spec.where(field),
  })
}

/** What there is to resolve. */
export function requests(spec: LocalSpec | RemoteSpec): ResolveRequest[] {
  return spec.kind === 'remote' ? remoteRequests(spec) : localRequests(spec)
}
