/**
 * The door for `sidemux approvals` and for neighbour sidecars. The key of the run file lets in; what may be done is
 * decided by who is calling (caller/look.ts), because whoever runs as the user can read the key.
 *
 *   GET  /local/state       who is here, what is asked, and whether a decision of the asker would be taken
 *   POST /local/answer      decides own questions; from a person at a terminal, or passed on by a neighbour
 *   POST /local/lift        a tool that was denied for a while is asked about again; from the same
 *   POST /local/take-back   a neighbour's page session is void, and the yeses that came through it
 *   POST /local/open        opens the page in the user's browser
 *
 * Browsers have no business here: whatever names an origin is refused.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { PendingDesk } from '../../approval/facts/pending.ts'
import {
  deciderOf,
  callerRefusal,
  type CallingProcess,
  type Decider,
  type ProcessLooks,
} from '../caller/look.ts'
import { decideAll } from './decide-all.ts'
import { callerFacts } from '../event.ts'
import { jsonReply, NOTHING, type Incoming, type PageReply } from './http.ts'
import { liftRequest, localAnswerRequest, openWish, takeBackRequest } from './requests.ts'
import type { AnswerResponse, LiftResponse, LocalRefusal, LocalState, OpenResponse } from '../page-wire.ts'

const MAX_LEFT_BY = 64

export interface LocalDoorOptions {
  readonly runId: string
  readonly key: string
  readonly desk: PendingDesk
  readonly looks: () => ProcessLooks
  /** The pids of run files. */
  readonly runs: () => Promise<readonly number[]>
  readonly state: () => LocalState
  /** A person whose decisions are taken looks, or decides. */
  readonly onPerson: () => void
  /** Why no page can be opened from here. */
  readonly noPage: () => string | undefined
  readonly open: (coming: 'is enough' | 'may be lost') => Promise<OpenResponse>
  readonly refused: (why: string, facts: ReturnType<typeof callerFacts>) => void
}

export class LocalDoor {
  readonly #options: LocalDoorOptions

  constructor(options: LocalDoorOptions) {
    this.#options = options
  }

  async answer(request: Incoming, port: number): Promise<PageReply> {
    const { header, method, path } = request
    if (header('origin') !== undefined || header('sec-fetch-site') !== undefined) return NOTHING
    if (!equal(header('authorization') ?? '', `Bearer ${this.#options.key}`))
      return { status: 401, stranger: true }
    const body = method === 'POST' ? await request.json() : undefined
    const caller = await this.#options.looks().look(request.socket.remotePort ?? 0, port)
    const why = callerRefusal(caller)
    if (why !== undefined) return this.#refuse(why, caller)
    switch (`${method} ${path}`) {
      case 'GET /local/state': {
        const decider = await this.#deciderOf(caller)
        const leftBy = (await this.#options.looks().leftBy?.())?.slice(0, MAX_LEFT_BY)
        return jsonReply(200, { ...this.#stateFor(decider), ...(leftBy && { leftBy }) })
      }
      case 'POST /local/answer':
        return await this.#decide(body, caller)
      case 'POST /local/lift':
        return await this.#lift(body, caller)
      case 'POST /local/take-back':
        return await this.#takeBack(body, caller)
      case 'POST /local/open':
        return jsonReply(
          200,
          await this.#options.open(openWish.safeParse(body).success ? 'is enough' : 'may be lost'),
        )
      default:
        return { status: 404 }
    }
  }

  #stateFor(decider: Decider): LocalState {
    const state = this.#options.state()
    if (decider.kind !== 'refused') return state
    const noPage = this.#options.noPage()
    return { ...state, refuses: decider.why, ...(noPage === undefined ? {} : { noPage }) }
  }

  async #decide(body: unknown, caller: CallingProcess): Promise<PageReply> {
    const decider = await this.#deciderOf(caller)
    if (decider.kind === 'refused') return this.#refuse(decider.why, caller)
    const parsed = localAnswerRequest.safeParse(body)
    if (!parsed.success || parsed.data.sidecar !== this.#options.runId)
      return jsonReply(400, { refused: 'not-allowed' })
    const { page, ...request } = parsed.data
    if ((decider.kind === 'neighbour') !== (page !== undefined)) return this.#refuse('not-allowed', caller)
    const outcomes = await decideAll(
      this.#options.desk,
      request,
      page === undefined ? { channel: 'terminal' } : { channel: 'page', page },
    )
    const response: AnswerResponse = { outcomes }
    return jsonReply(200, response)
  }

  async #lift(body: unknown, caller: CallingProcess): Promise<PageReply> {
    const decider = await this.#deciderOf(caller)
    if (decider.kind === 'refused') return this.#refuse(decider.why, caller)
    const parsed = liftRequest.safeParse(body)
    if (!parsed.success || parsed.data.sidecar !== this.#options.runId)
      return jsonReply(400, { refused: 'not-allowed' })
    const channel = decider.kind === 'neighbour' ? 'page' : 'terminal'
    const response: LiftResponse = { outcome: await this.#options.desk.lift(parsed.data.denial, { channel }) }
    return jsonReply(200, response)
  }

  async #takeBack(body: unknown, caller: CallingProcess): Promise<PageReply> {
    const parsed = takeBackRequest.safeParse(body)
    const decider = await this.#deciderOf(caller)
    if (decider.kind === 'refused') return this.#refuse(decider.why, caller)
    if (!parsed.success || decider.kind !== 'neighbour') return this.#refuse('not-allowed', caller)
    return jsonReply(200, await this.#options.desk.takeBack(parsed.data.page))
  }

  async #deciderOf(caller: CallingProcess): Promise<Decider> {
    const decider = await deciderOf(caller, await this.#options.runs(), this.#options.looks())
    if (decider.kind === 'person') this.#options.onPerson()
    return decider
  }

  #refuse(why: LocalRefusal, caller: CallingProcess): PageReply {
    this.#options.refused(why, callerFacts(caller))
    return { ...jsonReply(403, { refused: why }), stranger: true }
  }
}

function equal(a: string, b: string): boolean {
  return timingSafeEqual(hash(a), hash(b))
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
