/**
 * Turns a server's entry into a launch: the program to start or the address to connect to. References become values
 * here, just before the start, and nowhere else. A reference that can't be resolved stops this server and no other
 * (promise 1). resolved.ts brings the values, local.ts and remote-launch.ts build the launch from them.
 *
 * `${env:…}` in a command, its arguments and directory, or an address, is plain text by intent; a value that is a secret
 * is refused there (plain.ts).
 */
import type { BrokeredSecrets } from '../../egress/broker/brokered.ts'
import type { OpenedWay } from '../../egress/egress.ts'
import { LeaseHold, type LeaseEvent } from '../../secrets/leases/hold.ts'
import type { LeaseKeeper } from '../../secrets/leases/keeper.ts'
import { takeLeases } from '../../secrets/leases/take.ts'
import type { Resolution, ResolveRequest } from '../../secrets/resolve/resolve.ts'
import { watchRotation } from '../../secrets/resolve/rotation.ts'
import type { WatchHealth } from '../../secrets/resolve/watch-health.ts'
import type { Launch, RunHold } from '../process/process-launch.ts'
import { remoteRequests, type RemoteSpec } from '../remote/remote-spec.ts'
import type { RemoteTarget } from '../remote/target.ts'
import { confined, type Confinement, type OpenedLaunch } from './confined.ts'
import type { PackagedDeps } from './package-wish.ts'
import { packaged } from './packaged.ts'
import { localLaunch, localRequests, type LocalDeps } from './local.ts'
import { refuseInClear, takeUp, withPlaceholders, type Brokered } from './placeholders.ts'
import { remoteLaunch, type RemoteDeps } from './remote-launch.ts'
import { isLeased, resolved, type ResolvingDeps } from './resolved.ts'
import type { CommonSpec, LaunchSpec, LocalSpec } from './spec.ts'

export type { CommonSpec, LaunchSpec, LocalSpec } from './spec.ts'

/** What confines a local server, if anything does. */
export interface LaunchConfinement {
  readonly confined: NonNullable<Launch['confined']>['by'] | 'no'
  /** It may write what its user's shell or session runs. */
  readonly startFiles?: true
}

export interface LaunchDeps extends LocalDeps, RemoteDeps, ResolvingDeps, PackagedDeps {
  readonly keeper: Pick<LeaseKeeper, 'lease' | 'renew' | 'revoke' | 'onLost' | 'onEnded'>
  /** Where it is told that a store can't be watched. */
  readonly health: WatchHealth
  readonly confinement: Confinement
  /** A lease was renewed, could not be, or was given back. */
  onLease(id: string, event: LeaseEvent): void
  /** Of this run of sidemux, for what servers get in place of brokered secrets. */
  readonly placeholderSeed: string
  onDelivery(id: string, delivery: Delivery): Promise<void>
  /** Awaited: a launch that can't be written down doesn't happen (promise 6). */
  onLaunch(id: string, confinement: LaunchConfinement | undefined): Promise<void>
}

/** What became of a brokered secret; never its value. */
export type Delivery =
  /** Its first one to this host, in this run; awaited, since what can't be written down isn't handed over. */
  | { readonly phase: 'delivered'; readonly field: string; readonly host: string }
  /** Its value is another one from now on, for the same process. */
  | { readonly phase: 'taken-up'; readonly field: string }

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
  const wanted = launchRequests(spec)
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
  let brokered: Brokered | undefined
  let opened: Pick<OpenedWay, 'close'> | undefined
  const hold = new LeaseHold({
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
        takeUp: (changed) => takenUp(spec, changed, brokered?.secrets, deps),
      }),
    onEvent: (event) => deps.onLease(spec.id, event),
    now: Date.now,
  })
  try {
    const leased = await resolved(wanted.filter(isLeased), spec, deps, signal, leases)
    fields = new Map([...plain, ...leased])
    brokered = spec.kind === 'stdio' ? withPlaceholders(spec, fields, deps.placeholderSeed) : undefined
    const launch =
      spec.kind === 'remote'
        ? await remoteLaunch(spec, fields, deps)
        : await composeLocal(spec, fields, deps, brokered, signal)
    opened = 'wayOut' in launch ? launch.wayOut : undefined
    await deps.onLaunch(spec.id, 'command' in launch ? confinementOf(launch) : undefined)
    return { ...launch, hold: holding(hold, opened) }
  } catch (error) {
    opened?.close()
    await hold.release()
    throw error
  }
}

async function composeLocal(
  spec: CommonSpec & LocalSpec,
  fields: Resolution['fields'],
  deps: LaunchDeps,
  brokered: Brokered | undefined,
  signal: AbortSignal,
): Promise<OpenedLaunch> {
  // The values are masked also where the server gets placeholders.
  const secrets = brokered?.secrets
  if (secrets !== undefined)
    deps.onSecrets(
      spec.id,
      secrets.all.map(({ secret }) => secret),
    )
  const written = await localLaunch(spec, brokered?.fields ?? fields, deps)
  const launch = await packaged(written, spec, deps, signal)
  if (secrets === undefined) return confined(launch, spec, deps.confinement, deps.execPath)
  refuseInClear(spec, launch, secrets)
  // Few have servers that need one.
  const { openBrokering } = await import('../../egress/broker/brokering.ts')
  const brokering = openBrokering({
    server: spec.id,
    secrets,
    env: launch.env,
    ownEnv: deps.environment,
    onDelivery: async (field, host) => deps.onDelivery(spec.id, { phase: 'delivered', field, host }),
  })
  return confined(launch, spec, deps.confinement, deps.execPath, brokering)
}

/** Brokered values change under a running server. */
function takenUp(
  spec: LaunchSpec,
  changed: Resolution['fields'],
  secrets: BrokeredSecrets | undefined,
  deps: Pick<LaunchDeps, 'onSecrets' | 'onDelivery'>,
): boolean {
  const taken = spec.kind === 'stdio' && secrets !== undefined ? takeUp(spec, secrets, changed) : undefined
  if (taken === undefined) return false
  deps.onSecrets(spec.id, taken)
  for (const field of changed.keys()) void deps.onDelivery(spec.id, { phase: 'taken-up', field })
  return true
}

function holding(hold: RunHold, opened: Pick<OpenedWay, 'close'> | undefined): RunHold {
  if (opened === undefined) return hold
  return {
    begin: (onStale) => hold.begin(onStale),
    release: async () => {
      opened.close()
      await hold.release()
    },
  }
}

function confinementOf({ confined: by }: Launch): LaunchConfinement {
  return { confined: by?.by ?? 'no', ...(by?.startFiles === true && { startFiles: true }) }
}

/** Ends a sentence that says why a server is replaced. */
function haveChanged(fields: readonly string[]): string {
  return fields.length === 1
    ? `its secret ${fields.join()} has changed`
    : `its secrets ${fields.join(', ')} have changed`
}

/** What there is to resolve. */
export function launchRequests(spec: LocalSpec | RemoteSpec): ResolveRequest[] {
  return spec.kind === 'remote' ? remoteRequests(spec) : localRequests(spec)
}
