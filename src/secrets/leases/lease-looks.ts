/**
 * Checks whether the leases of a clerk are still valid. An administrator may revoke a lease, or the login that it was
 * issued under. Then its server fails at the back end, while the next renewal may be hours away. So each lease is
 * looked up by its store's `poll:`. One that can't be looked up is no reason to replace a server: that is told, and a
 * store that forbids it is asked rarely.
 */
import { StoreError, type Lease, type Store } from '../store.ts'
import { poll, type Look, type Polling } from '../stores/shared/poll.ts'
import { takeTurns } from '../stores/shared/take-turns.ts'
import { WatchHealth, type ServerWatches, type WatchNews } from '../resolve/watch-health.ts'

const AT_A_TIME = 4
/** A policy is seldom changed. */
const FORBIDDEN_FOR_MS = 10 * 60_000

export interface Holding {
  readonly store: string
  readonly server: string
  lease: Lease
}

export interface LeaseLooksOptions {
  readonly stores: ReadonlyMap<string, Store>
  /** Of a store by alias; its default where undefined. */
  pollMs(store: string): number | undefined
  /** By the clerk's name for it; it is no longer looked up. */
  onEnded(handle: string): void
  onNews(news: WatchNews): void
}

interface Seen {
  readonly holding: Holding
  readonly watch: ServerWatches
  failures: number
  since: number
}

export class LeaseLooks {
  readonly #options: LeaseLooksOptions
  readonly #health: WatchHealth
  readonly #seen = new Map<string, Seen>()
  readonly #pollings = new Map<string, Polling>()
  readonly #takeTurn = takeTurns(AT_A_TIME)

  constructor(options: LeaseLooksOptions) {
    this.#options = options
    this.#health = new WatchHealth((news) => options.onNews(news))
  }

  begin(handle: string, holding: Holding): void {
    const { store, server } = holding
    this.#seen.set(handle, { holding, watch: this.#health.begin(server), failures: 0, since: 0 })
    if (this.#pollings.has(store) || this.#options.stores.get(store)?.lookUp === undefined) return
    // A lease that was just made is there.
    let first = true
    const look = async (signal: AbortSignal): Promise<Look> => {
      if (!first) return this.#look(store, signal)
      first = false
      return { seen: '' }
    }
    const intervalMs = this.#options.pollMs(store)
    this.#pollings.set(store, poll({ look, onChange: () => {}, intervalMs }))
  }

  end(handle: string): void {
    const seen = this.#seen.get(handle)
    if (seen === undefined) return
    this.#seen.delete(handle)
    seen.watch.end()
    const { store } = seen.holding
    if ([...this.#seen.values()].some(({ holding }) => holding.store === store)) return
    this.#pollings.get(store)?.stop()
    this.#pollings.delete(store)
  }

  /** After anything was asked of a store: it may have found out that a login is gone, and its leases with it. */
  sweep(store: string): void {
    for (const [handle, { holding }] of this.#of(store)) {
      if (this.#options.stores.get(store)?.hasEnded?.(holding.lease) === true) this.#ended(handle)
    }
  }

  stop(): void {
    for (const handle of this.#seen.keys()) this.end(handle)
  }

  async #look(store: string, signal: AbortSignal): Promise<Look> {
    const troubles = await Promise.all(
      this.#of(store).map(([handle, seen]) => this.#takeTurn(() => this.#lookAt(handle, seen, signal))),
    )
    this.sweep(store)
    const [failed] = troubles.flatMap((trouble) => trouble ?? [])
    return { seen: '', ...(failed !== undefined && { failed }) }
  }

  /** What went wrong with it, and how long to leave the store alone. */
  async #lookAt(handle: string, seen: Seen, signal: AbortSignal): Promise<StoreError | undefined> {
    const { store, server, lease } = seen.holding
    try {
      const state = await this.#options.stores.get(store)?.lookUp?.(lease, { serverId: server, signal })
      if (!this.#seen.has(handle)) return undefined
      seen.failures = 0
      seen.watch.saw(store, undefined)
      if (state === 'ended') this.#ended(handle)
      return undefined
    } catch (error) {
      const told =
        error instanceof StoreError ? error : new StoreError('unavailable', "leases can't be looked up")
      if (!this.#seen.has(handle)) return undefined
      if (seen.failures === 0) seen.since = Date.now()
      seen.failures += 1
      seen.watch.saw(store, { error: told, times: seen.failures, since: seen.since })
      if (told.code !== 'denied' || seen.failures < 2) return told
      return new StoreError('denied', told.message, { retryAfterMs: FORBIDDEN_FOR_MS })
    }
  }

  #of(store: string): [string, Seen][] {
    return [...this.#seen].filter(([, { holding }]) => holding.store === store)
  }

  #ended(handle: string): void {
    if (!this.#seen.has(handle)) return
    this.end(handle)
    this.#options.onEnded(handle)
  }
}
