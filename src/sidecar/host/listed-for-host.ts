/** Lists for the host what the catalog has: as much as its surface shows, with a mark on what is locked (host-lock.ts). */
import type { Catalog } from '../../catalog/catalog.ts'
import type { HostView } from '../../catalog/offers/shelf.ts'
import { tooManyTools, type TooMany } from '../../catalog/tool-limits.ts'
import type { Config } from '../../config/config.ts'
import { ruleHash } from '../../config/for-rooms.ts'
import type { HostSurface } from '../../surface/host-surface.ts'
import type { OfferKind } from '../../upstream/messages/offer.ts'
import type { Approvals } from '../asking.ts'
import { locked } from './host-lock.ts'

export interface ListedForHostDeps {
  readonly catalog: Pick<Catalog, 'list' | 'entries'>
  readonly asking: Pick<Approvals, 'grants' | 'watchGrants'>
  /** The rules of now. */
  readonly now: () => { readonly config: Config; readonly surface: HostSurface }
  /** What is granted or revoked changes what is marked. */
  readonly onGrants: () => void
}

export class ListedForHost {
  readonly #deps: ListedForHostDeps
  #unwatchGrants: (() => void) | undefined

  constructor(deps: ListedForHostDeps) {
    this.#deps = deps
  }

  /** As the host gets it now. */
  list(kind: OfferKind, view: HostView): readonly Readonly<Record<string, unknown>>[] {
    const { catalog, asking, now, onGrants } = this.#deps
    const all = catalog.list(kind, view)
    const { config, surface } = now()
    if (kind === 'templates') return surface.templates(all)
    const list = kind === 'tools' ? surface.tools(all, view) : all
    if (kind !== 'tools' || !config.approvals.host || config.approvals.mode === 'shadow') return list
    this.#unwatchGrants ??= asking.watchGrants(() => onGrants())
    const servers = new Map(config.servers.map((server) => [server.id, server]))
    const targets = catalog.entries().map(({ target }) => target)
    return locked(list, targets, {
      grants: asking.grants(),
      subject: ({ server, name, launchHash, hash }) => {
        const known = servers.get(server)
        // One that has just left the config has no rules, so nothing fits it.
        const rules = known === undefined ? '' : ruleHash(known, config)
        return { server, tool: name, launchHash, toolHash: hash, ruleHash: rules }
      },
      now: Date.now(),
    })
  }

  get tooMany(): readonly TooMany[] {
    const { length } = this.list('tools', { flat: false, pages: false })
    return [tooManyTools(length) ?? []].flat()
  }

  close(): void {
    this.#unwatchGrants?.()
  }
}
