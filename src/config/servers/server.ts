/** One entry of `servers:`, already of the right shape, to a ServerConfig: defaults applied, launch read and hashed. */
import { AUTHORITY_VARIABLES, PROXY_VARIABLES } from '../../upstream/process/company.ts'
import { canonicalHash } from '../../json/canonical.ts'
import { sandboxRules, type SandboxRules } from '../../confine/options.ts'
import { relayRules } from '../../relay/options.ts'
import type { Template } from '../../secrets/reference.ts'
import { traitsOf } from '../../secrets/stores/traits.ts'
import type { IdleRule, LocalLaunch, RemoteLaunch, ServerConfig } from '../config.ts'
import { startsContainer } from '../container.ts'
import { keepsSecrets } from './startable.ts'
import { STOP_GRACE_MS } from '../../upstream/process/ending/process-tree.ts'
import type { ServerEntry } from './server-entry.ts'
import { canBroker } from './brokered.ts'
import { readLaunch } from './launch.ts'
import type { RawConfig, RawServer } from '../schema/schema.ts'
import { suggest } from '../templates.ts'

export type ResolvedServer = Omit<ServerConfig, 'pin' | 'position' | 'fieldPosition'>

/** Undefined when a finding says why. */
export function resolveServer(
  id: string,
  entry: ServerEntry,
  dir: string,
  defaults: RawConfig['defaults'],
): ResolvedServer | undefined {
  const { raw, originalId } = entry
  checkLeases(entry)
  const read = readLaunch(entry, dir, defaults.install)
  if (read === undefined) return undefined
  const launch = (raw.inheritProxy ?? defaults.inheritProxy) ? withProxy(read) : read
  const sandbox = sandboxRules(raw.sandbox, defaults.sandbox)
  if (!keepsSecrets(entry, id, launch)) return undefined
  if (launch.kind === 'stdio' && !canBroker(entry, launch.brokered, sandbox)) return undefined
  const timeoutMs = raw.timeout ?? defaults.timeout
  return {
    id,
    originalId,
    ...(raw.description === undefined ? {} : { description: raw.description }),
    ...(raw.environments === undefined ? {} : { environments: raw.environments }),
    launch,
    launchHash: hashLaunch(launch, sandbox),
    tools: raw.tools ?? {},
    ...(raw.prompts === undefined ? {} : { prompts: raw.prompts }),
    ...(raw.resources === undefined ? {} : { resources: raw.resources }),
    ...relayRules(raw),
    ...(raw.validate === undefined ? {} : { validate: raw.validate }),
    rateLimit: raw.rateLimit ?? defaults.rateLimit,
    ...maxResultOf(raw.maxResult, defaults.maxResult),
    timeoutMs,
    startTimeoutMs: raw.startTimeout ?? defaults.startTimeout,
    drainMs: raw.drain ?? defaults.drain ?? SILENCES * timeoutMs,
    stopGraceMs: raw.stopGrace ?? defaults.stopGrace ?? usualGraceMs(launch),
    limits: { ...defaults.limits, ...raw.limits },
    replace: raw.replace ?? 'beside',
    start: raw.start ?? defaults.start ?? 'lazy',
    idle: idleRule(raw, defaults),
    sandbox,
    allowSecretsInArgs: raw.allowSecretsInArgs ?? false,
    leases: new Map(Object.entries(raw.leases ?? {})),
  }
}

/** `off` is undefined, and of a server it counts over the defaults. */
function maxResultOf(
  own: RawServer['maxResult'],
  ofAll: RawConfig['defaults']['maxResult'],
): Pick<ServerConfig, 'maxResult'> {
  const most = own ?? ofAll ?? 'off'
  return most === 'off' ? {} : { maxResult: most }
}

function withProxy(launch: LocalLaunch | RemoteLaunch): LocalLaunch | RemoteLaunch {
  if (launch.kind === 'remote') return launch
  const names = [...launch.inheritEnv, ...PROXY_VARIABLES, ...AUTHORITY_VARIABLES]
  return { ...launch, inheritEnv: [...new Set(names)] }
}

/** A call takes no longer than so many times its timeout (upstream/session/caller-request.ts). */
const SILENCES = 10

const IDLE_MS = 600_000

/** Who wants a server to be there from the start wants it to stay. */
function idleRule(
  raw: Pick<RawServer, 'start' | 'idle'>,
  defaults: Pick<RawConfig['defaults'], 'start' | 'idle'>,
): IdleRule {
  if (raw.idle !== undefined) return { ms: raw.idle, isOwn: true }
  if (raw.start === 'eager') return { ms: 0, isOwn: false }
  return {
    ms: defaults.idle ?? (raw.start === undefined && defaults.start === 'eager' ? 0 : IDLE_MS),
    isOwn: false,
  }
}

/** The client of a container passes SIGTERM on and waits; "docker stop" gives what is in there 10 s. */
const CONTAINER_GRACE_MS = 10_000

function usualGraceMs(launch: LocalLaunch | RemoteLaunch): number {
  if (launch.kind === 'remote') return STOP_GRACE_MS
  return startsContainer(
    launch.command.source,
    launch.args.map(({ source }) => source),
  )
    ? CONTAINER_GRACE_MS
    : STOP_GRACE_MS
}

/** A store that makes no leases is better said before the server is needed. */
function checkLeases(entry: ServerEntry): void {
  for (const [name, { store }] of Object.entries(entry.raw.leases ?? {})) {
    const field = ['leases', name, 'store']
    if (!entry.stores.has(store)) {
      const hint = suggest(store, [...entry.stores.keys()], 'declare it under `secrets:`')
      entry.refuse(field, 'the store of this lease is not declared', hint)
      continue
    }
    const type = entry.stores.get(store)
    if (type === undefined || traitsOf(type).makesLeases === true) continue
    entry.warn(field, `a store of type ${type} makes no leases`, 'refer to a static secret instead')
  }
}

/**
 * What the approval of a launch is bound to (promise 5): everything that decides which program runs, and with what. As
 * whom a store is asked is not part of it, neither in the store's settings nor in `auth:` of the server: that decides
 * who may read a reference's value and not which program is run, and a login that is replaced should ask nobody to
 * approve the same tools again.
 */
function hashLaunch(launch: LocalLaunch | RemoteLaunch, rules: SandboxRules): string {
  const { mode, ...more } = rules
  const isPlain =
    more.read.length + more.write.length + more.devices.length === 0 && more.network.kind === 'all'
  const sandbox = isPlain ? mode : rules
  if (launch.kind === 'remote') {
    const { url, headers, caCert } = launch
    // Whose word counts for who the server is.
    const authority = caCert === undefined ? {} : { caCert: caCert.source }
    return canonicalHash({ url: url.source, headers: sources(headers), ...authority, sandbox })
  }
  const { command, args, cwd, env, brokered, inheritEnv } = launch
  return canonicalHash({
    command: command.source,
    args: args.map((arg) => arg.source),
    cwd: cwd.source,
    env: sources(env),
    ...(brokered.size === 0 ? {} : { brokered: Object.fromEntries(brokered) }),
    inheritEnv,
    sandbox,
  })
}

function sources(templates: ReadonlyMap<string, Template>): Record<string, string> {
  return Object.fromEntries([...templates].map(([name, template]) => [name, template.source]))
}
