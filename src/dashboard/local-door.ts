/**
 * The door for `sidemux approvals` and for neighbour sidecars. The key of the run file lets in; what may be done is
 * decided by who is calling (caller/look.ts), because whoever runs as the user can read the key.
 *
 *   GET  /local/state       who is here and what is asked
 *   POST /local/answer      decides own questions; from a person at a terminal, or passed on by a neighbour
 *   POST /local/take-back   a neighbour's page session is void, and the yeses that came through it
 *   POST /local/open        opens the page in the user's browser
 *
 * Browsers have no business here: whatever names an origin is refused.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { PendingDesk } from '../approval/pending.ts'
import { deciderOf, refuseReader, type Caller, type Decider, type Looks } from './caller/look.ts'
import { decideAll } from './decide-all.ts'
import { callerFacts } from './event.ts'
import { json, NOTHING, type Incoming, type Reply } from './http.ts'
import { localAnswerRequest, takeBackRequest } from './requests.ts'
import type { AnswerResponse, LocalRefusal, LocalState, OpenResponse } from './wire.ts'

export interface LocalDoorOptions {
  readonly runId: string
  readonly key: string
  readonly desk: PendingDesk
  readonly looks: () => Looks
  /** The pids of run files. */
  readonly runs: () => Promise<readonly number[]>
  readonly state: () => LocalState
  readonly open: () => Promise<OpenResponse>
  readonly refused: (why: string, facts: ReturnType<typeof callerFacts>) => void
}

export class LocalDoor {
  readonly #options: LocalDoorOptions

  constructor(options: LocalDoorOptions) {
    this.#options = options
  }

  async answer(request: Incoming, port: number): Promise<Reply> {
    const { header, method, path } = request
    if (header('origin') !== undefined || header('sec-fetch-site') !== undefined) return NOTHING
    if (!equal(header('authorization') ?? '', `Bearer ${this.#options.key}`))
      return { status: 401, stranger: true }
    const body = method === 'POST' ? await request.json() : undefined
    const caller = await this.#options.looks().look(request.socket.remotePort ?? 0, port)
    const why = refuseReader(caller)
    if (why !== undefined) return this.#refuse(why, caller)
    switch (`${method} ${path}`) {
      case 'GET /local/state':
        return json(200, this.#options.state())
      case 'POST /local/answer':
        return await this.#decide(body, caller)
      case 'POST /local/take-back':
        return await this.#takeBack(body, caller)
      case 'POST /local/open':
        return json(200, await this.#options.open())
      default:
        return { status: 404 }
    }
  }

  async #decide(body: unknown, caller: Caller): Promise<Reply> {
    const decider = await this.#deciderOf(caller)
    if (decider.kind === 'refused') return this.#refuse(decider.why, caller)
    const parsed = localAnswerRequest.safeParse(body)
    if (!parsed.success || parsed.data.sidecar !== this.#options.runId)
      return json(400, { refused: 'not-allowed' })
    const { page, ...request } = parsed.data
    if ((decider.kind === 'neighbour') !== (page !== undefined)) return this.#refuse('not-allowed', caller)
    const outcomes = await decideAll(
      this.#options.desk,
      request,
      page === undefined ? { channel: 'terminal' } : { channel: 'page', page },
    )
    const response: AnswerResponse = { outcomes }
    return json(200, response)
  }

  async #takeBack(body: unknown, caller: Caller): Promise<Reply> {
    const parsed = takeBackRequest.safeParse(body)
    const decider = await this.#deciderOf(caller)
    if (decider.kind === 'refused') return this.#refuse(decider.why, caller)
    if (!parsed.success || decider.kind !== 'neighbour') return this.#refuse('not-allowed', caller)
    return json(200, await this.#options.desk.takeBack(parsed.data.page))
  }

  async #deciderOf(caller: Caller): Promise<Decider> {
    return await deciderOf(caller, await this.#options.runs(), this.#options.looks())
  }

  #refuse(why: LocalRefusal, caller: Caller): Reply {
    this.#options.refused(why, callerFacts(caller))
    return { ...json(403, { refused: why }), stranger: true }
  }
}

function equal(a: string, b: string): boolean {
  return timingSafeEqual(hash(a), hash(b))
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
