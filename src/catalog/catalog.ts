/**
 * Everything the host could call, in one deterministic list: servers in the order of servers.yaml, a server's
 * tools by name. It is built anew when a server's tools change and never as a side effect of a request, as
 * 2026-07-28 server/tools demands.
 */
import type { Tool } from '../upstream/tool.ts'
import type { PinBook } from './pinBook.ts'
import { select, type CatalogServer, type Entry } from './select.ts'

export class Catalog {
  readonly #servers: readonly CatalogServer[]
  readonly #pins: PinBook
  readonly #entries = new Map<string, readonly Entry[]>()
  #byName = new Map<string, Entry>()
  #listed: readonly Readonly<Record<string, unknown>>[] = []

  constructor(servers: readonly CatalogServer[], pins: PinBook) {
    this.#servers = servers
    this.#pins = pins
  }

  /** What was pinned in earlier runs, so that the tools of a server that is down stay listed. */
  loadPinned(): void {
    for (const server of this.#servers) {
      const pinned = this.#pins.pins(server.id, server.launchHash)
      if (pinned !== undefined) this.#put(server, Object.values(pinned.tools), pinned.tools)
    }
    this.#merge()
  }

  /** Takes a server's present tools; true when the host's list changed by it. */
  setTools(serverId: string, tools: readonly Tool[]): boolean {
    const server = this.#servers.find((candidate) => candidate.id === serverId)
    if (server === undefined) return false
    const pinned = this.#pins.see(server.id, server.launchHash, tools)
    this.#put(server, tools, pinned.tools)
    return this.#merge()
  }

  /** For a server whose tools can't be judged: none of them is there any more; true when the list changed. */
  drop(serverId: string): boolean {
    this.#entries.delete(serverId)
    return this.#merge()
  }

  list(): readonly Readonly<Record<string, unknown>>[] {
    return this.#listed
  }

  /** By emitted name; also what is blocked or hidden, because calling it is audited as what it is. */
  find(emitted: string): Entry | undefined {
    return this.#byName.get(emitted)
  }

  entries(): readonly Entry[] {
    return this.#servers.flatMap((server) => this.#entries.get(server.id) ?? [])
  }

  knows(serverId: string): boolean {
    return this.#entries.has(serverId)
  }

  #put(server: CatalogServer, tools: readonly Tool[], pinned: Readonly<Record<string, Tool>>): void {
    const sorted = tools.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    const entries = sorted.map((tool) =>
      select(server, tool, Object.hasOwn(pinned, tool.name) ? pinned[tool.name] : undefined),
    )
    this.#entries.set(server.id, withoutCollisions(entries))
  }

  #merge(): boolean {
    const entries = this.entries()
    const listed = entries.flatMap((entry) => (entry.listed === undefined ? [] : [entry.listed]))
    this.#byName = new Map(entries.map((entry) => [entry.target.emitted, entry]))
    const changed = JSON.stringify(listed) !== JSON.stringify(this.#listed)
    this.#listed = listed
    return changed
  }
}

/** A server can name two tools so that one emitted name would stand for both; the second is left out (only its own). */
function withoutCollisions(entries: readonly Entry[]): readonly Entry[] {
  const seen = new Set<string>()
  return entries.filter((entry) => {
    const fresh = !seen.has(entry.target.emitted)
    seen.add(entry.target.emitted)
    return fresh
  })
}
