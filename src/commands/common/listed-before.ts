/** Counts how many tools a host would be listed, by what servers offered in earlier runs, with no server started. */
import { Catalog } from '../../catalog/catalog.ts'
import type { ServersLock } from '../../catalog/lock/servers-lock.ts'
import type { Config } from '../../config/config.ts'
import { catalogServer } from '../../config/for-rooms.ts'
import { isKeptListed } from '../../surface/kept.ts'
import { searchSurface } from '../../surface/own-tools.ts'

/** @throws SidemuxError when the pins can't be read */
export function listedBefore(config: Config, pins: ServersLock): number {
  const { servers, surface } = config
  const catalog = new Catalog(
    servers.map((server) => catalogServer(server, config)),
    pins,
  )
  catalog.loadPinned()
  const listed = catalog.entries().filter((entry) => entry.listed !== undefined && entry.pageOnly !== true)
  if (surface.mode === 'all') return listed.length
  return searchSurface([]).length + listed.filter((entry) => isKeptListed(surface.keep, entry)).length
}
