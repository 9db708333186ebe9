/**
 * Chooses which of the catalog's tools hosts are listed under one config, and has the tools that are sidemux's own. With `surface: search` a
 * host is listed two tools of ours in place of all others, but for those that are kept: what servers.yaml names, and what
 * the pages of a server call, since a host has to know these. Whatever is listed, every tool is judged, asked for and
 * written down alike: this room decides what is seen, never what may run.
 */
import type { Entry } from '../catalog/offers/select.ts'
import type { HostView } from '../catalog/offers/shelf.ts'
import type { JsonObject } from '../json/record.ts'
import { innerCall, type InnerCall } from './inner-call.ts'
import type { OfferKind } from '../upstream/messages/offer.ts'
import { isKeptListed } from './kept.ts'
import type { SurfaceRules } from './options.ts'
import { questionInUri } from '../spill/read-result.ts'
import {
  CALL_TOOL,
  READ_RESULT,
  READ_TOOL,
  RESULT_TEMPLATE,
  SEARCH_TOOL,
  searchSurface,
  type OwnAnswer,
} from './own-tools.ts'
import type { ToolSearch } from './search/tool-search.ts'

export interface SurfaceDeps {
  readonly rules: SurfaceRules
  /** Ids of the servers of this config, in their order. */
  readonly servers: readonly string[]
  /** Of tools, as they are now. */
  entries(): readonly Entry[]
  /** Servers of which nothing is known yet. */
  unknown(): readonly string[]
  /** Resolves when a host's first list would be answered. */
  listed(): Promise<void>
  /** Long results of some server are cut, so the whole can be read. */
  readonly cutsResults: boolean
  /** A part of a kept result, or what is wrong with the question. */
  readResult(question: JsonObject): { readonly text: string } | { readonly wrong: string }
  /** One for all configs: what it has made of the tools stays. Loaded when one searches. */
  search(): Promise<ToolSearch>
}

type List = readonly JsonObject[]

export class HostSurface {
  readonly #deps: SurfaceDeps
  readonly #own: List

  constructor(deps: SurfaceDeps) {
    this.#deps = deps
    this.#own = [
      ...(this.#isSearched ? searchSurface(deps.servers) : []),
      ...(deps.cutsResults ? [READ_RESULT] : []),
    ]
  }

  /** What a host is listed of these, which the catalog lists to such a one. */
  tools(all: List, view: HostView): List {
    if (!this.#isSearched) return this.#own.length === 0 ? all : [...this.#own, ...all]
    const kept = new Set<unknown>(
      this.#deps
        .entries()
        .filter((entry) => (view.pages && entry.page === true) || isKeptListed(this.#deps.rules.keep, entry))
        .map(({ target }) => target.emitted),
    )
    return [...this.#own, ...all.filter(({ name }) => kept.has(name))]
  }

  /** Whether a list is the same whatever servers offer, so that nobody has to wait for them. */
  isFixed(kind: OfferKind, pages: boolean): boolean {
    return kind === 'tools' && this.#isSearched && this.#deps.rules.keep.length === 0 && !pages
  }

  templates(all: List): List {
    return this.#deps.cutsResults ? [RESULT_TEMPLATE, ...all] : all
  }

  get #isSearched(): boolean {
    return this.#deps.rules.mode === 'search'
  }

  /** Whether it is a tool of ours that answers itself. */
  isOwn(name: string): boolean {
    return this.#own.some((tool) => tool['name'] === name)
  }

  /** What is called through our tool that calls; undefined where it is another tool, or there is none such. */
  inner(name: string, args: JsonObject): InnerCall | undefined {
    if (name !== CALL_TOOL || !this.isOwn(name)) return undefined
    const inner = innerCall(args)
    return typeof inner === 'string' ? undefined : inner
  }

  /** Whether it is the address of a kept result. */
  isOwnResource(uri: string): boolean {
    return this.#deps.cutsResults && questionInUri(uri) !== undefined
  }

  resource(uri: string): OwnAnswer {
    const read = this.#deps.readResult({ ...questionInUri(uri) })
    if ('wrong' in read) return read
    return { result: { contents: [{ uri, mimeType: 'text/plain', text: read.text }] } }
  }

  /** Of one of our own tools. */
  async answer(name: string, args: JsonObject): Promise<OwnAnswer> {
    if (name === READ_TOOL) {
      const read = this.#deps.readResult(args)
      return 'wrong' in read ? read : { result: { content: [{ type: 'text', text: read.text }] } }
    }
    if (name !== SEARCH_TOOL) {
      const inner = innerCall(args)
      return { wrong: typeof inner === 'string' ? inner : 'it can not be called through itself' }
    }
    await this.#deps.listed()
    const search = await this.#deps.search()
    return search.answer(args, this.#visible(), {
      servers: this.#deps.servers,
      unknown: this.#deps.unknown(),
    })
  }

  /** Names of tools that may have been meant, of those that a host can see. */
  async near(name: string): Promise<readonly string[]> {
    return (await this.#deps.search()).near(name, this.#visible())
  }

  /** A model finds what it could be listed. */
  #visible(): readonly Entry[] {
    return this.#deps.entries().filter(({ listed, pageOnly }) => listed !== undefined && pageOnly !== true)
  }
}
