/**
 * Applies a back end's wish to be left alone to everybody who asks it. If it tells one server's launch to wait 41 s,
 * the five others that start beside it, and the watches, wait too and send nothing. Otherwise their tries would keep
 * a limit used up. Renewing and giving back a lease is never held back: both have a deadline.
 */
import { StoreError, type Store } from '../../store.ts'

export class Wishes {
  readonly #now: () => number
  #until = 0
  #error: StoreError | undefined

  /** @param now Milliseconds of a clock that nobody sets. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  heard(error: unknown): void {
    if (!(error instanceof StoreError) || error.retryAfterMs === undefined) return
    const until = this.#now() + error.retryAfterMs
    if (until <= this.#until) return
    this.#until = until
    this.#error = error
  }

  /** The error that was heard, with what is left of its time; undefined when asking is welcome. */
  unwelcome(): StoreError | undefined {
    const left = this.#until - this.#now()
    if (this.#error === undefined || left <= 0) return undefined
    const { code, message, hint, retryable } = this.#error
    return new StoreError(code, message, {
      ...(hint !== undefined && { hint }),
      retryable,
      retryAfterMs: Math.ceil(left),
    })
  }

  /** Asks when that is welcome, and hears what is wished. */
  async keep<T>(ask: () => Promise<T>): Promise<T> {
    const unwelcome = this.unwelcome()
    if (unwelcome !== undefined) throw unwelcome
    try {
      return await ask()
    } catch (error) {
      this.heard(error)
      throw error
    }
  }
}

/** A store that keeps to what its back end wishes. */
export function keeping<S extends Store>(store: S, wishes: Wishes): S {
  const lease = store.lease?.bind(store)
  const lookUp = store.lookUp?.bind(store)
  return {
    ...store,
    async resolve(references, context) {
      const unwelcome = wishes.unwelcome()
      if (unwelcome !== undefined) return references.map(() => ({ ok: false, error: unwelcome }))
      const answers = await store.resolve(references, context)
      for (const answer of answers) if (!answer.ok) wishes.heard(answer.error)
      return answers
    },
    ...(lease && { lease: (...given) => wishes.keep(() => lease(...given)) }),
    ...(lookUp && { lookUp: (...given) => wishes.keep(() => lookUp(...given)) }),
  }
}
