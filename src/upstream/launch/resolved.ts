/**
 * Resolves what a launch needs of the stores, and writes down each use of a secret. What can't be had refuses the launch,
 * and says whether it is worth another try (promise 1).
 */
import { SidemuxError } from '../../errors.ts'
import { references } from '../../secrets/reference.ts'
import type { LeaseContext } from '../../secrets/resolve/lease-answer.ts'
import type {
  Resolution,
  ResolveProblem,
  ResolveRequest,
  Resolver,
  SecretUse,
} from '../../secrets/resolve/resolve.ts'
import { aliasOf } from '../../secrets/stores/identity.ts'
import type { LaunchSpec } from './spec.ts'

export interface ResolvingDeps {
  readonly resolver: Resolver
  onUses(id: string, uses: readonly SecretUse[]): Promise<void>
}

/** Why a child isn't started: some of what it is launched with could not be had. */
class LaunchRefused extends SidemuxError {
  /** The same launch may go through later, as with a store that is down. */
  readonly retryable: boolean
  /** Milliseconds, from now, before which it can't. */
  readonly retryAfterMs: number | undefined
  /** The store that is waited for, by its alias. */
  readonly store: string | undefined

  constructor(message: string, { hint, ...facts }: Refusal) {
    super(message, hint === undefined ? {} : { hint })
    this.retryable = facts.retryable
    this.retryAfterMs = facts.retryAfterMs
    this.store = facts.store
  }
}

interface Refusal {
  readonly hint: string | undefined
  readonly retryable: boolean
  readonly retryAfterMs?: number | undefined
  readonly store?: string | undefined
}

const PASSING = new Set<string>(['unavailable', 'timeout', 'rate_limited'])

export function isLeased({ template }: ResolveRequest): boolean {
  return references(template).some(({ reference }) => reference.kind === 'lease')
}

/** All of the fields, written down. @throws LaunchRefused when one of them can't be had. */
export async function resolved(
  wanted: readonly ResolveRequest[],
  spec: LaunchSpec,
  deps: ResolvingDeps,
  ...given: [signal: AbortSignal, leases?: LeaseContext, withinMs?: number]
): Promise<Resolution['fields']> {
  if (wanted.length === 0) return new Map()
  const resolution = await deps.resolver.resolve(spec.id, wanted, ...given)
  await deps.onUses(
    spec.id,
    resolution.uses.map((use) => (isBrokered(spec, use) ? { ...use, deliver: 'broker' } : use)),
  )
  return allOrRefusal(spec, resolution)
}

function isBrokered(spec: LaunchSpec, { field, plain }: SecretUse): boolean {
  return spec.kind === 'stdio' && plain !== true && spec.brokered.has(field.replace(/^env\./, ''))
}

function allOrRefusal(spec: LaunchSpec, { fields, problems }: Resolution): Resolution['fields'] {
  // The one that stays comes first: as long as it is there, trying again is no use.
  const problem = problems.find(({ code }) => !PASSING.has(code)) ?? problems[0]
  if (problem === undefined) return fields
  const { field, message, hint, code } = problem
  const retryable = PASSING.has(code)
  const wishes = problems.flatMap(({ retryAfterMs }) => retryAfterMs ?? [])
  throw new LaunchRefused(`${spec.where(field)}: ${message}`, {
    hint,
    retryable,
    ...(retryable && wishes.length > 0 && { retryAfterMs: Math.max(...wishes) }),
    ...(retryable && { store: storeIn(problem, spec) }),
  })
}

/** A lease is waited for at the store that issues it. */
function storeIn({ store, reference }: ResolveProblem, { leases }: LaunchSpec): string {
  if (store !== 'lease') return aliasOf(store)
  const name = /^\$\{lease:([^#}]+)/.exec(reference)?.[1] ?? ''
  return leases.get(name)?.store ?? store
}
