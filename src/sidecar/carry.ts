/**
 * What goes on when an edit of servers.yaml has something wrong in it: a server that runs keeps the entry that it was
 * started with, rules included, and the stores that it takes something from, until its new entry is right or gone. So a
 * file that is saved while somebody types ends no process. Entries that are wrong and never ran stay down. Pure.
 */
import { storesOf } from '../config/blame.ts'
import type { Config, OddEntry, ServerConfig } from '../config/config.ts'
import { storeFor } from '../secrets/access/identity.ts'

export function carryOn(before: Config, edited: Config): Config {
  const carried = new Map<OddEntry, ServerConfig>()
  for (const entry of edited.odd) {
    const was = before.servers.find(({ originalId }) => originalId === entry.originalId)
    const isTaken = edited.servers.some(({ id }) => id === was?.id)
    if (was !== undefined && !isTaken && isIn(edited.environment, was)) carried.set(entry, was)
  }
  if (carried.size === 0) return edited
  const stores = new Map(edited.stores)
  for (const was of carried.values()) {
    for (const alias of storesOf(was)) {
      for (const name of [alias, storeFor(before.stores, alias, was.id)]) {
        const options = before.stores.get(name)
        if (options !== undefined && !stores.has(name)) stores.set(name, options)
      }
    }
  }
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
