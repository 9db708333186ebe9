/**
 * One kind of thing that servers offer, in one deterministic list: servers in the order of servers.yaml, a server's
 * own by name. It is built anew when a server's change and never as a side effect of a request, as 2026-07-28
 * server/tools demands.
 */
import type { Entry } from './select.ts'

type List = readonly Readonly<Record<string, unknown>>[]

/** As which host sees it. */
export interface HostView {
  /** It loses tools over alternatives at the top of a schema (hosts.ts). */
  readonly flat: boolean
  /** It shows pages, so it knows which tools are for them and not for the model. */
  readonly pages: boolean
}

export class Shelf {
  #order: readonly string[]
  #entries: ReadonlyMap<string, readonly Entry[]> = new Map<string, readonly Entry[]>()
  #byName = new Map<string, Entry>()
  #byOwnName = new Map<string, Entry>()
  #listed: List = []
  /** By view, made when it is asked for. */
  #views = new Map<string, List>()

  /** @param order ids of the servers */
  constructor(order: readonly string[]) {
    this.#order = order
  }

  list({ flat, pages }: HostView): List {
    const key = `${flat} ${pages}`
    const known = this.#views.get(key)
    if (known !== undefined) return known
    const list = this.entries.flatMap(({ listed, flat: flattened, pageOnly }) =>
      listed === undefined || (pageOnly === true && !pages) ? [] : [flat ? (flattened ?? listed) : listed],
    )
    this.#views.set(key, list)
    return list
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

  /** By the name or URI that its server has for it. */
  named(server: string, name: string): Entry | undefined {
    return this.#byOwnName.get(ownName(server, name))
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
    this.#byOwnName = new Map(
      entries.toReversed().map((entry) => [ownName(entry.target.server, entry.target.name), entry]),
    )
    const changed = JSON.stringify(listed) !== JSON.stringify(this.#listed)
    this.#listed = listed
    this.#views = new Map()
    return changed
  }
}

/** No id of a server has a slash in it. */
function ownName(server: string, name: string): string {
  return `${server}/${name}`
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
