/**
 * Another config in place of the one that runs. What has to be opened for it is opened before; then everything that
 * begins is under the new one, from one moment to the next, and what is under way ends as it began. Servers whose process
 * would be the same keep it, with what they offered, what is subscribed to and what is parked there.
 */
import type { Config } from '../config/config.ts'
import { leaseOpening, lockableServers } from '../config/for-rooms.ts'
import { SidemuxError } from '../errors.ts'
import { hostUri } from '../catalog/addresses/uri.ts'
import { unusual } from '../relay/options.ts'
import { canonicalHash } from '../json/canonical.ts'
import { storeCredentials } from '../secrets/stores/shared/credentials.ts'
import { FIRST_MODERN_VERSION } from '../upstream/link/gate.ts'
import { carryOn } from './carry.ts'
import { configChanges, type ConfigChanges } from './changes.ts'
import { createGeneration, type Generation } from './generation.ts'
import type { Rooms } from './rooms.ts'

/** @throws SidemuxError when it can't be written down, pins can't be read, or the sidecar stops; nothing has changed then. */
export async function applyConfig(
  edited: Config,
  rooms: Rooms,
  stopping: AbortSignal,
): Promise<ConfigChanges> {
  const { options, journal, catalog } = rooms
  const before = rooms.generation
  const held = await rooms.trust.holds(edited, before.config)
  const config = carryOn(before.config, edited, held)
  const changes = configChanges(before.config, config)
  options.redactor.add('', storeCredentials(config.stores, options.env))
  rooms.pins.check()
  rooms.pins.know(await lockableServers(config))
  const stores = await rooms.stores.prepare(config)
  const next = createGeneration(config, rooms.shared)
  try {
    if (stopping.aborted) throw new SidemuxError('sidemux is stopping')
    const facts = { ...configFacts(config), before: before.config.hash, ...changes }
    await journal.record('server', { phase: 'config', ...facts })
    rooms.host.onListsChanged(catalog.reconfigure(next.catalog))
  } catch (error) {
    await stores.discard()
    throw error
  }
  rooms.generation = next
  stores.use()
  rooms.trust.change(edited, held)
  // For which environment and capabilities something is known of a server is asked of the config of now.
  const known = journal.attempt('recall what servers offered', () => catalog.reconfigure(next.catalog))
  if (known !== undefined) rooms.host.onListsChanged(known)
  rooms.leases.change(leaseOpening(config, options))
  rooms.asking.change(config.approvals)
  // What is marked for the host hangs on more than the catalog: on the mode, and on the rules that a grant was given under.
  if (before.config.approvals.host || config.approvals.host) rooms.host.onListsChanged(['tools'])
  if (canonicalHash(before.config.surface) !== canonicalHash(config.surface))
    rooms.host.onListsChanged(['tools'])
  rooms.ahead.change()
  rooms.children.change((id) => !changes.restarted.includes(id))
  unwatchForbidden(rooms)
  for (const id of toldOnlyWhenStarted(before, rooms))
    options.log.info(`${id} learns what it may ask of the host when it starts again`)
  return changes
}

export function configFacts({ hash, environment, profile, odd, broken }: Config): Record<string, unknown> {
  return {
    config: hash,
    environment,
    profile: profile?.name ?? null,
    ...(odd.length === 0 ? {} : { odd: odd.map(({ id, line }) => (id === '' ? `line ${line}` : id)) }),
    ...(broken === undefined ? {} : { broken: true }),
  }
}

/** What the rules forbid to read now isn't told of any more. */
function unwatchForbidden({ catalog, fleet, generation }: Rooms): void {
  for (const child of fleet.children) {
    const apps = generation.server(child.id)?.apps === true
    for (const uri of child.watched) {
      const verdict = catalog.find('resource', hostUri({ id: child.id, apps }, uri))?.target.verdict
      if (verdict?.kind !== 'allow' && verdict?.kind !== 'confirm') child.unwatch(uri)
    }
  }
}

/** Servers of the older era hear once what they may ask; that they may ask less holds all the same. */
function toldOnlyWhenStarted(before: Generation, { fleet, generation }: Rooms): readonly string[] {
  return fleet.children.flatMap(({ id, state }) => {
    const [then, now] = [before.server(id), generation.server(id)]
    if (then === undefined || now === undefined || state.kind !== 'ready') return []
    const isTold = canonicalHash(unusual(then)) === canonicalHash(unusual(now))
    return isTold || state.protocolVersion >= FIRST_MODERN_VERSION ? [] : [id]
  })
}
