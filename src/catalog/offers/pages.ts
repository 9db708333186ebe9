/**
 * Finds the server that a call of a page is for (MCP Apps, ext-apps 2026-01-26). A page calls tools by its server's
 * own names, and reads its server's own URIs. The host hands both to the server that it knows, which is sidemux.
 * Nothing in such a request says which page it came from.
 *
 * So a name that means nothing here belongs to a server that has it and whose pages are shown. Of several such servers
 * it is one of which a page is there: a page was read, or a tool with a page was called. While no page is known to be
 * there, all of them count, since a host may keep pages of an earlier run. When two servers are left, neither is
 * called: a page must reach its own server only. Pure, but for what it remembers.
 */
import type { Entry } from './select.ts'

export class Pages {
  readonly #there = new Set<string>()

  /** The host shows a page of this server, or is about to. */
  add(server: string): void {
    this.#there.add(server)
  }

  /** @param entries tools of all servers */
  tool(name: string, entries: readonly Entry[]): Entry | undefined {
    const called = entries.filter(({ target, page }) => page === true && target.name === name)
    const server = this.#only(called)
    return called.find(({ target }) => target.server === server)
  }

  /**
   * Which server's own URI this is.
   * @param entries resources and templates of servers whose pages are shown
   */
  serverOf(uri: string, entries: readonly Entry[]): string | undefined {
    return this.#only(entries.filter(({ target }) => target.name === uri || isOfTemplate(uri, target)))
  }

  #only(entries: readonly Entry[]): string | undefined {
    const all = new Set(entries.map(({ target }) => target.server))
    const there = this.#there.size === 0 ? [...all] : [...all].filter((server) => this.#there.has(server))
    return there.length === 1 ? there[0] : undefined
  }
}

/** It begins as the template does; a template that leaves its scheme open says nothing. */
function isOfTemplate(uri: string, { kind, name }: Entry['target']): boolean {
  if (kind !== 'template') return false
  const [start = ''] = name.split('{')
  return start.includes(':') && uri.startsWith(start)
}
