/** Giving a lease back to the store that issued it. */
import type { Lease, Revocation, Store } from '../store.ts'

const REVOKE_WITHIN_MS = 5000

/** Never rejects: whatever isn't an answer of the store is `failed`, and the lease counts as alive. */
export async function revokeAt(
  store: Store | undefined,
  lease: Lease,
  serverId: string,
): Promise<Revocation> {
  try {
    return (
      (await store?.revoke?.(lease, { serverId, signal: AbortSignal.timeout(REVOKE_WITHIN_MS) })) ?? 'failed'
    )
  } catch {
    return 'failed'
  }
}
