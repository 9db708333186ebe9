/**
 * What a back end wished once holds for everybody who asks it: when it said to one server's launch that it wants to be
 * left alone for 41 s, the five others that start beside it are told so without being sent there, else their tries
 * would keep a limit used up.
 */
import { StoreError } from './store.ts'

interface Wish {
  readonly until: number
  readonly error: StoreError
}

export class Wishes<Key> {
  readonly #wishes = new Map<Key, Wish>()
  readonly #now: () => number

  /** @param now Milliseconds of a clock that nobody sets. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  heard(key: Key, error: StoreError): void {
    const { retryAfterMs } = error
    if (retryAfterMs === undefined) return
    const until = this.#now() + retryAfterMs
    if (until > (this.#wishes.get(key)?.until ?? 0)) this.#wishes.set(key, { until, error })
  }

  /** The error that was heard, with what is left of its time; undefined when asking is welcome. */
  unwelcome(key: Key): StoreError | undefined {
    const wish = this.#wishes.get(key)
    const left = (wish?.until ?? 0) - this.#now()
    if (wish === undefined || left <= 0) {
      this.#wishes.delete(key)
      return undefined
    }
    const { code, message, hint, retryable } = wish.error
    return new StoreError(code, message, {
      ...(hint !== undefined && { hint }),
      retryable,
      retryAfterMs: Math.ceil(left),
    })
  }
}
