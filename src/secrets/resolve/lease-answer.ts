/** Answers `${lease:…}` from the leases that were taken for this launch, or says exactly why there is none. */
import { storeFor } from '../stores/identity.ts'
import { nearestName } from '../../nearest.ts'
import type { Reference } from '../reference.ts'
import type { Secret } from '../secret.ts'
import { failure, type Store, type StoreAnswer, type StoreError } from '../store.ts'

/** A server's `leases:` by name. */
export type LeaseDeclarations = ReadonlyMap<string, LeaseDeclaration>

interface LeaseDeclaration {
  readonly store: string
  readonly path: string
  /** How long to ask for, in milliseconds. */
  readonly ttl?: number | undefined
}

/** By name: a lease's fields, or why it could not be had. */
export type TakenLeases = ReadonlyMap<string, ReadonlyMap<string, Secret> | StoreError>

/** What a server's `${lease:…}` are answered from. */
export interface LeaseContext {
  readonly declared: LeaseDeclarations
  readonly taken: TakenLeases
}

export function answerLease(
  serverId: string,
  reference: Extract<Reference, { kind: 'lease' }>,
  context: LeaseContext | undefined,
  stores: ReadonlyMap<string, Store>,
): StoreAnswer {
  const taken = context?.taken.get(reference.lease)
  if (taken instanceof Map) return fieldOf(taken, reference)
  if (taken !== undefined) return { ok: false, error: taken as StoreError }
  return leaseProblem(serverId, reference, context?.declared, stores)
}

function fieldOf(
  fields: ReadonlyMap<string, Secret>,
  { lease, field }: Extract<Reference, { kind: 'lease' }>,
): StoreAnswer {
  const secret = fields.get(field)
  if (secret !== undefined) return { ok: true, value: secret.reveal() }
  const near = nearestName(field, fields.keys())
  return failure('not_found', `lease "${lease}" has no field "${field}"`, {
    hint: near === undefined ? `it has ${[...fields.keys()].join(', ')}` : `did you mean ${near}?`,
  })
}

function leaseProblem(
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
  const store = stores.get(storeFor(stores, declared.store, serverId))
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
    : failure('invalid_reference', `${who} issues leases, and this lease was not taken`, { hint })
}
