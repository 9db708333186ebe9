/**
 * Knows what servers offer before they have said so in this run. It chooses the kept listing
 * (catalog/listed/last-listed.ts) for this host, and keeps what servers say now. A server may list by what it is told
 * of its client and by the secrets it gets, so a listing is for the same launch, transport, environment and told
 * capabilities. A host's name and its profile don't matter for this: servers don't learn them, and the catalog
 * applies the profile to every listing.
 */
import type { ListedAs, LastListed, KeptOffers } from '../../catalog/listed/last-listed.ts'
import type { Config } from '../../config/config.ts'
import type { JsonObject } from '../../json/record.ts'
import type { Offers } from '../../upstream/messages/offer.ts'

/** A server whose lists change all the time is written down once in this time. */
const WRITE_AFTER_MS = 1000

export interface KnownDeps {
  readonly kept: LastListed
  /** The config of now. */
  config(): Config
  /** What the server is told that its client can do. */
  capabilities(server: string): JsonObject
  mask(offers: Offers): Offers
  /** What was accepted of it, where nothing else is known. */
  locked(server: string, launchHash: string): Offers | undefined
  /** A person asks who wants to know what there is, not a host. */
  readonly anyHost: boolean
}

interface Unwritten {
  readonly as: ListedAs
  readonly offers: Offers
}

export class KnownOffers {
  readonly #deps: KnownDeps
  /** Under which its last process was launched. */
  readonly #launched = new Map<string, ListedAs>()
  readonly #times = new Map<string, number>()
  readonly #latest = new Map<string, Offers>()
  readonly #unwritten = new Map<string, Unwritten>()
  #isIntroduced = false
  #isMasked = true
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(deps: KnownDeps) {
    this.#deps = deps
  }

  /** The host has said what it can do; nothing is known for it before. */
  begin(): void {
    this.#isIntroduced = true
    const { named, broken } = this.#deps.config()
    if (broken === undefined) void this.#deps.kept.sweep(new Set(named), Date.now())
  }

  of(server: string, launchHash: string): KeptOffers | undefined {
    if (!this.#isIntroduced) return undefined
    const { kept, anyHost } = this.#deps
    const found =
      kept.get(this.#as(server, launchHash)) ?? (anyHost ? kept.latest(server, launchHash) : undefined)
    if (found === undefined) return this.#locked(server, launchHash)
    this.#times.set(server, found.at)
    return { ...found, offers: this.#deps.mask(found.offers) }
  }

  /** It never ran here, but servers.lock came with servers.yaml. */
  #locked(server: string, launchHash: string): KeptOffers | undefined {
    const offers = this.#deps.locked(server, launchHash)
    return offers && { offers: this.#deps.mask(offers), at: 0, isLocked: true }
  }

  /** When the server last listed what it offers, in ms since 1970; undefined where that isn't known. */
  listedAt(server: string): number | undefined {
    return this.#times.get(server)
  }

  /** It is launched, and told what its client can do now. */
  launching(server: string, launchHash: string): void {
    this.#launched.set(server, this.#as(server, launchHash))
  }

  /** It has said what it offers; the same object again is no news. */
  keep(server: string, offers: Offers): void {
    // Without its tools it is nothing to begin the next run with.
    if (this.#latest.get(server) === offers || offers.unread?.includes('tools') === true) return
    this.#latest.set(server, offers)
    const as = this.#launched.get(server)
    this.#times.set(server, Date.now())
    if (as === undefined) return
    this.#unwritten.set(server, { as, offers })
    this.#timer ??= setTimeout(() => void this.write(), WRITE_AFTER_MS)
  }

  /** There are new secrets, and what is on the disk may hold them. */
  maskAnew(): void {
    this.#isMasked = false
    this.#timer ??= setTimeout(() => void this.write(), WRITE_AFTER_MS)
  }

  /** Resolves when all of it is on the disk. It is masked as late as this, by all secrets that are known by then. */
  async write(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const unwritten = [...this.#unwritten.values()]
    this.#unwritten.clear()
    const isMasked = this.#isMasked
    this.#isMasked = true
    this.#writing = this.#write(unwritten, isMasked, this.#writing)
    await this.#writing
  }

  async #write(unwritten: readonly Unwritten[], isMasked: boolean, before: Promise<void>): Promise<void> {
    await before
    const { kept } = this.#deps
    const mask = (offers: Offers): Offers => this.#deps.mask(offers)
    for (const { as, offers } of unwritten) await kept.keep(as, mask(offers))
    if (!isMasked) await kept.mask(mask)
  }

  #as(server: string, launchHash: string): ListedAs {
    const { environment, servers } = this.#deps.config()
    const launch = servers.find(({ id }) => id === server)?.launch
    const transport = launch?.kind === 'remote' ? launch.transport : 'stdio'
    return {
      server,
      launchHash,
      circumstances: { environment, transport, told: this.#deps.capabilities(server) },
    }
  }
}
