/**
 * Having the browser open the page: for a question, and, so often and no more, for whoever asks at a door. One browser
 * is on its way at a time, and none is sent where a page is open already.
 */
import { Bucket } from '../policy/bucket.ts'
import type { Browser } from './browser.ts'
import type { DashboardEvent } from './event.ts'
import type { Sessions } from './session.ts'
import type { OpenResponse } from './wire.ts'

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
  /** There is something to decide. */
  isAsked(): boolean
  /** Rejects when it can't be written down; then nothing is opened. */
  onEvent(event: DashboardEvent): Promise<void>
}

const STRANGERS_OPEN = '6/hour'
const AGAIN_MS = 10_000

export class Opening {
  readonly #options: OpeningOptions
  readonly #strangersOpen = new Bucket(STRANGERS_OPEN)
  #strangerAt = -Infinity
  #underWay: Promise<OpenResponse> | undefined

  constructor(options: OpeningOptions) {
    this.#options = options
  }

  /** A page is open, or a browser has a link and is on its way. */
  get isShown(): boolean {
    return this.#options.pageOpen() || (this.#underWay === undefined && this.#options.sessions.awaited)
  }

  /** Once at a time, however many ask. */
  open(): Promise<OpenResponse> {
    this.#underWay ??= this.#start().finally(() => {
      this.#underWay = undefined
    })
    return this.#underWay
  }

  /** For `sidemux approvals`, a neighbour, or a stranger at the doorstep. */
  async openForSomebody(): Promise<OpenResponse & { readonly later?: boolean }> {
    if (!this.#options.mayOpen())
      return { opened: false, why: 'approvals.channels in servers.yaml does not name page' }
    if (this.#options.pageOpen()) return { opened: false, later: true, why: 'the page is open already' }
    const now = this.#options.now()
    const tooSoon = now - this.#strangerAt < AGAIN_MS || !this.#strangersOpen.take(now).ok
    if (tooSoon) return { opened: false, later: true, why: 'it was opened a moment ago' }
    this.#strangerAt = now
    return this.open()
  }

  /** The same for a stranger, who is told less. */
  async reopen(): Promise<'opening' | 'later' | 'failed'> {
    if (!this.#options.isAsked()) return 'later'
    const { opened, later } = await this.openForSomebody()
    if (opened) return 'opening'
    return later === true ? 'later' : 'failed'
  }

  async #start(): Promise<OpenResponse> {
    const { browser, sessions } = this.#options
    const port = await this.#options.port()
    try {
      await this.#options.onEvent({ phase: 'page-opened' })
    } catch {
      return { opened: false, why: 'the audit log can not be written' }
    }
    const secret = sessions.mint()
    const opened = await browser.open(`http://127.0.0.1:${port}/enter/${secret}`)
    if (opened.kind === 'opened') return { opened: true }
    sessions.drop(secret)
    return { opened: false, why: opened.why }
  }
}
