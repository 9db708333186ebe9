/**
 * The page and the local door of this sidecar. The front of the door is opened when a host is there; what is behind it is
 * loaded when somebody comes to it, or something is asked. So no host waits for it, and a session in which nobody is asked
 * doesn't hold it.
 */
import type { Channel } from '../approval/facts/channel.ts'
import type { Dashboard, DashboardOptions, DashboardRules } from '../dashboard/dashboard.ts'
import type { Front } from '../dashboard/door/front.ts'

export type PageOptions = Omit<DashboardOptions, keyof DashboardRules | 'assets' | 'front'>

export class Page {
  readonly #options: () => PageOptions
  #rules: DashboardRules
  #dashboard: Dashboard | undefined
  #loading: Promise<Dashboard> | undefined
  #front: Promise<Front> | undefined
  #isClosed = false

  /** @param options asked for when it is loaded */
  constructor(options: () => PageOptions, rules: DashboardRules) {
    this.#options = options
    this.#rules = rules
  }

  /** A channel that answers to a question on the page, or at a terminal. */
  channel(name: 'page' | 'terminal'): Channel {
    const own = async (): Promise<Channel | undefined> => {
      const dashboard = await this.#load().catch(() => undefined)
      return name === 'page' ? dashboard?.pageChannel : dashboard?.terminalChannel
    }
    return {
      name,
      ask: async (...question) => (await own())?.ask(...question) ?? NOT_LOADED,
      reach: async (...question) => (await own())?.reach?.(...question),
    }
  }

  /** From now on. */
  change(rules: DashboardRules): void {
    this.#rules = rules
    this.#dashboard?.change(rules)
  }

  /** So that neighbours find this sidecar before anything is asked. Where no page or terminal may be used, it stays closed. */
  async announce(): Promise<void> {
    const { channels } = this.#rules
    if (this.#isClosed || (!channels.includes('page') && !channels.includes('terminal'))) return
    await this.#door()
      .then(async (front) => front.open())
      .catch(() => undefined)
  }

  /** Where a host may send its user; undefined when it can't be reached. */
  async address(pendingId: string): Promise<string | undefined> {
    const dashboard = await this.#load().catch(() => undefined)
    return dashboard?.address(pendingId)
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true
    const dashboard = await this.#loading?.catch(() => undefined)
    await dashboard?.close()
    const front = await this.#front?.catch(() => undefined)
    await front?.close()
  }

  #load(): Promise<Dashboard> {
    this.#loading ??= this.#make()
    return this.#loading
  }

  #door(): Promise<Front> {
    this.#front ??= this.#makeDoor()
    return this.#front
  }

  async #makeDoor(): Promise<Front> {
    const { Front: Made } = await import('../dashboard/door/front.ts')
    const { stateDir, config, now } = this.#options()
    return new Made({ stateDir, config, now, behind: () => this.#load() })
  }

  async #make(): Promise<Dashboard> {
    const [{ Dashboard: Made }, { assets }, front] = await Promise.all([
      import('../dashboard/dashboard.ts'),
      import('../dashboard/assets.ts'),
      this.#door(),
    ])
    if (this.#isClosed) throw new Error('sidemux is stopping')
    this.#dashboard = new Made({ ...this.#options(), ...this.#rules, assets, front })
    return this.#dashboard
  }
}

const NOT_LOADED = { kind: 'unavailable', why: 'the page could not be loaded' } as const
