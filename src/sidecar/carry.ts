/**
 * Decides what goes on when an edit of servers.yaml has an error. A running server keeps the entry that it was
 * started with, its rules and its stores, until its new entry is right or gone. So a file that is saved while
 * somebody types ends no process. Entries that are wrong and never ran stay down. So does a server go on whose launch has
 * grown, until a human agrees to it. Pure.
 */
import { isDeepStrictEqual } from 'node:util'
import { storesOf } from '../config/blame.ts'
import type { Config, OddEntry, ServerConfig } from '../config/config.ts'
import type { StoreOptions } from '../secrets/stores/options.ts'
import { ownStore, storeFor } from '../secrets/stores/identity.ts'

export function carryOn(before: Config, edited: Config, held: ReadonlySet<string> = new Set()): Config {
  return withHeld(before, withCarried(before, edited), held)
}

/**
 * A server to whose new launch nobody has agreed goes on by the one before, with the stores of that one. Everything else
 * in its new entry applies, since it may be stricter.
 */
function withHeld(before: Config, edited: Config, held: ReadonlySet<string>): Config {
  if (held.size === 0) return edited
  const stores = new Map(edited.stores)
  const servers = edited.servers.map((server): ServerConfig => {
    const was = held.has(server.id) ? before.servers.find(({ id }) => id === server.id) : undefined
    if (was === undefined) return server
    keepStores(was, before, stores)
    keepOwnStores(was, before, stores)
    const { launch, launchHash, sandbox, leases, allowSecretsInArgs } = was
    return { ...server, launch, launchHash, sandbox, leases, allowSecretsInArgs }
  })
  return { ...edited, stores, servers }
}

function keepStores(was: ServerConfig, before: Config, stores: Map<string, StoreOptions>): void {
  for (const alias of storesOf(was))
    for (const name of [alias, storeFor(before.stores, alias, was.id)]) {
      const options = before.stores.get(name)
      if (options !== undefined && !stores.has(name)) stores.set(name, options)
    }
}

/** A store that the edit changed stays as it was for this server alone, as if it had a login of its own there. */
function keepOwnStores(was: ServerConfig, before: Config, stores: Map<string, StoreOptions>): void {
  for (const alias of storesOf(was)) {
    const options = before.stores.get(storeFor(before.stores, alias, was.id))
    const edited = stores.get(storeFor(stores, alias, was.id))
    if (options !== undefined && !isDeepStrictEqual(options, edited))
      stores.set(ownStore(alias, was.id), options)
  }
}

function withCarried(before: Config, edited: Config): Config {
  const carried = new Map<OddEntry, ServerConfig>()
  for (const entry of edited.odd) {
    const was = before.servers.find(({ originalId }) => originalId === entry.originalId)
    const isTaken = edited.servers.some(({ id }) => id === was?.id)
    if (was !== undefined && !isTaken && isIn(edited.environment, was)) carried.set(entry, was)
  }
  if (carried.size === 0) return edited
  const stores = new Map(edited.stores)
  for (const was of carried.values()) keepStores(was, before, stores)
  // In the order of the file as it is now.
  const placed = [
    ...edited.servers.map((server) => ({ server, line: server.position.line })),
    ...[...carried].map(([{ entryLine }, server]) => ({ server, line: entryLine })),
  ]
  return {
    ...edited,
    stores,
    servers: placed.toSorted((a, b) => a.line - b.line).map(({ server }) => server),
    odd: edited.odd.map((entry) => (carried.has(entry) ? { ...entry, runs: true } : entry)),
  }
}

function isIn(environment: string, { environments }: ServerConfig): boolean {
  return environments === undefined || environments.includes(environment)
}
