/**
 * Templates in, strings out. All references of a server are resolved together: environment and files directly,
 * and each store once, in parallel, with everything that is wanted of it. One deadline covers all of it, bodies
 * included. What becomes of one reference never changes another's answer.
 */
import { declaredAliases, storeFor } from '../stores/identity.ts'
import { traitsOf } from '../stores/traits.ts'
import { controllerForMany } from '../../cancellation.ts'
import { abortable, withDeadline } from '../abort.ts'
import { askStore, type AskContext } from './ask.ts'
import { answerLease, type LeaseContext } from './lease-answer.ts'
import { readLocal, type LocalContext, type LocalReference } from '../local.ts'
import { nearestName } from '../../nearest.ts'
import { references, RESERVED_SCHEMES, type Reference } from '../reference.ts'
import { composeFields, referenceKey, type Resolution, type ResolveRequest } from './resolution.ts'
import {
  asStoreError,
  failure,
  StoreError,
  type Store,
  type StoreAnswer,
  type StoreReference,
  type WatchTrouble,
} from '../store.ts'

export type { Resolution, ResolvedField, ResolveProblem, ResolveRequest, SecretUse } from './resolution.ts'

const DEFAULT_DEADLINE_MS = 15_000

export interface ResolverOptions extends LocalContext {
  readonly stores: ReadonlyMap<string, Store>
  /** For one whole resolution. Default 15 s. */
  readonly deadlineMs?: number
}

export class Resolver {
  readonly #options: ResolverOptions
  readonly #stopping = controllerForMany()

  constructor(options: ResolverOptions) {
    this.#options = options
  }

  /**
   * Never rejects: whatever goes wrong is a problem of the references it concerns.
   *
   * @param withinMs a deadline before the usual one, which counts where no program is asked: then each store is asked once
   */
  async resolve(
    serverId: string,
    requests: readonly ResolveRequest[],
    signal?: AbortSignal,
    leases?: LeaseContext,
    withinMs = Infinity,
  ): Promise<Resolution> {
    const patienceMs = this.#patience(serverId, requests, withinMs)
    const once = patienceMs !== Infinity
    const ms = Math.min(this.#options.deadlineMs ?? DEFAULT_DEADLINE_MS, patienceMs)
    const parts = requests.flatMap(({ template }) => references(template))
    const wanted = new Map(parts.map(({ reference }) => [referenceKey(reference), reference]))
    const deadlineAt = performance.now() + ms
    const answers = await withDeadline(
      ms,
      () => timedOut(ms),
      [this.#stopping.signal, signal],
      (signal) => this.#answers(serverId, [...wanted.values()], leases, { signal, deadlineAt, once }),
    )
    const storeName = (alias: string): string => storeFor(this.#options.stores, alias, serverId)
    return composeFields({ serverId, requests, answers, env: this.#options.env, storeName })
  }

  /** A program may ask somebody to unlock, who is not to be hurried. */
  #patience(serverId: string, requests: readonly ResolveRequest[], withinMs: number): number {
    const stores = requests
      .flatMap(({ template }) => references(template))
      .flatMap(({ reference }) =>
        reference.kind === 'store' ? [this.#storeOf(reference.store, serverId)?.type ?? ''] : [],
      )
    return stores.every((type) => traitsOf(type).isOverNetwork) ? withinMs : Infinity
  }

  /** Where a server's leases of `alias` are taken; undefined where none can be. */
  leasingStore(alias: string, serverId: string): string | undefined {
    const name = storeFor(this.#options.stores, alias, serverId)
    return this.#options.stores.get(name)?.lease === undefined ? undefined : name
  }

  /**
   * Calls back when a store says that one of the references may have changed, and after each look what it came to;
   * undefined where none can say so.
   */
  watch(
    serverId: string,
    requests: readonly ResolveRequest[],
    onChange: () => void,
    onLook: (store: string, trouble: WatchTrouble | undefined) => void,
  ): (() => void) | undefined {
    const batches = new Map<string, StoreReference[]>()
    for (const { reference } of requests.flatMap(({ template }) => references(template))) {
      if (reference.kind !== 'store') continue
      const { store, path, field } = reference
      batches.set(store, [...(batches.get(store) ?? []), field === undefined ? { path } : { path, field }])
    }
    const stops = [...batches].flatMap(([alias, batch]) => {
      const name = storeFor(this.#options.stores, alias, serverId)
      const told = (trouble: WatchTrouble | undefined): void => onLook(name, trouble)
      return this.#options.stores.get(name)?.watch?.(batch, onChange, told) ?? []
    })
    if (stops.length === 0) return undefined
    return () => {
      for (const stop of stops) stop()
    }
  }

  /** Ends what is under way, then closes the stores, which end their own logins. */
  async close(): Promise<void> {
    this.#stopping.abort(new StoreError('unavailable', 'sidemux is stopping'))
    await Promise.allSettled([...this.#options.stores.values()].map(async (store) => store.close()))
  }

  /** By `referenceKey`; what is not in it was not answered. */
  async #answers(
    serverId: string,
    wanted: readonly Reference[],
    leases: LeaseContext | undefined,
    within: Pick<AskContext, 'signal' | 'deadlineAt' | 'once'>,
  ): Promise<ReadonlyMap<string, StoreAnswer>> {
    const answers = new Map<string, StoreAnswer>()
    const batches = new Map<string, Extract<Reference, { kind: 'store' }>[]>()
    const work: Promise<void>[] = []
    for (const reference of wanted) {
      const answer = (given: StoreAnswer): void => void answers.set(referenceKey(reference), given)
      if (reference.kind === 'lease') answer(answerLease(serverId, reference, leases, this.#options.stores))
      else if (reference.kind === 'store')
        batches.set(reference.store, [...(batches.get(reference.store) ?? []), reference])
      else work.push(this.#readLocal(reference, within.signal).then(answer))
    }
    for (const [alias, batch] of batches) {
      const asked = this.#askStore(alias, batch, { ...within, serverId })
      const take = (got: readonly StoreAnswer[]): void => {
        for (const [at, answer] of got.entries()) {
          const reference = batch[at]
          if (reference !== undefined) answers.set(referenceKey(reference), answer)
        }
      }
      work.push(asked.then(take))
    }
    await Promise.all(work)
    return answers
  }

  async #readLocal(reference: LocalReference, signal: AbortSignal): Promise<StoreAnswer> {
    try {
      return await abortable(readLocal(reference, this.#options), signal)
    } catch (error) {
      return { ok: false, error: asStoreError(error, 'it was not read in time') }
    }
  }

  async #askStore(
    alias: string,
    batch: readonly Extract<Reference, { kind: 'store' }>[],
    within: Omit<AskContext, 'alias'>,
  ): Promise<readonly StoreAnswer[]> {
    const store = this.#storeOf(alias, within.serverId)
    if (store === undefined) return batch.map(() => this.#unknownStore(alias))
    const asked = batch.map(({ path, field }) => (field === undefined ? { path } : { path, field }))
    try {
      return await askStore(store, asked, { ...within, alias })
    } catch (error) {
      const failed: StoreAnswer = { ok: false, error: asStoreError(error, `store "${alias}" failed`) }
      return batch.map(() => failed)
    }
  }

  #storeOf(alias: string, serverId: string): Store | undefined {
    return this.#options.stores.get(storeFor(this.#options.stores, alias, serverId))
  }

  #unknownStore(alias: string): StoreAnswer {
    const known = declaredAliases(this.#options.stores.keys())
    const near = nearestName(alias, [...known, ...RESERVED_SCHEMES])
    const have = known.length === 0 ? 'none is declared' : `declared are ${known.join(', ')}`
    return failure('invalid_reference', `there is no store "${alias}" (${have})`, {
      hint: near === undefined ? `declare it: secrets: { ${alias}: { type: … } }` : `did you mean ${near}?`,
    })
  }
}

function timedOut(ms: number): StoreError {
  return new StoreError('timeout', `no answer within ${ms / 1000} s`, {
    hint: 'check that the store can be reached, then run: sidemux secrets check',
  })
}
