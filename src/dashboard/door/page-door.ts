/**
 * The door for the browser: the page, its questions, and decisions.
 *
 *   GET  / and its assets, /state, /events   with a session
 *   POST /answer, /revoke, /lift, /open      with a session, from our own origin, as JSON
 *   GET  /enter/<secret>, POST /reopen       for whoever has none yet; see session-start.ts
 *   GET  /ask/<id>                           for whoever has none; see sessionless-page.ts
 *
 * The process behind the connection is looked at once a connection for reading, and anew for whatever decides.
 */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Grants } from '../../approval/grants/grants.ts'
import type { AnswerOutcome, PendingDesk } from '../../approval/facts/pending.ts'
import { callerRefusal, type CallingProcess, type ProcessLooks } from '../caller/look.ts'
import { SessionCookie } from './cookies.ts'
import { decideAll } from './decide-all.ts'
import { sessionlessPage, sessionlessAsset, isFromOurPage, isNavigation } from './sessionless-page.ts'
import { SessionStart, type SessionStartOptions } from './session-start.ts'
import { callerFacts } from '../event.ts'
import { jsonReply, NOTHING, type ReplyOrStream, type Incoming, type PageReply } from './http.ts'
import { answerRequest, liftRequest, openRequest, revokeRequest, type CheckedAnswer } from './requests.ts'
import type { PageSession } from './session.ts'
import type {
  AnswerResponse,
  DoorRefusal,
  LiftRequest,
  LiftResponse,
  OpenResponse,
  PageState,
} from '../page-wire.ts'

export type Assets = ReadonlyMap<string, { readonly type: string; readonly body: string | Buffer }>

export interface PageDoorOptions extends SessionStartOptions {
  readonly runId: string
  readonly desk: PendingDesk
  readonly grants: Grants
  readonly assets: Assets
  readonly looks: () => ProcessLooks
  readonly now: () => number
  readonly state: (session: PageSession) => Promise<PageState>
  /** Takes over the response until the page goes. */
  readonly stream: (session: PageSession, response: ServerResponse) => void
  readonly passOn: (request: CheckedAnswer, page: string) => Promise<readonly AnswerOutcome[]>
  readonly liftElsewhere: (request: LiftRequest) => Promise<AnswerOutcome>
  readonly openNeighbour: (sidecar: string) => Promise<OpenResponse>
}

const ENTER_PATH = /^\/enter\/([A-Za-z0-9_-]{43})$/

export class PageDoor {
  readonly #options: PageDoorOptions
  readonly #cookie: SessionCookie
  readonly #sessionStart: SessionStart
  readonly #looked = new WeakMap<Socket, Promise<CallingProcess>>()

  constructor(options: PageDoorOptions) {
    this.#options = options
    this.#cookie = new SessionCookie(options.runId)
    this.#sessionStart = new SessionStart(options, this.#cookie, (request, port) => this.#look(request, port))
  }

  async answer(request: Incoming, port: number): Promise<ReplyOrStream> {
    if (request.method === 'GET') return this.#get(request, port)
    if (request.method !== 'POST' || !isFromOurPage(request, port)) return NOTHING
    return request.path === '/reopen' ? this.#sessionStart.reopen(request, port) : this.#post(request, port)
  }

  async #get(request: Incoming, port: number): Promise<ReplyOrStream> {
    const secret = ENTER_PATH.exec(request.path)?.[1]
    if (secret !== undefined)
      return isNavigation(request) ? this.#sessionStart.enter(secret, request, port) : NOTHING
    const open = sessionlessAsset(request)
    if (open !== undefined) return isNavigation(request) || request.path.endsWith('.css') ? open : NOTHING
    const site = request.header('sec-fetch-site')
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return NOTHING
    const session = this.#session(request, request.path === '/')
    if (session === undefined) return this.#noSession(request)
    const caller = await this.#lookOnce(request, port)
    if (!this.#admits(caller, session)) return refusal(403, 'caller')
    if (request.path === '/state') return jsonReply(200, await this.#options.state(session))
    if (request.path === '/events') return { stream: (response) => this.#options.stream(session, response) }
    const asset = this.#options.assets.get(request.path)
    return asset === undefined ? { status: 404 } : { status: 200, ...asset }
  }

  async #post(request: Incoming, port: number): Promise<PageReply> {
    const session = this.#session(request, true)
    if (session === undefined) return this.#over(request)
    const body = await request.json()
    if (!this.#admits(await this.#look(request, port), session)) return refusal(403, 'caller')
    // It may have been voided while the process was looked at.
    if (this.#session(request, true) === undefined) return this.#over(request)
    if (this.#options.now() < session.decidesFrom) return refusal(425, 'early')
    switch (request.path) {
      case '/answer':
        return await this.#decide(body, session)
      case '/revoke':
        return await this.#revoke(body, session)
      case '/lift':
        return await this.#lift(body, session)
      case '/open': {
        const parsed = openRequest.safeParse(body)
        if (!parsed.success) return refusal(400, 'malformed')
        return jsonReply(200, await this.#options.openNeighbour(parsed.data.sidecar))
      }
      default:
        return { status: 404 }
    }
  }

  async #decide(body: unknown, session: PageSession): Promise<PageReply> {
    const parsed = answerRequest.safeParse(body)
    if (!parsed.success) return refusal(400, 'malformed')
    const { sidecar } = parsed.data
    const outcomes =
      sidecar === this.#options.runId
        ? await decideAll(this.#options.desk, parsed.data, { channel: 'page', page: session.id })
        : await this.#options.passOn(parsed.data, session.id)
    const response: AnswerResponse = { outcomes }
    return jsonReply(200, response)
  }

  /** What takes a right away is done first, and written down then. */
  async #revoke(body: unknown, session: PageSession): Promise<PageReply> {
    const parsed = revokeRequest.safeParse(body)
    if (!parsed.success) return refusal(400, 'malformed')
    const { grant } = parsed.data
    if (!this.#options.grants.revoke(grant)) return jsonReply(200, { revoked: false })
    try {
      await this.#options.onEvent({ phase: 'grant-revoked', grant, session: session.id })
    } catch {
      return refusal(503, 'unwritten')
    }
    return jsonReply(200, { revoked: true })
  }

  /** The tool is asked about again; nothing runs by it. */
  async #lift(body: unknown, session: PageSession): Promise<PageReply> {
    const parsed = liftRequest.safeParse(body)
    if (!parsed.success) return refusal(400, 'malformed')
    const { sidecar, denial } = parsed.data
    const outcome =
      sidecar === this.#options.runId
        ? await this.#options.desk.lift(denial, { channel: 'page', page: session.id })
        : await this.#options.liftElsewhere(parsed.data)
    const response: LiftResponse = { outcome }
    return jsonReply(200, response)
  }

  /** Of several cookies any may be the one. */
  #session(request: Incoming, use: boolean): PageSession | undefined {
    for (const value of this.#cookie.values(request.header('cookie'))) {
      const session = this.#options.sessions.find(value, use)
      if (session !== undefined) return session
    }
    return undefined
  }

  #over(request: Incoming): PageReply {
    const values = this.#cookie.values(request.header('cookie'))
    const voided = values.some((value) => this.#options.sessions.wasVoided(value))
    return { ...refusal(401, voided ? 'voided' : 'session'), stranger: true }
  }

  #noSession(request: Incoming): PageReply {
    if (request.path === '/' && isNavigation(request)) return sessionlessPage('closed', 401)
    return request.path === '/state' || request.path === '/events' ? this.#over(request) : NOTHING
  }

  #admits(caller: CallingProcess, session: PageSession): boolean {
    const why = callerRefusal(caller) ?? (caller.identity === session.owner ? undefined : 'other-process')
    if (why !== undefined) this.#options.refused(why, callerFacts(caller))
    return why === undefined
  }

  #lookOnce(request: Incoming, port: number): Promise<CallingProcess> {
    const known = this.#looked.get(request.socket)
    if (known !== undefined) return known
    const looking = this.#look(request, port)
    this.#looked.set(request.socket, looking)
    return looking
  }

  #look({ socket }: Incoming, port: number): Promise<CallingProcess> {
    return this.#options.looks().look(socket.remotePort ?? 0, port)
  }
}

function refusal(status: number, error: DoorRefusal['error']): PageReply {
  const body: DoorRefusal = { error }
  return jsonReply(status, body)
}
