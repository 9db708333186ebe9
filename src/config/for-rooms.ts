/** A server of the config in the words of the rooms that act on it. */
import type { LockableServer } from '../catalog/lock/lock-store.ts'
import type { CatalogServer } from '../catalog/offers/select.ts'
import type { Confinable } from '../confine/decision.ts'
import type { KnownPackages } from '../packages/known.ts'
import { rulesHash } from '../policy/rules-hash.ts'
import { unusual } from '../relay/options.ts'
import type { ClerkOpening } from '../secrets/leases/clerk-wire.ts'
import { references } from '../secrets/reference.ts'
import { storeFor } from '../secrets/stores/identity.ts'
import { traitsOf } from '../secrets/stores/traits.ts'
import type { StoreOptions } from '../secrets/stores/options.ts'
import { launchFacts, NOT_YET, type LaunchFacts } from '../trust/facts.ts'
import { launchToLock } from './locked-launch.ts'
import { launchRequests, type LaunchSpec } from '../upstream/launch/launch.ts'
import { wishOf } from '../upstream/launch/packaged.ts'
import type { Config, ServerConfig } from './config.ts'
import { serverPlaceOf } from './place.ts'
import { stateRoom } from '../state/paths.ts'

export function catalogServer(server: ServerConfig, config: Config): CatalogServer {
  const { profile } = config
  return {
    id: server.id,
    ...(server.description === undefined ? {} : { description: server.description }),
    launchHash: server.launchHash,
    rules: server.tools,
    place: serverPlaceOf(server.launch),
    ...(profile?.tools === undefined ? {} : { profile: profile.tools }),
    ...(profile === undefined ? {} : { narrowed: profile }),
    ...(server.prompts === undefined ? {} : { prompts: server.prompts }),
    ...(server.resources === undefined ? {} : { resources: server.resources }),
    apps: server.apps,
    ...(server.maxResult === undefined ? {} : { cutsResults: true }),
    ...(server.pin === 'strict' && { strict: true }),
    ...(server.validate === undefined ? {} : { validate: server.validate }),
  }
}

/** What remembered yeses of this server are bound to, beside launch command and definition. */
export function ruleHash(server: ServerConfig, config: Config): string {
  return rulesHash(server.tools, config.profile?.tools, config.environment, {
    prompts: server.prompts,
    resources: server.resources,
    profile: config.profile,
    relay: unusual(server),
  })
}

export function launchSpec(server: ServerConfig, config: Config): LaunchSpec {
  return {
    ...server.launch,
    id: server.id,
    launchHash: server.launchHash,
    dir: config.dir,
    sandbox: server.sandbox,
    allowSecretsInArgs: server.allowSecretsInArgs,
    leases: server.leases,
    where: (field) => {
      const { line, col } = server.fieldPosition(field)
      return `${config.file}:${line}:${col}`
    },
  }
}

/** What a human agrees to before it starts (trust/). */
export async function launchFactsOf(
  server: ServerConfig,
  config: Config,
  packages: KnownPackages,
): Promise<LaunchFacts> {
  const spec = launchSpec(server, config)
  const wish = spec.kind === 'remote' ? undefined : await wishOf(spec)
  const referred = launchRequests(spec).flatMap(({ template }) =>
    references(template).flatMap(({ reference }) => (reference.kind === 'store' ? [reference.store] : [])),
  )
  const aliases = [...new Set([...referred, ...[...server.leases.values()].map(({ store }) => store)])]
  const stores = aliases.flatMap((alias) => {
    const options = config.stores.get(storeFor(config.stores, alias, server.id))
    return options === undefined ? [] : [{ alias, options }]
  })
  return launchFacts(spec, {
    package: wish === undefined ? undefined : ((await packages(server.id, wish.key)) ?? NOT_YET),
    stores: new Map(stores.map(({ alias, options }) => [alias, storeWords(options)])),
    environment: stores.some(({ options }) => JSON.stringify(options).includes('{environment}'))
      ? config.environment
      : undefined,
  })
}

/** Which version of its package it is stands beside the launch. */
const notAsked: KnownPackages = async () => Promise.resolve(undefined)

/** All servers as servers.lock knows them, those too that profile or environment leave out. */
export async function lockableServers(config: Config): Promise<readonly LockableServer[]> {
  return Promise.all(
    [...config.servers, ...config.elsewhere, ...config.unchosen].map(async (server) => ({
      id: server.id,
      launchHash: server.launchHash,
      launch: launchToLock(await launchFactsOf(server, config, notAsked), config.dir),
      isStrict: server.pin === 'strict',
    })),
  )
}

/** Which program it runs, or what it asks where. Its login is nothing that a server gets, so another one asks nobody. */
function storeWords({ type, ...options }: StoreOptions): string {
  const { login } = traitsOf(type)
  const said = Object.entries(options)
    .filter(([key, value]) => value !== undefined && key !== login && !WHEN.has(key))
    .map(
      ([key, value]: [string, unknown]) =>
        `${key}=${JSON.stringify(key === 'env' ? referring(value) : value)}`,
    )
  return [type, ...said].join(' ')
}

const WHEN: ReadonlySet<string> = new Set(['poll', 'timeout'])

/** What is written out there may be a secret. */
function referring(env: unknown): unknown {
  return Object.fromEntries(
    Object.entries(env ?? {}).map(([name, value]) => [name, String(value).includes('${') ? value : '…']),
  )
}

/** The local servers, since nothing confines a remote one. Its templates are written, not resolved. */
export function confinables({
  servers,
}: Pick<Config, 'servers'>): readonly (Confinable & { readonly id: string })[] {
  return servers.flatMap(({ id, launch, sandbox }) =>
    launch.kind === 'remote'
      ? []
      : [
          {
            id,
            rules: sandbox,
            command: launch.command.source,
            args: launch.args.map(({ source }) => source),
          },
        ],
  )
}

/** For the limit stage. */
export function limitsOf(config: Config): (id: string) => { server: string; tools: Record<string, string> } {
  const limits = new Map(
    config.servers.map(({ id, rateLimit, tools }) => [
      id,
      { server: rateLimit, tools: tools.rateLimit ?? {} },
    ]),
  )
  return (id) => known(limits, id)
}

/** For the forward stage, in milliseconds. */
export function timeoutOf(config: Config): (id: string) => number {
  const timeouts = new Map(config.servers.map(({ id, timeoutMs }) => [id, timeoutMs]))
  return (id) => known(timeouts, id)
}

/** By id. */
export function serverOf(config: Config): (id: string) => ServerConfig {
  const servers = new Map(config.servers.map((server) => [server.id, server]))
  return (id) => known(servers, id)
}

/** The catalog knows only servers of the config, so a call can't be for another. */
function known<T>(map: ReadonlyMap<string, T>, id: string): T {
  const value = map.get(id)
  if (value === undefined) throw new Error(`no server ${id} in the config`)
  return value
}

/** What a lease clerk needs: the stores, and where its ledgers are. */
export function leaseOpening(config: Config, at: { stateDir: string; env: NodeJS.ProcessEnv }): ClerkOpening {
  const env = Object.fromEntries(
    Object.entries(at.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
  return {
    stores: [...config.stores],
    environment: config.environment,
    baseDir: config.dir,
    env,
    ledgers: stateRoom(at.stateDir, 'leases'),
    config: config.file,
  }
}
