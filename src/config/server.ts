/** One entry of `servers:`, already of the right shape, to a ServerConfig: defaults applied, launch read and hashed. */
import { canonicalHash } from '../canonical.ts'
import { relayRules } from '../relay/options.ts'
import type { Template } from '../secrets/reference.ts'
import type { LocalLaunch, RemoteLaunch, ServerConfig } from './config.ts'
import { keepsSecrets } from './startable.ts'
import type { Entry } from './entry.ts'
import { readLaunch } from './launch.ts'
import type { RawConfig } from './schema.ts'
import { suggest } from './templates.ts'

export type ResolvedServer = Omit<ServerConfig, 'position' | 'fieldPosition'>

/** Undefined when a finding says why. */
export function resolveServer(
  id: string,
  entry: Entry,
  dir: string,
  defaults: RawConfig['defaults'],
): ResolvedServer | undefined {
  const { raw, originalId } = entry
  checkLeases(entry)
  const launch = readLaunch(entry, dir)
  if (launch === undefined) return undefined
  const sandbox = raw.sandbox ?? defaults.sandbox
  if (!keepsSecrets(entry, id, launch)) return undefined
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
    timeoutMs,
    startTimeoutMs: raw.startTimeout ?? defaults.startTimeout,
    drainMs: raw.drain ?? defaults.drain ?? SILENCES * timeoutMs,
    replace: raw.replace ?? 'beside',
    sandbox,
    allowSecretsInArgs: raw.allowSecretsInArgs ?? false,
    leases: new Map(Object.entries(raw.leases ?? {})),
  }
}

/** A call takes no longer than so many times its timeout (upstream/client.ts). */
const SILENCES = 10

const LEASING: ReadonlySet<string> = new Set(['infisical', 'vault'])

/** A store that makes no leases is better said before the server is needed. */
function checkLeases(entry: Entry): void {
  for (const [name, { store }] of Object.entries(entry.raw.leases ?? {})) {
    const field = ['leases', name, 'store']
    if (!entry.stores.has(store)) {
      const hint = suggest(store, [...entry.stores.keys()], 'declare it under `secrets:`')
      entry.refuse(field, 'the store of this lease is not declared', hint)
      continue
    }
    const type = entry.stores.get(store)
    if (type === undefined || LEASING.has(type)) continue
    entry.warn(field, `a store of type ${type} makes no leases`, 'refer to a static secret instead')
  }
}

/**
 * What the approval of a launch is bound to (promise 5): everything that decides which program runs, and with what. As
 * whom a store is asked is not part of it, neither in the store's settings nor in `auth:` of the server: that decides
 * who may read a reference's value and not which program is run, and a login that is replaced should ask nobody to
 * approve the same tools again.
 */
function hashLaunch(launch: LocalLaunch | RemoteLaunch, sandbox: string): string {
  if (launch.kind === 'remote') {
    return canonicalHash({ url: launch.url.source, headers: sources(launch.headers), sandbox })
  }
  const { command, args, cwd, env, inheritEnv } = launch
  return canonicalHash({
    command: command.source,
    args: args.map((arg) => arg.source),
    cwd: cwd.source,
    env: sources(env),
    inheritEnv,
    sandbox,
  })
}

function sources(templates: ReadonlyMap<string, Template>): Record<string, string> {
  return Object.fromEntries([...templates].map(([name, template]) => [name, template.source]))
}
