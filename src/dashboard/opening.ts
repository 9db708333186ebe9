/**
 * Makes the browser open the page: for a question, and for a caller at a door, which may ask only so often. Only one
 * browser is started at a time, and none when a page is open already.
 */
import { Bucket } from '../policy/bucket.ts'
import type { Browser } from './browser.ts'
import type { DashboardEvent } from './event.ts'
import type { Sessions } from './door/session.ts'
import type { OpenResponse } from './page-wire.ts'

export interface OpeningOptions {
  readonly browser: Browser
  readonly sessions: Sessions
  readonly now: () => number
  /** The door's port, opened if need be. */
  port(): Promise<number>
  /** A browser shows the page now. */
  pageOpen(): boolean
  /** The config lets a page be opened at all. */
  mayOpen(): boolean
  /** Rejects when it can't be written down; then the link leads nowhere. */
  onEvent(event: DashboardEvent): Promise<void>
}

const NOT_NAMED = 'approvals.channels in servers.yaml does not name page'
const STRANGERS_OPEN = '6/hour'
const AGAIN_MS = 10_000

export class PageOpening {
  readonly #options: OpeningOptions
  readonly #strangersOpen = new Bucket(STRANGERS_OPEN)
  #strangerAt = -Infinity
  #underWay: Promise<OpenResponse> | undefined

  constructor(options: OpeningOptions) {
    this.#options = options
  }

  /** A page is open, or a browser has a link and is on its way. */
  get isShown(): boolean {
    return this.#options.pageOpen() || this.isComing
  }

  /** A browser was started, and isn't there yet. One that is being started may still fail. */
  get isComing(): boolean {
    return this.#underWay === undefined && this.#options.sessions.awaited
  }

  /** Why no browser can be started from here, as far as that is known before one is; undefined: it may work. */
  get impossible(): string | undefined {
    return this.#options.mayOpen() ? this.#options.browser.impossible?.() : NOT_NAMED
  }

  /** Once at a time, however many ask. */
  open(): Promise<OpenResponse> {
    this.#underWay ??= this.#start().finally(() => {
      this.#underWay = undefined
    })
    return this.#underWay
  }

  /**
   * For `sidemux approvals`, a neighbour, or a browser without a session.
   * @param coming whether a browser that was sent and isn't there yet will do: a person who asks has lost it
   */
  async openForSomebody(
    coming: 'is enough' | 'may be lost' = 'may be lost',
  ): Promise<OpenResponse & { readonly later?: boolean }> {
    if (!this.#options.mayOpen()) return { opened: false, why: NOT_NAMED }
    if (this.#underWay !== undefined) return this.open()
    if (this.#options.pageOpen() || (coming === 'is enough' && this.isComing))
      return { opened: false, later: true, why: 'the page is open already' }
    const now = this.#options.now()
    const tooSoon = now - this.#strangerAt < AGAIN_MS || !this.#strangersOpen.take(now).ok
    if (tooSoon) return { opened: false, later: true, why: 'it was opened a moment ago' }
    this.#strangerAt = now
    return this.open()
  }

  async #start(): Promise<OpenResponse> {
    const { browser, sessions } = this.#options
    const port = await this.#options.port()
    const secret = sessions.mint()
    const opened = await browser.open(`http://127.0.0.1:${port}/enter/${secret}`)
    if (opened.kind !== 'opened') {
      sessions.drop(secret)
      return { opened: false, why: opened.why }
    }
    try {
      await this.#options.onEvent({ phase: 'page-opened' })
      return { opened: true }
    } catch {
      sessions.drop(secret)
      return { opened: false, why: 'the audit log can not be written' }
    }
  }
}
