/**
 * Says when a store can't be watched any more, and when it can again. Servers go on with the values they have, which
 * is right, but a changed secret would not be noticed, and somebody has to know that.
 *
 * - One look that fails is a hiccup. Two in a row are told, once for each store and reason, with all servers that it
 *   concerns.
 * - That looks work again is told when all those servers have looked again. So one outage is two lines, however many
 *   servers there are.
 */
import type { StoreErrorCode, WatchTrouble } from '../store.ts'

const TOLD_AFTER_LOOKS = 2
/** Events on files come in bursts, and so do looks. */
const TOLD_AFTER_MS = 5000

export type WatchNews = {
  /** The store's alias, `team@github` where the server has a login of its own. */
  readonly store: string
  readonly servers: readonly string[]
  /** Epoch milliseconds of the first look that failed. */
  readonly since: number
} & (
  | {
      readonly kind: 'failing'
      readonly code: StoreErrorCode
      readonly message: string
      readonly hint?: string
    }
  | { readonly kind: 'working' }
)

/** One server's watch of one store, as long as its looks fail. */
interface Failing {
  readonly server: string
  readonly store: string
  trouble: WatchTrouble
  /** What was told of it. */
  told?: Told
}

/** What one line told: of these it isn't known yet whether they work again, and of those it is. */
interface Told {
  readonly code: StoreErrorCode
  readonly since: number
  readonly waiting: Set<Failing>
  readonly stillFailing: Set<Failing>
  readonly working: string[]
}

/** One server's watches. */
export interface ServerWatches {
  /** After each look at a store. */
  saw(store: string, trouble: WatchTrouble | undefined): void
  /** It is watched no longer, which is no news. */
  end(): void
}

export class WatchHealth {
  readonly #tell: (news: WatchNews) => void
  readonly #now: () => number
  readonly #failing = new Set<Failing>()

  /** @param now epoch milliseconds */
  constructor(tell: (news: WatchNews) => void, now: () => number = Date.now) {
    this.#tell = tell
    this.#now = now
  }

  begin(server: string): ServerWatches {
    const mine = new Map<string, Failing>()
    return {
      saw: (store, trouble) => {
        const known = mine.get(store)
        if (trouble !== undefined) mine.set(store, this.#fails(known, { server, store, trouble }))
        else if (known !== undefined) {
          mine.delete(store)
          this.#works(known)
        }
      },
      end: () => {
        for (const one of mine.values()) this.#leave(one)
        mine.clear()
      },
    }
  }

  #fails(known: Failing | undefined, now: Failing): Failing {
    const one = known ?? now
    const { code } = now.trouble.error
    const isSame = known?.trouble.error.code === code
    one.trouble = now.trouble
    this.#failing.add(one)
    const { times, since } = one.trouble
    const isLong = times >= TOLD_AFTER_LOOKS && this.#now() - since >= TOLD_AFTER_MS
    if (isLong && isSame && one.told?.code !== code) this.#tellFailing(one)
    else if (one.told !== undefined && one.told.working.length > 0) {
      one.told.waiting.delete(one)
      one.told.stillFailing.add(one)
      this.#tellWorking(one.told, one.store)
    }
    return one
  }

  /** The others that have the same trouble are told along, though their own second look may be to come. */
  #tellFailing({ store, trouble: { error } }: Failing): void {
    const { code, message, hint } = error
    const same = [...this.#failing].filter(
      (one) => one.store === store && one.trouble.error.code === code && one.told?.code !== code,
    )
    const since = Math.min(...same.map(({ trouble }) => trouble.since))
    const told: Told = { code, since, waiting: new Set(same), stillFailing: new Set(), working: [] }
    for (const one of same) {
      one.told?.waiting.delete(one)
      one.told?.stillFailing.delete(one)
      one.told = told
    }
    const servers = [...new Set(same.map(({ server }) => server))]
    this.#tell({ kind: 'failing', store, servers, since, code, message, ...(hint !== undefined && { hint }) })
  }

  #works(one: Failing): void {
    one.told?.working.push(one.server)
    this.#leave(one)
  }

  #leave(one: Failing): void {
    this.#failing.delete(one)
    const { told, store } = one
    if (told === undefined) return
    told.waiting.delete(one)
    told.stillFailing.delete(one)
    this.#tellWorking(told, store)
  }

  /** Once it is known of all. */
  #tellWorking({ waiting, stillFailing, working, since }: Told, store: string): void {
    if (waiting.size > 0 || working.length === 0) return
    this.#tell({ kind: 'working', store, servers: [...new Set(working.splice(0))], since })
    for (const one of stillFailing) waiting.add(one)
    stillFailing.clear()
  }
}
