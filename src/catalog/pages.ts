/**
 * Calls of pages (MCP Apps, ext-apps 2026-01-26). A page calls tools by its server's own names, and the host hands them
 * to the server that it knows, which is sidemux; nothing in such a call says which page it came from. So a name that no
 * tool is called by here is that of a tool of a server whose pages are shown: of the only one that has such a tool, or
 * of the only one of those of which a page was read. Where that leaves two, nobody is called, since a page must reach
 * its own server only. Pure, but for what it remembers.
 */
import type { Entry } from './select.ts'

export class PagesRead {
  readonly #servers = new Set<string>()

  /** A host has read a page of this server. */
  add(server: string): void {
    this.#servers.add(server)
  }

  /** @param entries of servers whose pages are shown */
  find(name: string, entries: readonly Entry[]): Entry | undefined {
    const called = entries.filter(({ target, page }) => page === true && target.name === name)
    const [only, ...others] = called
    if (others.length === 0) return only
    const [read, ...more] = called.filter(({ target }) => this.#servers.has(target.server))
    return more.length === 0 ? read : undefined
  }
}
