/**
 * Holds the requests that a child of the older era works on, and the questions that it asks meanwhile. The child
 * doesn't say which request a question is for. So the question is given to the youngest request that has none yet,
 * and to another one if that request ends before the question was asked. In every case the answer goes to the
 * question.
 *
 * - Where that one's caller can be asked now, it is.
 * - Where not (2026-07-28), the question becomes the answer of the request, which stays open here; the retry brings the
 *   answer, and goes on waiting (promise 7). Nothing is sent to the child twice.
 * - A request that nobody comes back for is cancelled after `parkMs`, and the oldest of too many at once.
 * - A question is over with the last request that it can be for, when that one is cancelled: nobody is to be asked, or
 *   to pay, for what nobody wants any more. A child that is only told of the cancelling may never take it back itself.
 */
import { PassingSet } from '../../../passing.ts'
import { randomUUID } from 'node:crypto'
import type { RequestListener } from '../caller-request.ts'
import type { ServerReply } from '../reply.ts'
import { AskError, type ServerQuestion, type Resumed } from '../../messages/caller.ts'
import { isRecord, type JsonObject } from '../../../json/record.ts'
import { hear } from './heard.ts'
import { ParkedRequests, type Parked } from './parked-requests.ts'
import { AskingRequest, type Cancellable, type Leg, type WaitingQuestion } from './asking-request.ts'

const REQUEST_REFUSED = -32_000
const TAKEN_BACK = new AskError(REQUEST_REFUSED, 'taken back')
const REQUEST_OVER = new AskError(REQUEST_REFUSED, 'the request that the question was for is over')

export class OpenRequests<L extends Leg> {
  readonly #onLess: () => void
  readonly #open = new PassingSet<AskingRequest<L>>()
  readonly #parked: ParkedRequests<L>
  /** Questions that somebody is asked, or will be. */
  readonly #asking = new Set<AbortController>()

  /**
   * @param parkMs how long a request waits for the host to come back with answers
   * @param onLess one less is open, or parked
   */
  constructor(parkMs: () => number, onLess: () => void = () => undefined) {
    this.#parked = new ParkedRequests(parkMs, (open) => this.#giveUp(open))
    this.#onLess = onLess
  }

  /** The child works on nothing, and nobody comes back for anything. */
  get isEmpty(): boolean {
    return this.#open.size === 0 && this.#parked.isEmpty
  }

  /** Whether a parked one has that id. */
  has(id: string): boolean {
    return this.#parked.find(id) !== undefined
  }

  /** @param send sends it, with what then hears of it while its legs come and go */
  run(leg: L, send: (listener: RequestListener) => Cancellable): Promise<ServerReply | Parked> {
    // Something may have been waited for since the caller was looked at.
    if (leg.signal.aborted) return Promise.resolve({ kind: 'cancelled' })
    const open = new AskingRequest(leg, this.#onReply)
    this.#open.add(open)
    open.sent = send(open)
    return this.#wait(open)
  }

  /** Undefined when there is no such request, or not any more. */
  async resume(leg: L, { from, inputResponses }: Resumed): Promise<ServerReply | Parked | undefined> {
    const open = from.kind === 'parked' ? this.#parked.find(from.id) : undefined
    if (open === undefined) return undefined
    this.#unpark(open)
    open.leg = leg
    for (const [key, waiting] of open.waiting) {
      const answer = Object.hasOwn(inputResponses, key) ? inputResponses[key] : undefined
      // Without an answer it is asked again (2026-07-28 basic/patterns/mrtr, server requirements).
      if (!isRecord(answer)) continue
      open.waiting.delete(key)
      waiting.answer(answer)
    }
    if (!this.#open.has(open)) this.#passOn(open)
    // What came while nobody could be told of it need not wait for another to come back.
    for (const one of this.#parked.all) this.#passOn(one, isNew)
    return this.#wait(open)
  }

  /** The child asks; rejects with an AskError. `otherwise` is asked when it works on nothing. */
  async ask(
    question: ServerQuestion,
    signal: AbortSignal,
    otherwise: (question: ServerQuestion, signal: AbortSignal) => Promise<JsonObject>,
  ): Promise<JsonObject> {
    const open = [...this.#open].at(-1)
    if (open === undefined) return otherwise(question, signal)
    const over = new AbortController()
    const end = (): void => over.abort(TAKEN_BACK)
    if (signal.aborted) end()
    signal.addEventListener('abort', end)
    this.#asking.add(over)
    try {
      return await this.#askFor(open, question, over.signal)
    } finally {
      this.#asking.delete(over)
      signal.removeEventListener('abort', end)
    }
  }

  async #askFor(
    { leg }: AskingRequest<L>,
    question: ServerQuestion,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    const { ask } = leg.caller
    if (ask !== undefined) return ask(question, signal)
    const heard = await hear(leg.caller, question, signal)
    if (heard.kind === 'answer') return heard.answer
    if (heard.kind === 'refuse') throw new AskError(heard.code, heard.reason)
    return this.#put(heard.question, signal)
  }

  /** Waits for the answer that a retry brings. */
  async #put(question: ServerQuestion, signal: AbortSignal): Promise<JsonObject> {
    if (signal.aborted) throw whyOver(signal)
    const key = `q-${randomUUID()}`
    let takeBack: (() => void) | undefined
    try {
      return await new Promise((answer, fail) => {
        takeBack = () => fail(whyOver(signal))
        signal.addEventListener('abort', takeBack)
        this.#hand({ key, question, signal, isPut: false, answer, fail })
      })
    } finally {
      if (takeBack !== undefined) signal.removeEventListener('abort', takeBack)
      for (const open of this.#all()) open.waiting.delete(key)
    }
  }

  /** Only requests of one host are open at a time, so who can't be asked now never can. */
  #hand(waiting: WaitingQuestion): void {
    const all = [...this.#open]
    // Somebody may never come back for a parked one, and what one has to answer holds up no other.
    const open =
      all.findLast((one) => one.id === undefined && !one.isAsked) ??
      all.findLast((one) => one.id === undefined) ??
      all.at(-1)
    if (open === undefined || open.leg.caller.ask !== undefined) {
      waiting.fail(REQUEST_OVER)
      return
    }
    waiting.isPut = false
    open.waiting.set(waiting.key, waiting)
    open.asked()
  }

  #onCancelled(): void {
    if ([...this.#open].some(({ isCancelled }) => !isCancelled)) return
    // What one that has ended already is asked for is at the host, and stays there.
    const stay = new Set(this.#parked.all.flatMap(signalsOf))
    for (const over of this.#asking) if (!stay.has(over.signal)) over.abort(REQUEST_OVER)
  }

  /** Everything is over; what is parked is cancelled. */
  close(): void {
    for (const open of this.#all()) this.#giveUp(open)
  }

  #wait(open: AskingRequest<L>): Promise<ServerReply | Parked> {
    const { signal } = open.leg
    const onAbort = (): void => this.#cancel(open)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort)
    return new Promise((resolve) =>
      open.whenNext(() => {
        signal.removeEventListener('abort', onAbort)
        resolve(open.reply ?? this.#parked.park(open))
      }),
    )
  }

  #cancel(open: AskingRequest<L>): void {
    if (open.isCancelled) return
    open.isCancelled = true
    this.#onCancelled()
    open.sent?.cancel()
  }

  #unpark(open: AskingRequest<L>): void {
    this.#parked.unpark(open)
    this.#onLess()
  }

  #giveUp(open: AskingRequest<L>): void {
    this.#unpark(open)
    this.#cancel(open)
    if (!this.#open.has(open)) this.#passOn(open)
  }

  /**
   * A parked one stays to be asked for: its reply is there already then. So do those of its questions that somebody is
   * asked at this moment, and is not to be asked twice.
   */
  readonly #onReply = (open: AskingRequest<L>): void => {
    this.#open.delete(open)
    if (open.isAsked) this.#passOn(open, open.id === undefined ? undefined : isNew)
    this.#onLess()
  }

  #passOn(
    { waiting: all }: AskingRequest<L>,
    which: (waiting: WaitingQuestion) => boolean = () => true,
  ): void {
    const left = [...all.values()].filter(which)
    for (const { key } of left) all.delete(key)
    for (const waiting of left) this.#hand(waiting)
  }

  #all(): ReadonlySet<AskingRequest<L>> {
    return new Set([...this.#open, ...this.#parked.all])
  }
}

function isNew({ isPut }: WaitingQuestion): boolean {
  return !isPut
}

function signalsOf({ waiting }: Pick<AskingRequest<Leg>, 'waiting'>): readonly AbortSignal[] {
  return [...waiting.values()].map(({ signal }) => signal)
}

function whyOver({ reason }: AbortSignal): AskError {
  return reason instanceof AskError ? reason : TAKEN_BACK
}
