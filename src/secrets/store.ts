/**
 * The interface of all secret stores. A store is an adapter: it speaks one back end's protocol and answers in these
 * words. Deadlines, single-flight, retries, caching and composing strings are done once, above it, in resolve.ts.
 */
import { SidemuxError } from '../errors.ts'
import type { Secret } from './secret.ts'

/** `${store:path#field}` with the braces gone. */
export interface StoreReference {
  readonly path: string
  readonly field?: string
}

export interface StoreContext {
  /** The server on whose behalf the store is asked; a store may hold an identity per server. */
  readonly serverId: string
  /** Aborts when the whole resolution's deadline has passed or the sidecar stops; it covers bodies too. */
  readonly signal: AbortSignal
}

/** One reference's answer. A store never throws for one reference what would spoil the others. */
export type StoreAnswer =
  | { readonly ok: true; readonly value: string; readonly version?: string }
  | { readonly ok: false; readonly error: StoreError }

export interface Lease {
  readonly id: string
  /** Field name to value, e.g. `DB_USERNAME`. */
  readonly fields: ReadonlyMap<string, Secret>
  /** Epoch milliseconds, as the back end reports it, never as it was asked for. */
  readonly expiresAt: number
  readonly renewable: boolean
}

export type Revocation = 'revoked' | 'gone' | 'pending' | 'failed'

export interface Store {
  readonly type: string
  /** Problems that can be told offline, each a sentence about the reference; empty when there are none. */
  validate(reference: StoreReference): readonly string[]
  /** Answers in the order of `references`; a batch, so that one back-end request can serve many. */
  resolve(references: readonly StoreReference[], context: StoreContext): Promise<readonly StoreAnswer[]>
  /** Creating a lease has an effect at the back end, so a caller sends it once and never retries it. */
  lease?(reference: StoreReference, ttlMs: number | undefined, context: StoreContext): Promise<Lease>
  renew?(lease: Lease, ttlMs: number | undefined, context: StoreContext): Promise<Lease | 'not-renewable'>
  revoke?(lease: Lease, context: StoreContext): Promise<Revocation>
  /** Whether it still is at the back end, whatever its own time says. @throws StoreError when that can't be told. */
  lookUp?(lease: Lease, context: StoreContext): Promise<'alive' | 'ended'>
  /** Whether it is known to have ended without asking, as when the login that it was issued under was revoked. */
  hasEnded?(lease: Lease): boolean
  /**
   * Calls back when one of the references may have changed, and after each look what it came to; returns how to stop
   * watching.
   */
  watch?(references: readonly StoreReference[], onChange: () => void, onLook?: OnLook): () => void
  /**
   * Only of a store whose values lie on this machine in clear, so that reading them asks nobody, runs nothing and unlocks
   * nothing: the files that these lie in, absolute; none where they lie in the environment.
   */
  filesInClear?(references: readonly StoreReference[]): readonly string[]
  /** Ends what the store holds, its own login included; never throws. */
  close(): Promise<void>
}

/** Why a watch doesn't see what it is for. */
export interface WatchTrouble {
  readonly error: StoreError
  /** How many looks in a row failed. */
  readonly times: number
  /** Epoch milliseconds of the first of them. */
  readonly since: number
}

/** Told after a look; undefined when it saw everything. */
export type OnLook = (trouble: WatchTrouble | undefined) => void

export type StoreErrorCode =
  | 'auth'
  | 'denied'
  | 'not_found'
  | 'rate_limited'
  | 'unavailable'
  | 'timeout'
  | 'invalid_reference'

/** A store's failure in our own words; a back end's text could echo what was sent to it. */
export class StoreError extends SidemuxError {
  readonly code: StoreErrorCode
  /** Whether asking again may help. Only reads are ever retried. */
  readonly retryable: boolean
  /**
   * How long the back end wishes to be left alone, counted from now: as its Retry-After says, at most an hour. Nobody
   * asks it sooner, a launch included.
   */
  readonly retryAfterMs: number | undefined
  /** Of a request with an effect: it may have had it all the same, because its answer was never heard. */
  readonly unheard: boolean

  constructor(
    code: StoreErrorCode,
    message: string,
    options: { hint?: string; retryable?: boolean; retryAfterMs?: number; unheard?: boolean } = {},
  ) {
    super(message, options.hint === undefined ? {} : { hint: options.hint })
    this.code = code
    this.retryable = options.retryable ?? false
    this.retryAfterMs = options.retryAfterMs
    this.unheard = options.unheard ?? false
  }
}

/** A failed answer, written where it is found. */
export function failure(...error: ConstructorParameters<typeof StoreError>): StoreAnswer {
  return { ok: false, error: new StoreError(...error) }
}

/** For a store whose work throws per reference: what it threw, or a sentence that quotes nothing of it. */
export function asStoreError(error: unknown, otherwise: string): StoreError {
  return error instanceof StoreError ? error : new StoreError('unavailable', otherwise)
}
