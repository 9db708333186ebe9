/**
 * The messages between the sidecar and its lease clerk: one JSON message a line over the clerk's stdin and stdout,
 * which nobody else holds. Values of leased secrets cross here in clear, between two processes of ours.
 */
import { z } from 'zod'
import { members } from '../../json/named.ts'
import type { StoreOptions } from '../stores/options.ts'
import type { WatchNews } from '../resolve/watch-health.ts'

/** The first line: what the clerk needs to open the stores that issue leases. */
export interface ClerkOpening {
  readonly stores: readonly (readonly [alias: string, options: StoreOptions])[]
  readonly environment: string
  readonly baseDir: string
  /** The sidecar's environment, in which store settings are resolved. */
  readonly env: Readonly<Record<string, string>>
  /** Directory of the ledgers. */
  readonly ledgers: string
  /** The servers.yaml that the stores are from; a ledger is settled only by a clerk of the same one. */
  readonly config: string
}

export interface LeaseOrder {
  readonly store: string
  readonly path: string
  readonly ttlMs?: number
  readonly server: string
}

export type ClerkRequest =
  | ({ readonly id: number; readonly op: 'lease' } & LeaseOrder)
  | { readonly id: number; readonly op: 'renew'; readonly handle: string; readonly ttlMs?: number }
  | { readonly id: number; readonly op: 'revoke'; readonly handle: string }

const failure = z.object({
  code: z.enum([
    'auth',
    'denied',
    'not_found',
    'rate_limited',
    'unavailable',
    'timeout',
    'invalid_reference',
  ]),
  message: z.string(),
  hint: z.string().optional(),
  retryable: z.boolean(),
  retryAfterMs: z.number().optional(),
})

const terms = z.object({
  /** The clerk's name for it. */
  handle: z.string(),
  /** The back end's id, for the audit log. */
  leaseId: z.string(),
  /** Epoch milliseconds. */
  expiresAt: z.number(),
  renewable: z.boolean(),
  /** Values; only with a new lease. */
  fields: members(z.string()),
})

export const replySchema = z.union([
  z.object({ id: z.number(), lease: terms }),
  z.object({ id: z.number(), notRenewable: z.literal(true) }),
  z.object({ id: z.number(), revocation: z.enum(['revoked', 'gone', 'pending', 'failed']) }),
  z.object({ id: z.number(), error: failure }),
  /** Unasked: so many leases of a dead clerk were settled; what became of them stands in their ledgers. */
  z.object({ settled: z.number() }),
  /** Unasked: a lease, by the clerk's name for it, has ended at the back end before its time. */
  z.object({ ended: z.string() }),
  /** Unasked: leases can't be looked up, or can again. */
  z.object({ news: z.custom<WatchNews>((given) => typeof given === 'object' && given !== null) }),
])

export type ClerkReply = z.output<typeof replySchema>
export type Terms = z.output<typeof terms>
