/** A server of the config in the words of the rooms that act on it. */
import { join } from 'node:path'
import type { CatalogServer } from '../catalog/select.ts'
import { rulesHash } from '../policy/rules.ts'
import { unusual } from '../relay/options.ts'
import type { Opening } from '../secrets/leases/wire.ts'
import type { LaunchSpec } from '../upstream/launch.ts'
import type { Config, ServerConfig } from './config.ts'

export function catalogServer(server: ServerConfig, config: Config): CatalogServer {
  const { profile } = config
  return {
    id: server.id,
    ...(server.description === undefined ? {} : { description: server.description }),
    launchHash: server.launchHash,
    rules: server.tools,
    ...(profile?.tools === undefined ? {} : { profile: profile.tools }),
    ...(profile === undefined ? {} : { narrowed: profile }),
    ...(server.prompts === undefined ? {} : { prompts: server.prompts }),
    ...(server.resources === undefined ? {} : { resources: server.resources }),
    apps: server.apps,
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
export function leaseOpening(config: Config, at: { stateDir: string; env: NodeJS.ProcessEnv }): Opening {
  const env = Object.fromEntries(
    Object.entries(at.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
  return {
    stores: [...config.stores],
    environment: config.environment,
    baseDir: config.dir,
    env,
    ledgers: join(at.stateDir, 'leases'),
    config: config.file,
  }
}
