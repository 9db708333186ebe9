/**
 * Compares two configs and says what an edit of servers.yaml changes. A server is restarted when what decides its
 * process, or the secrets in it, is another: its launch, its leases, its login at a store, and the settings of each
 * store that it takes a value from. Everything else (rules, limits, timeouts, descriptions) changes while it runs.
 * Pure.
 */
import { canonicalHash } from '../json/canonical.ts'
import type { Config, ServerConfig } from '../config/config.ts'
import { launchSpec } from '../config/for-rooms.ts'
import { storeFor } from '../secrets/stores/identity.ts'
import { references } from '../secrets/reference.ts'
import { launchRequests } from '../upstream/launch/launch.ts'

/** Ids of servers, and names of sections. */
export interface ConfigChanges {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly restarted: readonly string[]
  /** Their rules are others, their process stays. */
  readonly changed: readonly string[]
  readonly sections: readonly string[]
}

export function configChanges(before: Config, after: Config): ConfigChanges {
  const old = new Map(before.servers.map((server) => [server.id, server]))
  const kept = after.servers.flatMap((now) => {
    const was = old.get(now.id)
    return was === undefined ? [] : [{ id: now.id, was, now }]
  })
  const restarts = kept.filter(({ was, now }) => processOf(was, before) !== processOf(now, after))
  const restarted = restarts.map(({ id }) => id)
  const ids = new Set(after.servers.map(({ id }) => id))
  return {
    added: after.servers.flatMap(({ id }) => (old.has(id) ? [] : [id])),
    removed: before.servers.flatMap(({ id }) => (ids.has(id) ? [] : [id])),
    restarted,
    changed: kept
      .filter(({ id, was, now }) => !restarted.includes(id) && rulesOf(was) !== rulesOf(now))
      .map(({ id }) => id),
    sections: SECTIONS.filter((section) => hashOf(before[section]) !== hashOf(after[section])),
  }
}

const SECTIONS = ['environment', 'stores', 'approvals', 'audit', 'profile'] as const

/** Another one needs another process. */
export function processOf(server: ServerConfig, config: Config): string {
  const spec = launchSpec(server, config)
  const stores = [
    ...launchRequests(spec).flatMap(({ template }) => references(template)),
    ...[...server.leases.values()].map(({ store }) => ({ reference: { kind: 'store', store } as const })),
  ].flatMap(({ reference }) => (reference.kind === 'store' ? [reference.store] : []))
  const { launchHash, startTimeoutMs } = server
  return hashOf({
    spec,
    launchHash,
    startTimeoutMs,
    stores: stores.map((alias) => storeOf(alias, server.id, config)),
  })
}

/** Another one has to be opened anew. */
export function storeHash(name: string, { stores, environment }: Config): string | undefined {
  const options = stores.get(name)
  if (options === undefined) return undefined
  const isElsewhere = JSON.stringify(options).includes('{environment}')
  return hashOf({ options, environment: isElsewhere ? environment : undefined })
}

function storeOf(alias: string, server: string, config: Config): readonly (string | undefined)[] {
  const name = storeFor(config.stores, alias, server)
  return [name, storeHash(name, config)]
}

/** Where it is written is none. */
function rulesOf(server: ServerConfig): string {
  return hashOf({ ...server, position: undefined })
}

function hashOf(value: unknown): string {
  return canonicalHash({ value: plain(value) })
}

/** Without functions, and maps as objects; in what order something is written makes no difference. */
function plain(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  if (value instanceof Map) return plain(Object.fromEntries(value))
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return typeof value === 'function' ? undefined : value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
      const made = plain(member)
      return made === undefined ? [] : [[key, made]]
    }),
  )
}
