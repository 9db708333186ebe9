/**
 * One kind of thing that servers offer, in one deterministic list: servers in the order of servers.yaml, a server's
 * own by name. It is built anew when a server's change and never as a side effect of a request, as 2026-07-28
 * server/tools demands.
 */
import type { Entry } from './select.ts'

type List = readonly Readonly<Record<string, unknown>>[]

export class Shelf {
  #order: readonly string[]
  #entries: ReadonlyMap<string, readonly Entry[]> = new Map<string, readonly Entry[]>()
  #byName = new Map<string, Entry>()
  #listed: List = []
  #flat: List = []

  /** @param order ids of the servers */
  constructor(order: readonly string[]) {
    this.#order = order
  }

  get listed(): List {
    return this.#listed
  }

  /** For hosts that lose tools over the other (hosts.ts). */
  get flat(): List {
    return this.#flat
  }

  get entries(): readonly Entry[] {
    return this.#order.flatMap((id) => this.#entries.get(id) ?? [])
  }

  knows(server: string): boolean {
    return this.#entries.has(server)
  }

  /** By emitted name; also what is blocked or hidden, because calling it is audited as what it is. */
  find(emitted: string): Entry | undefined {
    return this.#byName.get(emitted)
  }

  /** True when the list changed by it. */
  put(server: string, entries: readonly Entry[]): boolean {
    this.#entries = new Map([...this.#entries, [server, inOrder(entries)]])
    return this.#merge()
  }

  drop(server: string): boolean {
    if (!this.knows(server)) return false
    this.#entries = new Map([...this.#entries].filter(([id]) => id !== server))
    return this.#merge()
  }

  /** Everything anew, in the order of these servers; true when the list changed by it. */
  replace(servers: ReadonlyMap<string, readonly Entry[] | undefined>): boolean {
    this.#order = [...servers.keys()]
    this.#entries = new Map(
      [...servers].flatMap(([id, entries]) => (entries === undefined ? [] : [[id, inOrder(entries)]])),
    )
    return this.#merge()
  }

  #merge(): boolean {
    const entries = this.entries
    const listed = entries.flatMap((entry) => (entry.listed === undefined ? [] : [entry.listed]))
    this.#byName = new Map(entries.map((entry) => [entry.target.emitted, entry]))
    const changed = JSON.stringify(listed) !== JSON.stringify(this.#listed)
    this.#listed = listed
    this.#flat = entries.flatMap(({ flat, listed: shown }) => {
      const one = flat ?? shown
      return one === undefined ? [] : [one]
    })
    return changed
  }
}

function byName({ target: { name: a } }: Entry, { target: { name: b } }: Entry): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function inOrder(entries: readonly Entry[]): readonly Entry[] {
  return withoutCollisions(entries.toSorted(byName))
}

/** A server can name two things so that one emitted name would stand for both; the second is left out (only its own). */
function withoutCollisions(entries: readonly Entry[]): readonly Entry[] {
  const seen = new Set<string>()
  return entries.filter((entry) => {
    const fresh = !seen.has(entry.target.emitted)
    seen.add(entry.target.emitted)
    return fresh
  })
}
