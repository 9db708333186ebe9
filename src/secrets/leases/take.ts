/** Takes the leases that a server's templates name, all at once, before anything else is resolved. */
import type { LeaseDeclarations, TakenLeases } from '../resolve/lease-answer.ts'
import { references } from '../reference.ts'
import type { Resolver, ResolveRequest } from '../resolve/resolve.ts'
import type { Secret } from '../secret.ts'
import { asStoreError, type StoreError } from '../store.ts'
import type { HeldLease, LeaseKeeper } from './keeper.ts'

export interface TakenByStart {
  readonly held: ReadonlyMap<string, HeldLease>
  readonly taken: TakenLeases
}

/** Never rejects: a lease that can't be had is a problem of the references to it. */
export async function takeLeases(
  keeper: Pick<LeaseKeeper, 'lease'>,
  resolver: Pick<Resolver, 'leasingStore'>,
  server: string,
  declared: LeaseDeclarations,
  requests: readonly ResolveRequest[],
): Promise<TakenByStart> {
  const held = new Map<string, HeldLease>()
  const taken = new Map<string, ReadonlyMap<string, Secret> | StoreError>()
  const take = async (name: string): Promise<void> => {
    const declaration = declared.get(name)
    // Undeclared, or of a store that issues none: resolving says so, with what to write instead.
    const store = declaration && resolver.leasingStore(declaration.store, server)
    if (declaration === undefined || store === undefined) return
    const { path, ttl } = declaration
    try {
      const lease = await keeper.lease(name, {
        store,
        path,
        server,
        ...(ttl !== undefined && { ttlMs: ttl }),
      })
      held.set(name, lease)
      taken.set(name, lease.fields)
    } catch (error) {
      taken.set(name, asStoreError(error, `lease "${name}" was not taken`))
    }
  }
  await Promise.all([...namesIn(requests)].map(take))
  return { held, taken }
}

function namesIn(requests: readonly ResolveRequest[]): ReadonlySet<string> {
  const parts = requests.flatMap(({ template }) => references(template))
  return new Set(parts.flatMap(({ reference }) => (reference.kind === 'lease' ? [reference.lease] : [])))
}
