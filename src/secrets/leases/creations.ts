/**
 * Creates leases. A request to create one is sent only once, because a second one could make a second lease. When its
 * answer is lost there may be a lease that nobody knows. Then the same lease isn't requested again for a minute,
 * whoever wants it: a server that is started five times would otherwise leave five leases behind.
 */
import { withDeadline } from '../abort.ts'
import { asStoreError, StoreError, type Lease, type Store } from '../store.ts'
import type { LeaseOrder } from './clerk-wire.ts'

const ANSWER_WITHIN_MS = 20_000
/** After a creation whose answer was lost. */
const QUIET_MS = 60_000

export class Creations {
  /** When those whose answer was lost may be sent again, on the clock of `#now`. */
  readonly #quiet = new Map<string, number>()
  readonly #now: () => number

  /** @param now Milliseconds of a clock that nobody sets. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** @throws what `create` throws; StoreError when no answer came in time, or none came a little while ago. */
  async send(
    create: NonNullable<Store['lease']>,
    { store, path, server, ttlMs }: LeaseOrder,
  ): Promise<Lease> {
    const key = JSON.stringify([store, path, server])
    const left = (this.#quiet.get(key) ?? 0) - this.#now()
    if (left > 0) throw stillQuiet(path, store, left)
    try {
      return await withDeadline(
        ANSWER_WITHIN_MS,
        () => noAnswer(path, store),
        [],
        (signal) => create({ path }, ttlMs, { serverId: server, signal }),
      )
    } catch (error) {
      if (!(error instanceof StoreError) || error.unheard) {
        this.#quiet.set(key, this.#now() + QUIET_MS)
        throw lost(
          asStoreError(error, `${path} of store "${store}" was leased, and how that ended is not known`),
        )
      }
      throw error
    }
  }
}

/** A caller that tries again waits as long as we keep quiet. */
function lost({ code, message, hint, retryAfterMs = 0 }: StoreError): StoreError {
  return new StoreError(code, message, {
    ...(hint !== undefined && { hint }),
    retryAfterMs: Math.max(retryAfterMs, QUIET_MS),
    unheard: true,
  })
}

function noAnswer(path: string, store: string): StoreError {
  return new StoreError('timeout', `store "${store}" did not answer in time when ${path} was leased`, {
    hint: 'run: sidemux secrets check',
    unheard: true,
  })
}

function stillQuiet(path: string, store: string, left: number): StoreError {
  return new StoreError(
    'unavailable',
    `the answer was lost when ${path} of store "${store}" was leased, and a second lease is not asked for yet`,
    {
      hint: `see that the store can be reached; it is asked again by itself in ${Math.ceil(left / 1000)} s`,
      retryAfterMs: left,
    },
  )
}
