/**
 * Holds the leases of one run of a child, renews them while it runs, and gives everything back when the run is over.
 * It says when the run has become stale: the child should then be replaced by one with fresh values.
 *
 * - A lease is renewed at two thirds of the life that the back end reported, whatever life was asked for.
 * - A run becomes stale when a lease can't be extended by at least a minute. A third of the lease's life is left then
 *   for the replacement. A store that is only out of reach is asked again while there is time.
 * - A run becomes stale when it is known that somebody revoked a lease at the back end, or that a value has changed.
 * - The leases of a stale run are renewed further: it may have calls to end, or wait long for its replacement.
 */
import { StoreError, type Revocation } from '../store.ts'
import type { HeldLease, LeaseKeeper } from './keeper.ts'
import type { SettledLease } from './ledger-lines.ts'

export type LeaseEvent = {
  readonly phase: 'leased' | 'renewed' | 'not-renewed' | 'ended' | 'revoked'
  readonly lease: HeldLease
  readonly outcome: string
}

/** The event as a record of the audit log; ids and references, never a value. */
export function leaseFacts(server: string, { phase, lease, outcome }: LeaseEvent): Record<string, unknown> {
  const { order, leaseId, expiresAt } = lease
  return {
    phase,
    server,
    store: order.store,
    path: order.path,
    lease: leaseId,
    outcome,
    expires: new Date(expiresAt).toISOString(),
  }
}

/** The same of what a clerk did when no sidecar was there; `at` says when. */
export function settledFacts({ lease, outcome, at }: SettledLease): Record<string, unknown> {
  const { held, store, path, server, expires } = lease
  return {
    phase: 'settled',
    server,
    store,
    path,
    lease: held,
    outcome,
    expires,
    at,
  }
}

export interface HoldOptions {
  readonly leases: ReadonlyMap<string, HeldLease>
  readonly keeper: Pick<LeaseKeeper, 'renew' | 'revoke' | 'onLost' | 'onEnded'>
  /** Starts to watch the values that the run was launched with; returns how to stop. */
  watch(onChange: (what: string) => void): () => void
  onEvent(event: LeaseEvent): void
  now(): number
}

const MIN_EXTENSION_MS = 60_000
const MIN_DELAY_MS = 100
const MAX_TIMER_MS = 2 ** 31 - 1

export class LeaseHold {
  readonly #options: HoldOptions
  readonly #leases: Map<string, HeldLease>
  readonly #timers = new Map<string, NodeJS.Timeout>()
  #unwatch: () => void = () => {}
  #onStale: (why: string) => void = () => {}
  #stale = false
  #over = false
  #released: Promise<void> | undefined

  constructor(options: HoldOptions) {
    this.#options = options
    this.#leases = new Map(options.leases)
  }

  /** From now on leases are renewed and values watched; `onStale` is called at most once. */
  begin(onStale: (why: string) => void): void {
    this.#onStale = onStale
    for (const name of this.#leases.keys()) this.#schedule(name)
    const unwatch = this.#options.watch((what) => this.#becomeStale(what))
    const lost = this.#options.keeper.onLost(() => {
      if (this.#leases.size > 0) this.#becomeStale('the lease clerk ended')
    })
    const ended = [...this.#leases].map(([name, lease]) =>
      this.#options.keeper.onEnded(lease, () => this.#hasEnded(name)),
    )
    this.#unwatch = () => {
      unwatch()
      lost()
      for (const stop of ended) stop()
    }
  }

  /** Gives the leases back; never rejects. */
  release(): Promise<void> {
    this.#released ??= this.#release()
    return this.#released
  }

  async #release(): Promise<void> {
    this.#over = true
    this.#unwatch()
    for (const timer of this.#timers.values()) clearTimeout(timer)
    await Promise.all(
      [...this.#leases.values()].map(async (lease) => {
        const outcome = await this.#options.keeper.revoke(lease).catch((): Revocation => 'failed')
        this.#options.onEvent({ phase: 'revoked', lease, outcome })
      }),
    )
  }

  #schedule(name: string, share = 2 / 3): void {
    const lease = this.#leases.get(name)
    if (lease === undefined || this.#over) return
    const delay = Math.min(
      Math.max((lease.expiresAt - this.#options.now()) * share, MIN_DELAY_MS),
      MAX_TIMER_MS,
    )
    const timer = setTimeout(() => void this.#renew(name), delay)
    timer.unref()
    this.#timers.set(name, timer)
  }

  async #renew(name: string): Promise<void> {
    const lease = this.#leases.get(name)
    if (lease === undefined || this.#over) return
    const renewed = lease.renewable ? await this.#tryRenew(lease) : undefined
    if (renewed === 'later') {
      this.#schedule(name, 1 / 3)
      return
    }
    if (renewed !== undefined) this.#leases.set(name, renewed)
    if (renewed !== undefined && renewed.expiresAt - lease.expiresAt >= MIN_EXTENSION_MS) {
      this.#options.onEvent({ phase: 'renewed', lease: renewed, outcome: 'ok' })
      this.#schedule(name)
      return
    }
    this.#options.onEvent({ phase: 'not-renewed', lease, outcome: 'not-renewable' })
    this.#becomeStale(`lease "${name}" can't be extended`)
  }

  #hasEnded(name: string): void {
    const lease = this.#leases.get(name)
    if (lease === undefined || this.#stale) return
    this.#options.onEvent({ phase: 'ended', lease, outcome: 'gone' })
    this.#becomeStale(`lease "${name}" was revoked at its store`)
  }

  async #tryRenew(lease: HeldLease): Promise<HeldLease | 'later' | undefined> {
    try {
      return await this.#options.keeper.renew(lease)
    } catch (error) {
      const retryable = error instanceof StoreError && error.retryable
      this.#options.onEvent({
        phase: 'not-renewed',
        lease,
        outcome: error instanceof StoreError ? error.code : 'failed',
      })
      return retryable && lease.expiresAt - this.#options.now() > 2 * MIN_DELAY_MS ? 'later' : undefined
    }
  }

  #becomeStale(why: string): void {
    if (this.#stale || this.#over) return
    this.#stale = true
    this.#onStale(why)
  }
}
