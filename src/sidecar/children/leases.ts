/**
 * Leases outlive the config that they were taken under: a clerk knows the stores that it was started with, so when those
 * change, another clerk takes the next leases, and the one before stays until what it holds was given back.
 */
import { canonicalHash } from '../../json/canonical.ts'
import { LeaseKeeper, type HeldLease, type KeeperOptions } from '../../secrets/leases/keeper.ts'
import type { LeaseOrder, ClerkOpening } from '../../secrets/leases/clerk-wire.ts'
import type { Revocation } from '../../secrets/store.ts'

export class Leases implements Pick<LeaseKeeper, 'lease' | 'renew' | 'revoke' | 'onLost' | 'onEnded'> {
  readonly #options: Omit<KeeperOptions, 'opening'>
  readonly #losers = new Set<() => void>()
  /** By handle, which no two clerks give. */
  readonly #holders = new Map<string, LeaseKeeper>()
  readonly #closing = new Set<Promise<void>>()
  /** With how many leases each holds or is about to. */
  readonly #keepers = new Map<LeaseKeeper, number>()
  #stores: string
  #present: LeaseKeeper

  constructor(opening: ClerkOpening, options: Omit<KeeperOptions, 'opening'>) {
    this.#options = options
    this.#stores = storesOf(opening)
    this.#present = this.#start(opening)
  }

  /** For the leases that are taken from now on. */
  change(opening: ClerkOpening): void {
    const stores = storesOf(opening)
    if (stores === this.#stores) return
    this.#stores = stores
    const before = this.#present
    this.#present = this.#start(opening)
    this.#count(before, 0)
  }

  async lease(name: string, order: LeaseOrder): Promise<HeldLease> {
    const keeper = this.#present
    this.#count(keeper, 1)
    try {
      const lease = await keeper.lease(name, order)
      this.#holders.set(lease.handle, keeper)
      return lease
    } catch (error) {
      this.#count(keeper, -1)
      throw error
    }
  }

  async renew(lease: HeldLease): Promise<HeldLease | undefined> {
    return this.#holder(lease).renew(lease)
  }

  async revoke(lease: HeldLease): Promise<Revocation> {
    const keeper = this.#holder(lease)
    try {
      return await keeper.revoke(lease)
    } finally {
      // What could not be revoked is the clerk's to try again at its end.
      if (this.#holders.delete(lease.handle)) this.#count(keeper, -1)
    }
  }

  onLost(listener: () => void): () => void {
    this.#losers.add(listener)
    return () => this.#losers.delete(listener)
  }

  onEnded(lease: HeldLease, listener: () => void): () => void {
    return this.#holder(lease).onEnded(lease, listener)
  }

  async close(): Promise<void> {
    for (const keeper of this.#keepers.keys()) this.#close(keeper)
    await Promise.all(this.#closing)
  }

  #start(opening: ClerkOpening): LeaseKeeper {
    const keeper = new LeaseKeeper({ ...this.#options, opening })
    keeper.onLost(() => {
      for (const listener of this.#losers) listener()
    })
    this.#keepers.set(keeper, 0)
    return keeper
  }

  #holder({ handle }: HeldLease): LeaseKeeper {
    return this.#holders.get(handle) ?? this.#present
  }

  #count(keeper: LeaseKeeper, more: number): void {
    const held = this.#keepers.get(keeper)
    if (held === undefined) return
    this.#keepers.set(keeper, held + more)
    if (keeper !== this.#present && held + more === 0) this.#close(keeper)
  }

  #close(keeper: LeaseKeeper): void {
    this.#keepers.delete(keeper)
    const closed = keeper.close().finally(() => this.#closing.delete(closed))
    this.#closing.add(closed)
  }
}

function storesOf({ stores, environment }: ClerkOpening): string {
  return canonicalHash({ stores: Object.fromEntries(stores), environment })
}
