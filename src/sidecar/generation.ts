/**
 * What one config means, in one piece: under which rules calls run, what servers may ask, what of them is shown. A call
 * ends under the generation that it began under; what comes after an edit of servers.yaml begins under the next.
 */
import type { CatalogServer } from '../catalog/select.ts'
import type { Config, ServerConfig } from '../config/config.ts'
import { catalogServer } from '../config/rooms.ts'
import type { Next } from '../pipeline/call.ts'
import { Relay, type RelayDeps } from '../relay/caller.ts'
import { createCorridor, type CorridorRooms } from './corridor.ts'
import { confirmSampling } from './sampling.ts'

export interface Generation {
  readonly config: Config
  readonly call: Next
  readonly relay: Relay
  /** Undefined for a server that this config doesn't have. */
  readonly server: (id: string) => ServerConfig | undefined
  readonly catalog: readonly CatalogServer[]
}

export interface GenerationRooms extends CorridorRooms {
  readonly relaying: Omit<RelayDeps, 'confirm'>
}

export function createGeneration(config: Config, rooms: GenerationRooms): Generation {
  const { queue, session } = rooms.asking
  const relay = new Relay({ ...rooms.relaying, confirm: confirmSampling(config, queue, session) })
  const servers = new Map(config.servers.map((server) => [server.id, server]))
  return {
    config,
    relay,
    call: createCorridor(config, relay, rooms),
    server: (id) => servers.get(id),
    catalog: config.servers.map((server) => catalogServer(server, config)),
  }
}
