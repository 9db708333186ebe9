/**
 * The first work of a clerk: it revokes the leases that killed clerks of the same servers.yaml left in their ledgers.
 * A lease that can't be revoked now stays there for the next clerk (promise 8).
 */
import { aliasOf } from '../stores/identity.ts'
import type { Secret } from '../secret.ts'
import type { Lease, Store } from '../store.ts'
import { openStores } from '../stores/index.ts'
import { orphans, settleLedgers } from './left-ledgers.ts'
import { revokeAt } from './revoke.ts'
import type { ClerkOpening } from './clerk-wire.ts'

/**
 * @param present The stores as the clerk opened them for itself.
 * @returns how many leases there were; what became of each stands in their ledgers
 */
export async function settleOrphans(
  opening: ClerkOpening,
  present: ReadonlyMap<string, Store>,
): Promise<number> {
  let count = 0
  for (const [file, { environment, held }] of orphans(opening.ledgers, opening.config)) {
    const [stores, close] = await storesOf(environment, opening, present)
    for (const { held: id, store, server, path } of held) {
      const fields = new Map<string, Secret>()
      const lease: Lease & { path: string } = { id, fields, expiresAt: 0, renewable: false, path }
      // The server may have lost its own login meanwhile; the store's may be able to revoke it as well.
      const revocation = await revokeAt(stores.get(store) ?? stores.get(aliasOf(store)), lease, server)
      settleLedgers(file, id, revocation)
      count += 1
    }
    await close()
  }
  return count
}

/** An orphan of prod isn't found where dev's leases are, and must not count as gone for that. */
async function storesOf(
  environment: string | undefined,
  opening: ClerkOpening,
  present: ReadonlyMap<string, Store>,
): Promise<[ReadonlyMap<string, Store>, () => Promise<void>]> {
  // Before ledgers named it, it was that of the next start too.
  if (environment === undefined || environment === opening.environment) return [present, async () => {}]
  const stores = await openStores(new Map(opening.stores), { ...opening, environment })
  return [stores, async () => void (await Promise.all([...stores.values()].map((store) => store.close())))]
}
