/**
 * Lets a browser in that has no session yet.
 *
 *   GET  /enter/<secret>   the link: exchanged once for a session, and gone from the address bar by a redirect
 *   POST /reopen           the button of the page for those: has the sidecar open its page in the user's browser
 *
 * That the one is a navigation and the other comes from our own page, page-door.ts has seen; the process behind the
 * connection is looked at here, anew for each.
 */
import { callerRefusal, type CallingProcess } from '../caller/look.ts'
import type { SessionCookie } from './cookies.ts'
import { sessionlessPage, REFUSED } from './sessionless-page.ts'
import { callerFacts, type DashboardEvent } from '../event.ts'
import { NOTHING, type Incoming, type PageReply } from './http.ts'
import type { Sessions } from './session.ts'

export interface SessionStartOptions {
  readonly sessions: Sessions
  /** For strangers, so it is rationed. */
  readonly reopen: () => Promise<'opening' | 'later' | 'failed'>
  /** The session has ended; what came out of it is taken back and told. */
  readonly voided: (session: string) => Promise<void>
  readonly refused: (why: string, facts: ReturnType<typeof callerFacts>) => void
  /** Rejects when it can't be written down. */
  readonly onEvent: (event: DashboardEvent) => Promise<void>
}

export class SessionStart {
  readonly #options: SessionStartOptions
  readonly #cookie: SessionCookie
  readonly #look: (request: Incoming, port: number) => Promise<CallingProcess>

  constructor(
    options: SessionStartOptions,
    cookie: SessionCookie,
    look: (request: Incoming, port: number) => Promise<CallingProcess>,
  ) {
    this.#options = options
    this.#cookie = cookie
    this.#look = look
  }

  async enter(secret: string, request: Incoming, port: number): Promise<PageReply> {
    const { sessions } = this.#options
    // Whoever only guesses isn't worth a look.
    if (!sessions.knows(secret)) return NOTHING
    const caller = await this.#look(request, port)
    const why = callerRefusal(caller)
    if (why !== undefined && !sessions.wasUsed(secret)) {
      // Nothing was exchanged, so the link is still the browser's.
      this.#options.refused(why, callerFacts(caller))
      return REFUSED
    }
    const exchange = sessions.exchange(secret, caller.identity, caller.standing === 'orphan')
    switch (exchange.kind) {
      case 'unknown':
        return NOTHING
      case 'expired':
        return sessionlessPage('expired', 403)
      case 'reused':
        await this.#options.voided(exchange.session)
        return why === undefined ? sessionlessPage('reused', 403) : REFUSED
      case 'begun':
        try {
          await this.#options.onEvent({
            phase: 'session-begun',
            session: exchange.session.id,
            ...callerFacts(caller),
          })
        } catch {
          sessions.end(exchange.session.id)
          return { status: 503 }
        }
        return {
          status: 303,
          headers: {
            location: '/',
            'set-cookie': this.#cookie.set(exchange.cookie),
          },
        }
    }
  }

  async reopen(request: Incoming, port: number): Promise<PageReply> {
    const caller = await this.#look(request, port)
    const why = callerRefusal(caller)
    if (why !== undefined) {
      this.#options.refused(why, callerFacts(caller))
      return REFUSED
    }
    const how = await this.#options.reopen()
    return sessionlessPage(how, how === 'opening' ? 200 : how === 'later' ? 429 : 503)
  }
}
