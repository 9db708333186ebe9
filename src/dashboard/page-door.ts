/**
 * The door for the browser: the page, its questions, and decisions.
 *
 *   GET  / and its assets, /state, /events   with a session
 *   POST /answer, /revoke, /open             with a session, from our own origin, as JSON
 *   GET  /enter/<secret>, POST /reopen       for whoever has none yet; see entrance.ts
 *   GET  /ask/<id>                           for whoever has none; see doorstep.ts
 *
 * The process behind the connection is looked at once a connection for reading, and anew for whatever decides.
 */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Grants } from '../approval/grants.ts'
import type { AnswerOutcome, PendingDesk } from '../approval/pending.ts'
import { refuseReader, type Caller, type Looks } from './caller/look.ts'
import { SessionCookie } from './cookies.ts'
import { decideAll } from './decide-all.ts'
import { doorstep, doorstepAsset, isFromOurPage, isNavigation } from './doorstep.ts'
import { Entrance, type EntranceOptions } from './entrance.ts'
import { callerFacts } from './event.ts'
import { json, NOTHING, type Answer, type Incoming, type Reply } from './http.ts'
import { answerRequest, openRequest, revokeRequest, type CheckedAnswer } from './requests.ts'
import type { Session } from './session.ts'
import type { AnswerResponse, DoorRefusal, OpenResponse, PageState } from './wire.ts'

export type Assets = ReadonlyMap<string, { readonly type: string; readonly body: string | Buffer }>

export interface PageDoorOptions extends EntranceOptions {
  readonly runId: string
  readonly desk: PendingDesk
  readonly grants: Grants
  readonly assets: Assets
  readonly looks: () => Looks
  readonly now: () => number
  readonly state: (session: Session) => Promise<PageState>
  /** Takes over the response until the page goes. */
  readonly stream: (session: Session, response: ServerResponse) => void
  readonly passOn: (request: CheckedAnswer, page: string) => Promise<readonly AnswerOutcome[]>
  readonly openNeighbour: (sidecar: string) => Promise<OpenResponse>
}

const ENTER_PATH = /^\/enter\/([A-Za-z0-9_-]{43})$/

export class PageDoor {
  readonly #options: PageDoorOptions
  readonly #cookie: SessionCookie
  readonly #entrance: Entrance
  readonly #looked = new WeakMap<Socket, Promise<Caller>>()

  constructor(options: PageDoorOptions) {
    this.#options = options
    this.#cookie = new SessionCookie(options.runId)
    this.#entrance = new Entrance(options, this.#cookie, (request, port) => this.#look(request, port))
  }

  async answer(request: Incoming, port: number): Promise<Answer> {
    if (request.method === 'GET') return this.#get(request, port)
    if (request.method !== 'POST' || !isFromOurPage(request, port)) return NOTHING
    return request.path === '/reopen' ? this.#entrance.reopen(request, port) : this.#post(request, port)
  }

  async #get(request: Incoming, port: number): Promise<Answer> {
    const secret = ENTER_PATH.exec(request.path)?.[1]
    if (secret !== undefined)
      return isNavigation(request) ? this.#entrance.enter(secret, request, port) : NOTHING
    const open = doorstepAsset(request)
    if (open !== undefined) return isNavigation(request) || request.path.endsWith('.css') ? open : NOTHING
    const site = request.header('sec-fetch-site')
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return NOTHING
    const session = this.#session(request, request.path === '/')
    if (session === undefined) return this.#noSession(request)
    const caller = await this.#lookOnce(request, port)
    if (!this.#admits(caller, session)) return refusal(403, 'caller')
    if (request.path === '/state') return json(200, await this.#options.state(session))
    if (request.path === '/events') return { stream: (response) => this.#options.stream(session, response) }
    const asset = this.#options.assets.get(request.path)
    return asset === undefined ? { status: 404 } : { status: 200, ...asset }
  }

  async #post(request: Incoming, port: number): Promise<Reply> {
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
      case '/open': {
        const parsed = openRequest.safeParse(body)
        if (!parsed.success) return refusal(400, 'malformed')
        return json(200, await this.#options.openNeighbour(parsed.data.sidecar))
      }
      default:
        return { status: 404 }
    }
  }

  async #decide(body: unknown, session: Session): Promise<Reply> {
    const parsed = answerRequest.safeParse(body)
    if (!parsed.success) return refusal(400, 'malformed')
    const { sidecar } = parsed.data
    const outcomes =
      sidecar === this.#options.runId
        ? await decideAll(this.#options.desk, parsed.data, { channel: 'page', page: session.id })
        : await this.#options.passOn(parsed.data, session.id)
    const response: AnswerResponse = { outcomes }
    return json(200, response)
  }

  /** What takes a right away is done first, and written down then. */
  async #revoke(body: unknown, session: Session): Promise<Reply> {
    const parsed = revokeRequest.safeParse(body)
    if (!parsed.success) return refusal(400, 'malformed')
    const { grant } = parsed.data
    if (!this.#options.grants.revoke(grant)) return json(200, { revoked: false })
    try {
      await this.#options.onEvent({ phase: 'grant-revoked', grant, session: session.id })
    } catch {
      return refusal(503, 'unwritten')
    }
    return json(200, { revoked: true })
  }

  /** Of several cookies any may be the one. */
  #session(request: Incoming, use: boolean): Session | undefined {
    for (const value of this.#cookie.values(request.header('cookie'))) {
      const session = this.#options.sessions.find(value, use)
      if (session !== undefined) return session
    }
    return undefined
  }

  #over(request: Incoming): Reply {
    const values = this.#cookie.values(request.header('cookie'))
    const voided = values.some((value) => this.#options.sessions.wasVoided(value))
    return { ...refusal(401, voided ? 'voided' : 'session'), stranger: true }
  }

  #noSession(request: Incoming): Reply {
    if (request.path === '/' && isNavigation(request)) return doorstep('closed', 401)
    return request.path === '/state' || request.path === '/events' ? this.#over(request) : NOTHING
  }

  #admits(caller: Caller, session: Session): boolean {
    const why = refuseReader(caller) ?? (caller.identity === session.owner ? undefined : 'other-process')
    if (why !== undefined) this.#options.refused(why, callerFacts(caller))
    return why === undefined
  }

  #lookOnce(request: Incoming, port: number): Promise<Caller> {
    const known = this.#looked.get(request.socket)
    if (known !== undefined) return known
    const looking = this.#look(request, port)
    this.#looked.set(request.socket, looking)
    return looking
  }

  #look({ socket }: Incoming, port: number): Promise<Caller> {
    return this.#options.looks().look(socket.remotePort ?? 0, port)
  }
}

function refusal(status: number, error: DoorRefusal['error']): Reply {
  const body: DoorRefusal = { error }
  return json(status, body)
}
