/**
 * Holds what one config means, in one piece: the rules of calls, what servers may ask, and what hosts are shown of
 * them. A call ends under the generation that it began under; what comes after an edit of servers.yaml begins under
 * the next.
 */
import type { CatalogServer } from '../catalog/offers/select.ts'
import type { Config, ServerConfig } from '../config/config.ts'
import { catalogServer } from '../config/for-rooms.ts'
import type { Next } from '../pipeline/call.ts'
import { Relay, type RelayDeps } from '../relay/relay.ts'
import { readResult } from '../spill/read-result.ts'
import { HostSurface } from '../surface/host-surface.ts'
import type { ToolSearch } from '../surface/search/tool-search.ts'
import { createCorridor, type CorridorRooms } from './corridor.ts'
import { confirmSampling } from './host/sampling.ts'

export interface Generation {
  readonly config: Config
  readonly call: Next
  readonly relay: Relay
  /** What hosts are listed. */
  readonly surface: HostSurface
  /** Undefined for a server that this config doesn't have. */
  readonly server: (id: string) => ServerConfig | undefined
  readonly catalog: readonly CatalogServer[]
}

export interface GenerationRooms extends CorridorRooms {
  readonly relaying: Omit<RelayDeps, 'confirm'>
  toolSearch(): Promise<ToolSearch>
  /** Resolves when a host's first list would be answered. */
  listed(): Promise<void>
}

export function createGeneration(config: Config, rooms: GenerationRooms): Generation {
  const { queue, session } = rooms.asking
  const relay = new Relay({ ...rooms.relaying, confirm: confirmSampling(config, queue, session) })
  const servers = new Map(config.servers.map((server) => [server.id, server]))
  const ids = config.servers.map(({ id }) => id)
  const surface = new HostSurface({
    rules: config.surface,
    servers: ids,
    entries: () => rooms.catalog.entries(),
    unknown: () => ids.filter((id) => !rooms.catalog.knows(id)),
    listed: async () => rooms.listed(),
    cutsResults: config.servers.some(({ maxResult }) => maxResult !== undefined),
    readResult: (question) =>
      readResult(rooms.results, question, (text) => rooms.redactor.maskText(text).text),
    search: async () => rooms.toolSearch(),
  })
  return {
    config,
    relay,
    surface,
    call: createCorridor(config, { relay, surface }, rooms),
    server: (id) => servers.get(id),
    catalog: config.servers.map((server) => catalogServer(server, config)),
  }
}
