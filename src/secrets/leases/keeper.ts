/**
 * The sidecar's side of its lease clerk (clerk.ts): starts it when the first lease is wanted or a ledger is there to be
 * settled, and speaks to it. A clerk that dies takes its requests with it, and what it held is said to be lost, because
 * the next one will revoke it.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Secret } from '../secret.ts'
import { StoreError, type Revocation } from '../store.ts'
import type { WatchNews } from '../resolve/watch-health.ts'
import type { SettledLease } from './ledger-lines.ts'
import { collectSettled, orphans } from './left-ledgers.ts'
import {
  replySchema,
  type LeaseOrder,
  type ClerkOpening,
  type ClerkReply,
  type ClerkRequest,
  type Terms,
} from './clerk-wire.ts'

/** A lease in the sidecar's hands. */
export interface HeldLease {
  readonly handle: string
  readonly leaseId: string
  readonly order: LeaseOrder
  readonly fields: ReadonlyMap<string, Secret>
  /** Epoch milliseconds, as the back end says. */
  readonly expiresAt: number
  readonly renewable: boolean
}

export interface KeeperOptions {
  readonly opening: ClerkOpening
  /** What became of leases when no sidecar was there to hear of it; left in the ledgers for the next when absent. */
  onSettled?(settled: readonly SettledLease[]): void
  /** That leases can't be looked up, or can again. */
  onNews?(news: WatchNews): void
  /** The clerk's program; tests run it from where it was built. */
  readonly program?: string
}

const STOP_WITHIN_MS = 4000

export class LeaseKeeper {
  readonly #options: KeeperOptions
  readonly #losers = new Set<() => void>()
  /** By the clerk's name for it: who is told that a lease has ended, and those that have. */
  readonly #enders = new Map<string, () => void>()
  readonly #ended = new Set<string>()
  readonly #waiting = new Map<number, (reply: ClerkReply | undefined) => void>()
  #clerk: ChildProcess | undefined
  #closed = false
  #next = 0

  constructor(options: KeeperOptions) {
    this.#options = options
    const { ledgers, config } = options.opening
    this.#collect()
    if (orphans(ledgers, config).size > 0) this.#start()
  }

  /** Sent once. @throws StoreError */
  async lease(name: string, order: LeaseOrder): Promise<HeldLease> {
    const reply = await this.#ask({ op: 'lease', ...order })
    if (!('lease' in reply)) throw unexpected()
    const label = (field: string): string => `${order.server}.${name}#${field}`
    const fields = new Map(
      Object.entries(reply.lease.fields).map(([field, value]) => [field, new Secret(value, label(field))]),
    )
    return { ...held(reply.lease), order, fields }
  }

  /** Undefined when it can't be renewed. @throws StoreError */
  async renew(lease: HeldLease): Promise<HeldLease | undefined> {
    const { handle, order } = lease
    const reply = await this.#ask({
      op: 'renew',
      handle,
      ...(order.ttlMs !== undefined && { ttlMs: order.ttlMs }),
    })
    return 'lease' in reply ? { ...lease, ...held(reply.lease) } : undefined
  }

  /** @throws StoreError when there is no clerk to ask. */
  async revoke(lease: HeldLease): Promise<Revocation> {
    const reply = await this.#ask({ op: 'revoke', handle: lease.handle })
    if (!('revocation' in reply)) throw unexpected()
    return reply.revocation
  }

  /** Calls back when the clerk died, because the next one ends the leases that it held; returns how to stop. */
  onLost(listener: () => void): () => void {
    this.#losers.add(listener)
    return () => this.#losers.delete(listener)
  }

  /** Calls back when a lease has ended at its back end before its time, maybe at once; returns how to stop. */
  onEnded({ handle }: HeldLease, listener: () => void): () => void {
    if (this.#ended.has(handle)) listener()
    else this.#enders.set(handle, listener)
    return () => {
      this.#enders.delete(handle)
      this.#ended.delete(handle)
    }
  }

  /** Lets the clerk go, which revokes whatever is left; it may need longer than we wait. */
  async close(): Promise<void> {
    this.#closed = true
    const clerk = this.#clerk
    if (clerk === undefined) return
    const exited = new Promise<void>((resolve) => {
      clerk.once('exit', () => resolve())
    })
    clerk.stdin?.end()
    const timer = { handle: undefined as NodeJS.Timeout | undefined }
    const late = new Promise<void>((resolve) => {
      timer.handle = setTimeout(resolve, STOP_WITHIN_MS)
    })
    await Promise.race([exited, late])
    clearTimeout(timer.handle)
    this.#collect()
  }

  #collect(): void {
    const options = this.#options
    const { ledgers, config } = options.opening
    if (options.onSettled !== undefined)
      collectSettled(ledgers, config, (settled) => options.onSettled?.(settled))
  }

  async #ask(request: RequestWithoutId): Promise<Answer> {
    const clerk = this.#clerk ?? this.#start()
    this.#next += 1
    const id = this.#next
    const reply = await new Promise<ClerkReply | undefined>((resolve) => {
      this.#waiting.set(id, resolve)
      clerk.stdin?.write(`${JSON.stringify({ id, ...request })}\n`)
    })
    if (reply === undefined)
      throw new StoreError('unavailable', 'the lease clerk ended before it answered', { retryable: true })
    if (!('id' in reply)) throw unexpected()
    if (!('error' in reply)) return reply
    const { code, message, hint, retryable, retryAfterMs } = reply.error
    throw new StoreError(code, message, {
      retryable,
      ...(hint !== undefined && { hint }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    })
  }

  #start(): ChildProcess {
    if (this.#closed) throw new StoreError('unavailable', 'sidemux is stopping')
    const program = this.#options.program ?? fileURLToPath(new URL('clerk-main.js', import.meta.url))
    const clerk = spawn(process.execPath, [program], {
      cwd: '/',
      detached: true,
      env: {},
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    })
    this.#clerk = clerk
    clerk.on('error', () => this.#lost(clerk))
    clerk.once('exit', () => this.#lost(clerk))
    clerk.stdin.on('error', () => {})
    createInterface({ input: clerk.stdout }).on('line', (line) => this.#hear(line))
    clerk.stdin.write(`${JSON.stringify(this.#options.opening)}\n`)
    clerk.unref()
    return clerk
  }

  #hear(line: string): void {
    const reply = replySchema.safeParse(JSON.parse(line)).data
    if (reply === undefined) return
    if ('settled' in reply) this.#collect()
    if ('news' in reply) this.#options.onNews?.(reply.news)
    if ('ended' in reply) {
      this.#ended.add(reply.ended)
      this.#enders.get(reply.ended)?.()
    }
    if (!('id' in reply)) return
    this.#waiting.get(reply.id)?.(reply)
    this.#waiting.delete(reply.id)
  }

  #lost(clerk: ChildProcess): void {
    if (this.#clerk !== clerk) return
    this.#clerk = undefined
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const give of waiting) give(undefined)
    if (!this.#closed) for (const listener of this.#losers) listener()
  }
}

type Answer = Exclude<Extract<ClerkReply, { id: number }>, { error: unknown }>
type RequestWithoutId = ClerkRequest extends infer R
  ? R extends ClerkRequest
    ? Omit<R, 'id'>
    : never
  : never

function held({ handle, leaseId, expiresAt, renewable }: Terms): Omit<HeldLease, 'order' | 'fields'> {
  return { handle, leaseId, expiresAt, renewable }
}

function unexpected(): StoreError {
  return new StoreError('unavailable', 'the lease clerk gave an answer that makes no sense')
}
