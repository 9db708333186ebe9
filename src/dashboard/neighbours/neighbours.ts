/**
 * The other sidecars of this user: what they ask is shown on our page, and an answer to it is passed on to the one that
 * asks, which alone decides. Each has the same second to answer; one that is dead, slow or talks nonsense spoils
 * nothing. While a page is open here they are asked again and again, so that their questions appear on it.
 */
import { createHash } from 'node:crypto'
import { writeJson } from '../../json/write.ts'
import { askAll, askToOpen, runningSidecars, sendAnswer, sendLift, sendTakeBack } from './client.ts'
import type { ProcessLooks } from '../caller/look.ts'
import type { AnswerOutcome } from '../../approval/facts/pending.ts'
import type {
  LiftRequest,
  LocalAnswerRequest,
  LocalState,
  OpenResponse,
  OpenWish,
  RunFile,
} from '../page-wire.ts'

const WITHIN_MS = 1000
const AGAIN_MS = 1500
/** More sidecars than anybody runs; each is asked for at most a second, all at once. */
const MAX_NEIGHBOURS = 32

export interface NeighboursOptions {
  readonly stateDir: string
  readonly own: Pick<RunFile, 'id' | 'startedAt'>
  readonly looks: () => ProcessLooks
  /** What neighbours ask has changed. */
  readonly onChange: () => void
}

export interface Near {
  readonly run: RunFile
  readonly state: LocalState
  /** What is decided there for us is taken (caller/look.ts). */
  readonly decides: boolean
  /** Its page is the one for both: it takes nothing from ours, or it was there first. */
  readonly isElder: boolean
}

export class Neighbours {
  readonly #options: NeighboursOptions
  /** Page sessions whose answers were passed on, and to whom. */
  readonly #passedOn = new Map<string, Set<string>>()
  #timer: NodeJS.Timeout | undefined
  #seen = ''

  constructor(options: NeighboursOptions) {
    this.#options = options
  }

  async states(): Promise<readonly LocalState[]> {
    return (await this.near()).map(({ state }) => state)
  }

  /** Those that answer, oldest first. */
  async near(): Promise<readonly Near[]> {
    const { stateDir, own } = this.#options
    const runs = await this.#runs()
    const replies = await askAll(
      stateDir,
      runs.map(({ run }) => run),
      WITHIN_MS,
    )
    return replies.flatMap(({ run, reply }): Near[] => {
      if (reply.kind !== 'ok') return []
      const decides = runs.some((one) => one.run === run && one.decides)
      const isOlder = run.startedAt < own.startedAt || (run.startedAt === own.startedAt && run.id < own.id)
      return [{ run, state: reply.value, decides, isElder: reply.value.refuses !== undefined || isOlder }]
    })
  }

  /** Whether its process lives, also where it doesn't answer. */
  async isThere(sidecar: string): Promise<boolean> {
    return (await this.#runs()).some(({ run: { id } }) => id === sidecar)
  }

  /** A neighbour that doesn't take answers from here is asked to open its own page. */
  async answer(request: LocalAnswerRequest): Promise<readonly AnswerOutcome[]> {
    const all = (outcome: AnswerOutcome): AnswerOutcome[] => request.ids.map(() => outcome)
    const run = await this.#find(request.sidecar)
    if (run === undefined) return all('gone')
    if (request.page !== undefined) this.#remember(request.page, run.id)
    const reply = await sendAnswer(run, request)
    if (reply.kind === 'ok' && reply.value.outcomes.length === request.ids.length) return reply.value.outcomes
    if (reply.kind === 'gone') return all('gone')
    if (reply.kind === 'refused') await askToOpen(run)
    return all('refused')
  }

  async lift(request: LiftRequest): Promise<AnswerOutcome> {
    const run = await this.#find(request.sidecar)
    if (run === undefined) return 'gone'
    const reply = await sendLift(run, request)
    if (reply.kind === 'ok') return reply.value.outcome
    return reply.kind === 'gone' ? 'gone' : 'refused'
  }

  async open(sidecar: string, wish?: OpenWish): Promise<OpenResponse> {
    const run = await this.#find(sidecar)
    if (run === undefined) return { opened: false, why: 'it is not running any more' }
    const reply = await askToOpen(run, wish)
    return reply.kind === 'ok' ? reply.value : { opened: false, why: 'it did not answer' }
  }

  /** How many yeses that came through this page's session and were passed on are void now. */
  async takeBack(page: string): Promise<number> {
    const passedTo = this.#passedOn.get(page)
    this.#passedOn.delete(page)
    if (passedTo === undefined) return 0
    const runs = (await this.#runs()).filter(({ run: { id } }) => passedTo.has(id))
    const replies = await Promise.all(runs.map(({ run }) => sendTakeBack(run, page)))
    return replies.reduce((sum, reply) => sum + (reply.kind === 'ok' ? reply.value : 0), 0)
  }

  watch(): void {
    if (this.#timer !== undefined) return
    const again = async (): Promise<void> => {
      const states = await this.states().catch(() => [])
      const seen = createHash('sha256').update(writeJson(states)).digest('base64')
      if (seen !== this.#seen) this.#options.onChange()
      this.#seen = seen
      if (this.#timer !== undefined) this.#timer = setTimeout(() => void again(), AGAIN_MS).unref()
    }
    this.#timer = setTimeout(() => void again(), AGAIN_MS).unref()
  }

  unwatch(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  async #find(sidecar: string): Promise<RunFile | undefined> {
    return (await this.#runs()).find(({ run: { id } }) => id === sidecar)?.run
  }

  /** A file that a child wrote could lead to questions that nobody asks. */
  async #runs(): Promise<readonly { readonly run: RunFile; readonly decides: boolean }[]> {
    const { stateDir, own, looks } = this.#options
    const runs = (await runningSidecars(stateDir)).filter(({ id }) => id !== own.id).slice(-MAX_NEIGHBOURS)
    if (runs.length === 0) return []
    const near = await looks().neighbours(runs.map(({ pid }) => pid))
    return runs.flatMap((run) => {
      const neighbour = near.get(run.pid)
      return neighbour === undefined || neighbour.inside ? [] : [{ run, decides: neighbour.decides }]
    })
  }

  #remember(page: string, sidecar: string): void {
    const passedTo = this.#passedOn.get(page) ?? new Set()
    this.#passedOn.set(page, passedTo.add(sidecar))
  }
}
