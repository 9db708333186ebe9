/** `${lease:…}` in a version whose stores issue no leases: the exact reason why it can't be resolved. */
import { nearestName } from './nearest.ts'
import type { Reference } from './reference.ts'
import { failure, type Store, type StoreAnswer } from './store.ts'

/** A server's `leases:` by name. */
export type LeaseDeclarations = ReadonlyMap<string, LeaseDeclaration>

interface LeaseDeclaration {
  readonly store: string
  readonly path: string
  readonly ttlMs?: number
}

export function leaseProblem(
  serverId: string,
  { lease: name, field }: Extract<Reference, { kind: 'lease' }>,
  leases: LeaseDeclarations | undefined,
  stores: ReadonlyMap<string, Store>,
): StoreAnswer {
  const declared = leases?.get(name)
  if (leases !== undefined && declared === undefined) {
    const near = nearestName(name, leases.keys())
    return failure('invalid_reference', `server ${serverId} declares no lease "${name}"`, {
      hint:
        near === undefined
          ? `declare it: leases: { ${name}: { store: …, path: … } }`
          : `did you mean ${near}?`,
    })
  }
  const hint = `use a static secret: \${${declared?.store ?? 'store'}:/path/${field}}`
  if (declared === undefined)
    return failure('invalid_reference', 'no store of this version issues leases', { hint })
  const store = stores.get(declared.store)
  if (store === undefined) {
    return failure(
      'invalid_reference',
      `lease "${name}" names the store "${declared.store}", which does not exist`,
      {
        hint: `declare it: secrets: { ${declared.store}: { type: … } }`,
      },
    )
  }
  const who = `store "${declared.store}" (type ${store.type})`
  return store.lease === undefined
    ? failure('invalid_reference', `${who} does not issue leases`, { hint })
    : failure('invalid_reference', `${who} issues leases, and this version does not take them`, { hint })
}
