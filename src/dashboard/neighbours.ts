/**
 * The other sidecars of this user: what they ask is shown on our page, and an answer to it is passed on to the one that
 * asks, which alone decides. Each has the same second to answer; one that is dead, slow or talks nonsense spoils
 * nothing. While a page is open here they are asked again and again, so that their questions appear on it.
 */
import { createHash } from 'node:crypto'
import { writeJson } from '../json/write.ts'
import { askAll, askToOpen, runningSidecars, sendAnswer, sendTakeBack } from './client.ts'
import type { Looks } from './caller/look.ts'
import type { AnswerOutcome } from '../approval/pending.ts'
import type { LocalAnswerRequest, LocalState, OpenResponse, RunFile } from './wire.ts'

const WITHIN_MS = 1000
const AGAIN_MS = 1500
/** More sidecars than anybody runs; each is asked for at most a second, all at once. */
const MAX_NEIGHBOURS = 32

export interface NeighboursOptions {
  readonly stateDir: string
  readonly ownId: string
  readonly looks: () => Looks
  /** What neighbours ask has changed. */
  readonly onChange: () => void
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
    const replies = await askAll(this.#options.stateDir, await this.#runs(), WITHIN_MS)
    return replies.flatMap(({ reply }) => (reply.kind === 'ok' ? [reply.value] : []))
  }

  /** A neighbour that doesn't take answers from here is asked to open its own page. */
  async answer(request: LocalAnswerRequest): Promise<readonly AnswerOutcome[]> {
    const all = (outcome: AnswerOutcome): AnswerOutcome[] => request.ids.map(() => outcome)
    const run = (await this.#runs()).find(({ id }) => id === request.sidecar)
    if (run === undefined) return all('gone')
    if (request.page !== undefined) this.#remember(request.page, run.id)
    const reply = await sendAnswer(run, request)
    if (reply.kind === 'ok' && reply.value.outcomes.length === request.ids.length) return reply.value.outcomes
    if (reply.kind === 'gone') return all('gone')
    if (reply.kind === 'refused') await askToOpen(run)
    return all('refused')
  }

  async open(sidecar: string): Promise<OpenResponse> {
    const run = (await this.#runs()).find(({ id }) => id === sidecar)
    if (run === undefined) return { opened: false, why: 'it is not running any more' }
    const reply = await askToOpen(run)
    return reply.kind === 'ok' ? reply.value : { opened: false, why: 'it did not answer' }
  }

  /** How many yeses that came through this page's session and were passed on are void now. */
  async takeBack(page: string): Promise<number> {
    const passedTo = this.#passedOn.get(page)
    this.#passedOn.delete(page)
    if (passedTo === undefined) return 0
    const runs = (await this.#runs()).filter(({ id }) => passedTo.has(id))
    const replies = await Promise.all(runs.map((run) => sendTakeBack(run, page)))
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

  /** A file that a child wrote could lead to questions that nobody asks. */
  async #runs(): Promise<readonly RunFile[]> {
    const { stateDir, ownId, looks } = this.#options
    const runs = (await runningSidecars(stateDir)).filter(({ id }) => id !== ownId).slice(-MAX_NEIGHBOURS)
    if (runs.length === 0) return []
    const inside = await looks().inside(runs.map(({ pid }) => pid))
    return runs.filter(({ pid }) => !inside.has(pid))
  }

  #remember(page: string, sidecar: string): void {
    const passedTo = this.#passedOn.get(page) ?? new Set()
    this.#passedOn.set(page, passedTo.add(sidecar))
  }
}
