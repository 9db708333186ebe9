/** Everything that servers offer and the host could ask for: a shelf for each kind (shelf.ts). */
import type { CacheHint, OfferKind, Offers } from '../upstream/offer.ts'
import { leastOf } from '../upstream/pages.ts'
import type { Tool } from '../upstream/tool.ts'
import { mergeInstructions } from './instructions.ts'
import { PagesRead } from './pages.ts'
import type { PinBook } from './pinBook.ts'
import { emittedName, emittedNames } from './names.ts'
import { selectPrompt } from './prompts.ts'
import { selectResource, selectTemplate, targetOfUri } from './resources.ts'
import { select, type CatalogServer, type Entry } from './select.ts'
import { Shelf, type View } from './shelf.ts'
import type { TargetKind } from './target.ts'
import { originalUri } from './uri.ts'

export class Catalog {
  readonly #pins: PinBook
  readonly #shelves: Readonly<Record<OfferKind, Shelf>>
  /** What each server offered when it last said so, and launched by which command. */
  readonly #offers = new Map<string, Offers & { readonly launchHash: string }>()
  readonly #pagesRead = new PagesRead()
  readonly #changedInstructions = new Set<string>()
  #servers: readonly CatalogServer[]

  constructor(servers: readonly CatalogServer[], pins: PinBook) {
    const order = servers.map(({ id }) => id)
    this.#servers = servers
    this.#pins = pins
    this.#shelves = {
      tools: new Shelf(order),
      prompts: new Shelf(order),
      resources: new Shelf(order),
      templates: new Shelf(order),
    }
  }

  /** What was pinned in earlier runs, so that the tools of a server that is down stay listed. */
  loadPinned(): void {
    for (const server of this.#servers) {
      const entries = this.#pinned(server)
      if (entries !== undefined) this.#shelves.tools.put(server.id, entries.tools)
    }
  }

  /**
   * Other servers, and other rules for those that stay; which of the host's lists changed by it. What a server offered
   * stays listed also where another command is launched for it, until that has said what it offers.
   * @throws SidemuxError when the pins can't be read; then nothing has changed.
   */
  reconfigure(servers: readonly CatalogServer[]): readonly OfferKind[] {
    const all = servers.map((server) => [server.id, this.#known(server)] as const)
    this.#servers = servers
    for (const id of this.#offers.keys()) if (this.#server(id) === undefined) this.#offers.delete(id)
    const shelf = (kind: OfferKind): boolean =>
      this.#shelves[kind].replace(new Map(all.map(([id, entries]) => [id, entries?.[kind]])))
    return changedOf({
      tools: shelf('tools'),
      prompts: shelf('prompts'),
      resources: shelf('resources'),
      templates: shelf('templates'),
    })
  }

  /** Takes what a server offers now; which of the host's lists changed by it. */
  take(serverId: string, offers: Offers): readonly OfferKind[] {
    const server = this.#server(serverId)
    if (server === undefined) return []
    this.#offers.set(serverId, { ...offers, launchHash: server.launchHash })
    this.#seeInstructions(server, offers.instructions)
    const pinned = this.#pins.see(server.id, server.launchHash, offers.tools)
    const entries = entriesOf(server, offers, pinned.tools)
    const { tools, prompts, resources, templates } = this.#shelves
    return changedOf({
      tools: tools.put(serverId, entries.tools),
      prompts: prompts.put(serverId, entries.prompts),
      resources: resources.put(serverId, entries.resources),
      templates: templates.put(serverId, entries.templates),
    })
  }

  /** For a server whose tools can't be judged: nothing of it is there any more. */
  drop(serverId: string): readonly OfferKind[] {
    const { tools, prompts, resources, templates } = this.#shelves
    this.#offers.delete(serverId)
    return changedOf({
      tools: tools.drop(serverId),
      prompts: prompts.drop(serverId),
      resources: resources.drop(serverId),
      templates: templates.drop(serverId),
    })
  }

  /**
   * A line on each server: the operator's words, its own as they were when it was first seen (promise 5), its tools.
   * @param notices what else the host's user should know first, a line each
   */
  instructions(notices: readonly string[] = []): string | undefined {
    const tools = this.#shelves.tools.entries
    return mergeInstructions(
      this.#servers.map(({ id, launchHash, description }) => {
        const text = this.#pins.instructions(id, launchHash)
        const listed = tools.filter(
          ({ target, listed: shown, pageOnly }) =>
            target.server === id && shown !== undefined && pageOnly !== true,
        )
        return {
          server: id,
          ...(description === undefined ? {} : { description }),
          ...(text === undefined ? {} : { text }),
          tools: listed.map(({ target }) => target.emitted.slice(id.length + 1)),
        }
      }),
      notices,
    )
  }

  /** Servers that say something else now than when they were first seen. */
  get changedInstructions(): readonly string[] {
    return [...this.#changedInstructions]
  }

  /** A human's answer to the change. */
  acceptInstructions(serverId: string, instructions: string | undefined): void {
    const server = this.#server(serverId)
    if (server === undefined || instructions === undefined) return
    this.#pins.pinInstructions(server.id, server.launchHash, instructions)
    this.#changedInstructions.delete(serverId)
  }

  #seeInstructions({ id, launchHash }: CatalogServer, now: string | undefined): void {
    const pinned = this.#pins.instructions(id, launchHash)
    if (pinned === undefined && now !== undefined) this.#pins.pinInstructions(id, launchHash, now)
    if (pinned !== undefined && now !== pinned) this.#changedInstructions.add(id)
    else this.#changedInstructions.delete(id)
  }

  list(kind: OfferKind, view: View): readonly Readonly<Record<string, unknown>>[] {
    return this.#shelves[kind].list(view)
  }

  /** What a page calls by its server's own name (pages.ts). */
  findForPage(name: string): Entry | undefined {
    return this.#pagesRead.find(name, this.#shelves.tools.entries)
  }

  pageRead(server: string): void {
    this.#pagesRead.add(server)
  }

  /** How long a list may be kept: as long as all servers say; undefined when one says nothing. */
  cacheHint(kind: OfferKind): CacheHint | undefined {
    return leastOf(this.#servers.map(({ id }) => this.#offers.get(id)?.cache[kind]))
  }

  /** By emitted name or routed URI. Also a resource that no list has, because templates make such. */
  find(kind: TargetKind, emitted: string): Entry | undefined {
    if (kind !== 'resource') return this.#shelves[SHELF[kind]].find(emitted)
    const original = originalUri(emitted)
    const server = original && this.#server(original.server)
    if (original === undefined || server === undefined) return undefined
    const listed = this.#shelves.resources.entries.find(
      ({ target }) => target.server === server.id && target.name === original.uri,
    )
    return listed ?? { target: targetOfUri(server, original.uri, undefined), edits: [], notes: [] }
  }

  /** What hosts call a server's tool; also one that isn't known (yet). */
  emittedName(server: string, tool: string): string {
    const known = this.#shelves.tools.entries.find(
      ({ target }) => target.server === server && target.name === tool,
    )
    return known?.target.emitted ?? emittedName(server, tool)
  }

  entries(kind: OfferKind = 'tools'): readonly Entry[] {
    return this.#shelves[kind].entries
  }

  knows(serverId: string): boolean {
    return this.#shelves.tools.knows(serverId)
  }

  #server(id: string): CatalogServer | undefined {
    return this.#servers.find((server) => server.id === id)
  }

  /** Under the rules of now, as it was last heard of; undefined for a server that nothing is known of. */
  #known(server: CatalogServer): Partial<Entries> | undefined {
    const offers = this.#offers.get(server.id)
    const pinned = this.#pinned(server)
    if (offers === undefined) return pinned
    const pins = this.#pins.pins(server.id, server.launchHash)?.tools ?? {}
    const isOther = offers.launchHash !== server.launchHash
    return { ...entriesOf(server, offers, pins), ...(isOther && pinned) }
  }

  #pinned(server: CatalogServer): Pick<Entries, 'tools'> | undefined {
    const pinned = this.#pins.pins(server.id, server.launchHash)
    if (pinned === undefined) return undefined
    return { tools: toolEntries(server, Object.values(pinned.tools), pinned.tools) }
  }
}

type Entries = Readonly<Record<OfferKind, readonly Entry[]>>

function entriesOf(server: CatalogServer, offers: Offers, pinned: Readonly<Record<string, Tool>>): Entries {
  return {
    tools: toolEntries(server, offers.tools, pinned),
    prompts: promptEntries(server, offers.prompts),
    resources: offers.resources.map((resource) => selectResource(server, resource)),
    templates: offers.templates.map((template) => selectTemplate(server, template)),
  }
}

function toolEntries(
  server: CatalogServer,
  tools: readonly Tool[],
  pinned: Readonly<Record<string, Tool>>,
): readonly Entry[] {
  const names = emittedNames(server.id, tools.map(nameOf))
  return tools.map((tool) =>
    select(
      server,
      tool,
      Object.hasOwn(pinned, tool.name) ? pinned[tool.name] : undefined,
      names.get(tool.name),
    ),
  )
}

function promptEntries(server: CatalogServer, prompts: Offers['prompts']): readonly Entry[] {
  const names = emittedNames(server.id, prompts.map(nameOf))
  return prompts.map((prompt) => selectPrompt(server, prompt, names.get(prompt.name)))
}

function nameOf({ name }: { readonly name: string }): string {
  return name
}

const SHELF = { tool: 'tools', prompt: 'prompts', template: 'templates' } as const

function changedOf(changed: Readonly<Record<OfferKind, boolean>>): readonly OfferKind[] {
  return KINDS.filter((kind) => changed[kind])
}

const KINDS = ['tools', 'prompts', 'resources', 'templates'] as const
