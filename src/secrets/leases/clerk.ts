/**
 * The lease clerk: a small process of its own that creates, renews and revokes leases for one sidecar. Because it
 * lives in a session of its own, a sidecar that is killed, by whatever, at whatever moment, takes no lease along: the
 * end of the clerk's stdin means that the sidecar is gone, and the clerk finishes what it has sent, revokes what it
 * holds and exits (promise 8). What it couldn't revoke, or what a clerk that was killed itself left, stands in a
 * ledger that the next clerk of the same servers.yaml settles before anything else.
 */
import { createInterface } from 'node:readline'
import { openStores } from '../stores/index.ts'
import { asStoreError, StoreError, type Lease, type Revocation, type Store } from '../store.ts'
import { Creations } from './creations.ts'
import { Ledger } from './ledger.ts'
import { LeaseLooks, type Holding } from './lease-looks.ts'
import { revokeAt } from './revoke.ts'
import { settleOrphans } from './settle.ts'
import type { ClerkOpening, ClerkReply, ClerkRequest, Terms } from './clerk-wire.ts'

const RENEW_WITHIN_MS = 20_000
/** After the sidecar is gone the clerk stays no longer than this. */
const FINISH_WITHIN_MS = 30_000
const REVOKE_TRIES = 5

class Clerk {
  readonly #stores: ReadonlyMap<string, Store>
  readonly #ledger: Ledger
  readonly #holdings = new Map<string, Holding>()
  readonly #creations = new Creations()
  readonly #looks: LeaseLooks
  #next = 0

  constructor(stores: ReadonlyMap<string, Store>, ledger: Ledger, { stores: options }: ClerkOpening) {
    this.#stores = stores
    this.#ledger = ledger
    const polls = new Map(options.map(([alias, one]) => [alias, 'poll' in one ? one.poll : undefined]))
    this.#looks = new LeaseLooks({
      stores,
      pollMs: (alias) => polls.get(alias),
      onEnded: (handle) => this.#hasEnded(handle),
      onNews: (news) => say({ news }),
    })
  }

  async answer(request: ClerkRequest): Promise<ClerkReply> {
    const store = request.op === 'lease' ? request.store : this.#holdings.get(request.handle)?.store
    const reply = await this.#answer(request)
    if (store !== undefined) this.#looks.sweep(store)
    return reply
  }

  async #answer(request: ClerkRequest): Promise<ClerkReply> {
    const { id } = request
    try {
      switch (request.op) {
        case 'lease':
          return { id, lease: await this.#lease(request) }
        case 'renew': {
          const lease = await this.#renew(request.handle, request.ttlMs)
          return lease === undefined ? { id, notRenewable: true } : { id, lease }
        }
        case 'revoke':
          return { id, revocation: await this.#revoke(request.handle) }
      }
    } catch (error) {
      const { code, message, hint, retryable, retryAfterMs } = asStoreError(error, 'the lease request failed')
      return {
        id,
        error: {
          code,
          message,
          retryable,
          ...(hint && { hint }),
          ...(retryAfterMs !== undefined && { retryAfterMs }),
        },
      }
    }
  }

  async #lease(order: Extract<ClerkRequest, { op: 'lease' }>): Promise<Terms> {
    const store = this.#stores.get(order.store)
    if (store?.lease === undefined)
      throw new StoreError('invalid_reference', `store "${order.store}" issues no leases`)
    const lease = await this.#creations.send(store.lease.bind(store), order)
    this.#next += 1
    const handle = `${process.pid}-${this.#next}`
    const { store: alias, path, server } = order
    const holding: Holding = { store: alias, server, lease }
    this.#holdings.set(handle, holding)
    this.#looks.begin(handle, holding)
    try {
      const at = new Date().toISOString()
      const expires = new Date(lease.expiresAt).toISOString()
      this.#ledger.enter({ held: lease.id, store: alias, path, server, at, expires })
    } catch (error) {
      // A lease that no later start would know of is not handed out.
      await this.#revoke(handle)
      throw error
    }
    return terms(handle, lease)
  }

  async #renew(handle: string, ttlMs: number | undefined): Promise<Terms | undefined> {
    const holding = this.#holdings.get(handle)
    const store = holding === undefined ? undefined : this.#stores.get(holding.store)
    if (holding === undefined || store?.renew === undefined) return undefined
    const renewed = await store.renew(holding.lease, ttlMs, {
      serverId: holding.server,
      signal: AbortSignal.timeout(RENEW_WITHIN_MS),
    })
    if (renewed === 'not-renewable') return undefined
    holding.lease = { ...renewed, fields: holding.lease.fields }
    this.#write(() => this.#ledger.renew(renewed.id, new Date(renewed.expiresAt).toISOString()))
    return { ...terms(handle, holding.lease), fields: {} }
  }

  /** @param unheard when there is nobody to hear the answer */
  async #revoke(handle: string, unheard = false): Promise<Revocation> {
    const holding = this.#holdings.get(handle)
    if (holding === undefined) return 'gone'
    const outcome = await revokeAt(this.#stores.get(holding.store), holding.lease, holding.server)
    if (outcome !== 'failed') {
      this.#drop(handle)
      this.#write(() => this.#ledger.strike(holding.lease.id, unheard ? outcome : undefined))
    }
    return outcome
  }

  /** Its server is to be replaced, and there is nothing to give back. */
  #hasEnded(handle: string): void {
    const holding = this.#holdings.get(handle)
    if (holding === undefined) return
    this.#drop(handle)
    this.#write(() => this.#ledger.strike(holding.lease.id))
    say({ ended: handle })
  }

  #drop(handle: string): void {
    this.#holdings.delete(handle)
    this.#looks.end(handle)
  }

  #write(act: () => void): void {
    try {
      act()
    } catch {
      // A lease that is gone is asked for once more by the next start, which hears so.
    }
  }

  async finish(): Promise<void> {
    this.#looks.stop()
    for (let tries = 0; this.#holdings.size > 0 && tries < REVOKE_TRIES; tries += 1) {
      if (tries > 0) await sleep(500 * 2 ** tries)
      await Promise.all([...this.#holdings.keys()].map((handle) => this.#revoke(handle, true)))
    }
    await Promise.all([...this.#stores.values()].map((store) => store.close()))
    this.#ledger.close()
  }
}

function terms(handle: string, lease: Lease): Terms {
  const fields = Object.fromEntries([...lease.fields].map(([name, secret]) => [name, secret.reveal()]))
  return { handle, leaseId: lease.id, expiresAt: lease.expiresAt, renewable: lease.renewable, fields }
}

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

const say = (reply: ClerkReply): void => {
  process.stdout.write(`${JSON.stringify(reply)}\n`)
}

/** Runs until its stdin ends and everything is settled. */
export async function run(): Promise<void> {
  // The sidecar may be gone before it hears an answer; that must not end the clerk.
  process.stdout.on('error', () => {})
  for (const signal of ['SIGUSR1', 'SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
  const first = await lines.next()
  if (first.done === true) return
  const opening = JSON.parse(first.value) as ClerkOpening
  const stores = await openStores(new Map(opening.stores), opening)
  const settled = await settleOrphans(opening, stores)
  if (settled > 0) say({ settled })
  const clerk = new Clerk(stores, new Ledger(opening.ledgers, opening, Date.now()), opening)
  const working = new Set<Promise<void>>()
  for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
    const work = clerk.answer(JSON.parse(line.value) as ClerkRequest).then(say)
    working.add(work)
    void work.finally(() => working.delete(work))
  }
  setTimeout(() => process.exit(1), FINISH_WITHIN_MS).unref()
  await Promise.all(working)
  await clerk.finish()
}
