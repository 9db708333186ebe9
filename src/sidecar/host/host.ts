/**
 * The host as the servers see it: what they are told of it, what they may ask it outside of a request, and what of
 * theirs it hears unasked: log messages, changed lists, updated resources. Nothing of it leaves unmasked (promise 3).
 */
import type { Catalog } from '../../catalog/catalog.ts'
import type { HostView } from '../../catalog/offers/shelf.ts'
import { hostUri } from '../../catalog/addresses/uri.ts'
import type { Relay } from '../../relay/relay.ts'
import { labelled } from '../../relay/log.ts'
import { pageId } from '../../relay/page.ts'
import type { RelayRules } from '../../relay/options.ts'
import { AskError, type HostSide, type ServerQuestion } from '../../upstream/messages/caller.ts'
import type { JsonObject } from '../../json/record.ts'
import type { OfferKind } from '../../upstream/messages/offer.ts'
import { severity } from '../../upstream/messages/severity.ts'
import type { ConnectedHost } from '../../downstream/rooms.ts'
import { INVALID_REQUEST } from '../../wire/message.ts'

/** As the config of now has it. */
export interface HostRules {
  readonly relay: Relay
  /** Undefined for a server that is not in it any more, and only ends what it began. */
  readonly server: (id: string) => RelayRules | undefined
  readonly parkMs: number
}

type List = readonly JsonObject[]

export interface HostContactDeps {
  rules(): HostRules
  /** What this server says unasked, as what it is together with what it said before. */
  mask<T>(server: string, value: T): T
  /** As a host would get it now (catalog/catalog.ts). */
  list(kind: OfferKind, view: HostView): List
}

/** Servers that start together change the list together; the host reads it once (2026-07-28 server/tools). */
const DEBOUNCE_MS = 50

export class HostContact implements HostSide {
  readonly #deps: HostContactDeps
  #capabilities: JsonObject = {}
  #host: ConnectedHost | undefined
  #level: string | undefined
  readonly #changed = new Set<OfferKind>()
  /** What the host was answered last. */
  readonly #listed = new Map<OfferKind, { readonly entries: List; readonly view: HostView }>()
  #timer: NodeJS.Timeout | undefined

  constructor(deps: HostContactDeps) {
    this.#deps = deps
  }

  get parkMs(): number {
    return this.#deps.rules().parkMs
  }

  /** What it declared when it introduced itself. */
  introduced(capabilities: JsonObject): void {
    this.#capabilities = capabilities
  }

  connected(host: ConnectedHost): void {
    this.#host = host
  }

  setLogLevel(level: string): void {
    this.#level = level
  }

  logLevel(): string | undefined {
    return this.#level
  }

  capabilities(server: string): JsonObject {
    const { relay, server: rulesOf } = this.#deps.rules()
    const rules = rulesOf(server)
    return rules === undefined ? {} : relay.capabilities(this.#capabilities, rules)
  }

  onMessage(server: string, message: JsonObject): void {
    if (this.#host?.hearsLogs !== true) return
    if (this.#level !== undefined && severity(message['level']) < severity(this.#level)) return
    this.#host.notify('notifications/message', labelled(server, this.#deps.mask(server, message)))
  }

  async onQuestion(server: string, question: ServerQuestion, signal: AbortSignal): Promise<JsonObject> {
    const ask = this.#host?.ask
    const { relay, server: rulesOf } = this.#deps.rules()
    const rules = rulesOf(server)
    if (ask === undefined || rules === undefined)
      throw new AskError(INVALID_REQUEST, 'the client can only be asked in answer to a request')
    const caller = relay.caller({ capabilities: this.#capabilities, ask }, { server, rules })
    return caller.ask?.(question, signal) ?? {}
  }

  onResourceUpdated(server: string, uri: string): void {
    const rules = this.#deps.rules().server(server)
    if (rules === undefined) return
    this.#host?.notify('notifications/resources/updated', {
      uri: hostUri({ id: server, apps: rules.apps }, this.#deps.mask(server, uri)),
    })
  }

  onElicitationComplete(server: string, elicitationId: string): void {
    this.#host?.notify('notifications/elicitation/complete', {
      elicitationId: pageId(server, this.#deps.mask(server, elicitationId)),
    })
  }

  /** The host was answered this. */
  listed(kind: OfferKind, entries: List, view: HostView): void {
    this.#listed.set(kind, { entries, view })
  }

  onListsChanged(kinds: ReturnType<Catalog['take']>): void {
    for (const kind of kinds) this.#changed.add(kind)
    if (this.#changed.size === 0) return
    this.#timer ??= setTimeout(() => this.#tellChanges(), DEBOUNCE_MS)
  }

  #tellChanges(): void {
    this.#timer = undefined
    const differ = [...this.#changed].filter((kind) => this.#differs(kind))
    this.#changed.clear()
    for (const name of new Set(differ.map((kind) => (kind === 'templates' ? 'resources' : kind))))
      this.#host?.notify(`notifications/${name}/list_changed`)
  }

  /**
   * What it was told already is no news. A host that never listed a kind hears of it only where it asked for the news:
   * it may have the list from an earlier run, for as long as that may be kept.
   */
  #differs(kind: OfferKind): boolean {
    const known = this.#listed.get(kind)
    if (known === undefined) return this.#host?.listens === true
    const now = this.#deps.list(kind, known.view)
    return now !== known.entries && JSON.stringify(now) !== JSON.stringify(known.entries)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#host = undefined
  }
}
