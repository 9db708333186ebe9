/**
 * Resolves names for servers, outside of their sandbox, and remembers them for a while: the address that was judged is the
 * one that is connected to. Each takes one of the few threads in which the system resolves names, and one that nobody
 * answers takes it for long. So a server has one at a time, and all together have few (promise 1).
 */
import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'

/** Rejects with an Error that has a `code`, as of node:dns. */
export type ResolveName = (name: string) => Promise<readonly LookupAddress[]>

const KEPT_MS = 30_000
const MOST_KEPT = 256
const MOST_AT_ONCE = 2
/** Others wait; of a server that asks for more, the rest is not answered. */
const MOST_WAITING = 64

/** Lets so many go on at once; the others wait for their turn. */
class Turns {
  readonly #most: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(most: number) {
    this.#most = most
  }

  get waiting(): number {
    return this.#waiting.length
  }

  async of<T>(act: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#most) await new Promise<void>((resolve) => void this.#waiting.push(resolve))
    else this.#running += 1
    try {
      return await act()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }
}

/** What the lookups of all servers share. */
export class SharedLookups {
  readonly #resolve: ResolveName
  readonly #turns = new Turns(MOST_AT_ONCE)

  constructor(resolve: ResolveName = bySystem) {
    this.#resolve = resolve
  }

  async find(name: string): Promise<readonly LookupAddress[]> {
    return this.#turns.of(async () => this.#resolve(name))
  }
}

interface Kept {
  readonly found: Promise<readonly LookupAddress[]>
  readonly until: number
}

/** Of one server. */
export class Lookups {
  readonly #resolve: ResolveName
  readonly #now: () => number
  readonly #kept = new Map<string, Kept>()
  readonly #turns = new Turns(1)

  constructor(resolve: ResolveName, now: () => number = () => performance.now()) {
    this.#resolve = resolve
    this.#now = now
  }

  /** @throws Error with a `code` where the name has no address, or none is found now */
  async find(name: string): Promise<readonly LookupAddress[]> {
    const before = this.#kept.get(name)
    if (before !== undefined && before.until > this.#now()) return before.found
    const kept = { found: this.#inTurn(name), until: this.#now() + KEPT_MS }
    this.#kept.delete(name)
    this.#kept.set(name, kept)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest)
    // What wasn't found may be there the next time.
    kept.found.catch(() => {
      if (this.#kept.get(name) === kept) this.#kept.delete(name)
    })
    return kept.found
  }

  async #inTurn(name: string): Promise<readonly LookupAddress[]> {
    if (this.#turns.waiting >= MOST_WAITING)
      throw Object.assign(new Error('too many names'), { code: 'EAI_AGAIN' })
    return this.#turns.of(async () => this.#resolve(name))
  }
}

async function bySystem(name: string): Promise<readonly LookupAddress[]> {
  return lookup(name, { all: true })
}
