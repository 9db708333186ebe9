/**
 * Applies at once what other processes change in the state directory while this one runs: tool definitions that a
 * human accepted (`sidemux pin`), or that another sidecar was the first to see. If this changes a host's
 * lists, the host is told within about a second (watch/sign.ts). A call is judged by what the file says at that
 * moment in any case. It also handles values that become secrets while this process runs. What servers have said of
 * themselves, in this run or an earlier one, may hold such a value, so it is masked again, also where it is kept
 * (promise 3).
 *
 * The same holds for grants (approval/grants/grant-book.ts), logins
 * (upstream/remote/oauth) and secrets kept on this machine (secrets/stores/local), each in its room.
 */
import type { Catalog } from '../../catalog/catalog.ts'
import type { ServersLock } from '../../catalog/lock/servers-lock.ts'
import type { Target } from '../../catalog/target.ts'
import type { Logger } from '../../log.ts'
import { visibleLine } from '../../visible.ts'
import type { HostContact } from './host.ts'
import type { Journal } from '../journal.ts'
import type { KnownOffers } from '../children/known.ts'

/** While forty servers start it is looked for all new secrets of this time at once. */
const MASK_AFTER_MS = 1000

/** In one line of the log. */
const MAX_NAMED = 5

export interface HearingDeps {
  readonly catalog: Catalog
  readonly pins: ServersLock
  readonly known: Pick<KnownOffers, 'maskAnew'>
  mask<T>(value: T): T
  readonly host: Pick<HostContact, 'onListsChanged'>
  readonly journal: Pick<Journal, 'attempt'>
  readonly log: Pick<Logger, 'info' | 'warn'>
}

export class Hearing {
  readonly #deps: HearingDeps
  readonly #unwatch: () => void
  readonly #told = new Set<string>()
  #masking: NodeJS.Timeout | undefined
  /** The file was looked at, and no tick has begun since. */
  #hasLooked = false

  constructor(deps: HearingDeps) {
    this.#deps = deps
    this.#unwatch = deps.pins.watch(() => this.look())
  }

  /** There is a new secret. */
  learnt(): void {
    this.#masking ??= setTimeout(() => this.look(), MASK_AFTER_MS).unref()
  }

  /**
   * Costs two `stat` where nothing has changed, so all calls whose records were written together share a look: they go on
   * right behind each other. Whoever waits in between, as for a human, comes back later.
   */
  look(): void {
    const { catalog, host, journal } = this.#deps
    if (this.#masking !== undefined) this.#maskAnew()
    if (this.#hasLooked) return
    this.#hasLooked = true
    process.nextTick(() => {
      this.#hasLooked = false
    })
    const changed = journal.attempt('take over what was accepted elsewhere', () => catalog.refresh())
    if (changed !== undefined) host.onListsChanged(changed)
  }

  /** False where what a call to this server relies on can't be kept, and then it must not be made (promise 5). */
  keeps(server: string): boolean {
    const { pins, journal } = this.#deps
    if (!pins.hasUnwritten(server)) return true
    return (
      journal.attempt(`remember the tools of ${server}`, () => {
        pins.keep(server)
        return true
      }) === true
    )
  }

  /** What people should know of what a server offers now. */
  tell(server: string, launchHash: string): void {
    const { catalog, journal, log } = this.#deps
    journal.attempt(`compare what ${server} says with what is remembered`, () => {
      if (catalog.changedInstructions.includes(server))
        log.info(`${server} says something else of itself than when it was first seen`)
      const { waiting, more } = catalog.waiting(server)
      const key = `${server} ${launchHash}`
      if (waiting.length === 0 || this.#told.has(key)) return
      this.#told.add(key)
      const names = waiting.slice(0, MAX_NAMED).map(({ target: { name } }) => visibleLine(name))
      log.warn(
        {
          hint: `run "sidemux pin ${server}" to see them, and what to do if they are right`,
        },
        `${server} lists what is new or has changed since it was accepted, and hosts aren't told the words of it: ${[...names, ...(waiting.length > MAX_NAMED || more > 0 ? ['…'] : [])].join(', ')}`,
      )
    })
  }

  /** A human has said yes to a call of what was new, so it is what it is from now on. */
  accept({ kind, server, launchHash, definition }: Target): void {
    const { catalog, pins, host, journal } = this.#deps
    const list = { tool: 'tools', prompt: 'prompts', template: 'templates', resource: undefined } as const
    const of = list[kind]
    if (of === undefined) return
    const changed = journal.attempt(`remember what was accepted of ${server}`, () => {
      pins.accept(server, launchHash, { [of]: [definition] })
      return catalog.again()
    })
    if (changed !== undefined) host.onListsChanged(changed)
  }

  #maskAnew(): void {
    const { catalog, pins, known, host, journal } = this.#deps
    const mask = <T>(value: T): T => this.#deps.mask(value)
    clearTimeout(this.#masking)
    this.#masking = undefined
    const what = 'mask what is remembered of servers by the secrets of now'
    journal.attempt(what, () => pins.mask(mask))
    const changed = journal.attempt(what, () => catalog.mask(mask))
    if (changed !== undefined) host.onListsChanged(changed)
    known.maskAnew()
  }

  close(): void {
    if (this.#masking !== undefined) this.#maskAnew()
    this.#unwatch()
    this.#deps.pins.close()
  }
}
