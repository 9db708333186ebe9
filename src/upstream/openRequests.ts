/**
 * Requests that a child of the older era works on, and the questions that it asks meanwhile. It doesn't say which of
 * its requests a question is for, so the youngest one that has none yet is taken for it, and when that one ends before
 * the question was put to anybody, another. Whichever it is, the answer goes to the question.
 *
 * - Where that one's caller can be asked now, it is.
 * - Where not (2026-07-28), the question becomes the answer of the request, which stays open here; the retry brings the
 *   answer, and goes on waiting (promise 7). Nothing is sent to the child twice.
 * - A request that nobody comes back for is cancelled after `parkMs`, and the oldest of too many at once.
 * - A question is over with the last request that it can be for, when that one is cancelled: nobody is to be asked, or
 *   to pay, for what nobody wants any more. A child that is only told of the cancelling may never take it back itself.
 */
import { randomUUID } from 'node:crypto'
import type { Reply } from './reply.ts'
import { AskError, type Caller, type Question, type Resumed } from './caller.ts'
import { isRecord, type JsonObject } from './normalize.ts'

/** What waits beside a request's own reply. */
export type Parked = {
  readonly kind: 'parked'
  readonly id: string
  readonly questions: Readonly<Record<string, Question>>
}

/** The part of a request that changes when it is taken up again: who waits for it now. */
export interface Leg {
  readonly caller: Caller
  readonly signal: AbortSignal
}

interface Waiting {
  /** Under which it is put to the host. */
  readonly key: string
  readonly question: Question
  /** Fires when it is over. */
  readonly signal: AbortSignal
  /** The host was told of it with the request that it is at now. */
  isPut: boolean
  answer(answer: JsonObject): void
  fail(error: AskError): void
}

interface Open<L extends Leg> {
  leg: L
  readonly reply: Promise<Reply>
  readonly cancel: AbortController
  readonly waiting: Map<string, Waiting>
  /** Tells the leg that waits now that there is a question. */
  onQuestion: (() => void) | undefined
  id: string | undefined
  /** Ends the watch over a parked one. */
  unwatch: (() => void) | undefined
}

const REQUEST_REFUSED = -32_000
/** A child asks less at once (inbox.ts); one that ends its requests, and takes back what it asked, leaves replies here. */
const MAX_PARKED = 64
const TAKEN_BACK = new AskError(REQUEST_REFUSED, 'taken back')
const REQUEST_OVER = new AskError(REQUEST_REFUSED, 'the request that the question was for is over')

export class OpenRequests<L extends Leg> {
  readonly #parkMs: () => number
  readonly #onLess: () => void
  readonly #open = new Set<Open<L>>()
  readonly #parked = new Map<string, Open<L>>()
  /** Questions that somebody is asked, or will be. */
  readonly #asking = new Set<AbortController>()

  /**
   * @param parkMs how long a request waits for the host to come back with answers
   * @param onLess one less is open, or parked
   */
  constructor(parkMs: () => number, onLess: () => void = () => undefined) {
    this.#parkMs = parkMs
    this.#onLess = onLess
  }

  /** The child works on nothing, and nobody comes back for anything. */
  get isEmpty(): boolean {
    return this.#open.size === 0 && this.#parked.size === 0
  }

  /** Whether a parked one has that id. */
  has(id: string): boolean {
    return this.#parked.has(id)
  }

  /** @param send gets a signal that outlives the leg, and the leg that waits at any time; none while it is parked */
  async run(
    leg: L,
    send: (signal: AbortSignal, leg: () => L | undefined) => Promise<Reply>,
  ): Promise<Reply | Parked> {
    const cancel = new AbortController()
    cancel.signal.addEventListener('abort', () => this.#onCancelled())
    const open: Open<L> = {
      leg,
      cancel,
      reply: send(cancel.signal, () => (open.id === undefined ? open.leg : undefined)).finally(() =>
        this.#end(open),
      ),
      waiting: new Map(),
      onQuestion: undefined,
      id: undefined,
      unwatch: undefined,
    }
    this.#open.add(open)
    return this.#wait(open)
  }

  /** Undefined when there is no such request, or not any more. */
  async resume(leg: L, { from, inputResponses }: Resumed): Promise<Reply | Parked | undefined> {
    const open = from.kind === 'parked' ? this.#parked.get(from.id) : undefined
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
    for (const one of this.#parked.values()) this.#passOn(one, isNew)
    return this.#wait(open)
  }

  /** The child asks; rejects with an AskError. `otherwise` is asked when it works on nothing. */
  async ask(
    question: Question,
    signal: AbortSignal,
    otherwise: (question: Question, signal: AbortSignal) => Promise<JsonObject>,
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

  async #askFor({ leg }: Open<L>, question: Question, signal: AbortSignal): Promise<JsonObject> {
    const { ask, prepare } = leg.caller
    if (ask !== undefined) return ask(question, signal)
    const prepared = await prepare?.(question, signal)
    if (prepared?.kind === 'answer') return prepared.answer
    if (prepared?.kind === 'refuse') throw new AskError(prepared.code, prepared.reason)
    return this.#put(prepared?.question ?? question, signal)
  }

  /** Waits for the answer that a retry brings. */
  async #put(question: Question, signal: AbortSignal): Promise<JsonObject> {
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
  #hand(waiting: Waiting): void {
    const all = [...this.#open]
    // Somebody may never come back for a parked one, and what one has to answer holds up no other.
    const open =
      all.findLast((one) => one.id === undefined && one.waiting.size === 0) ??
      all.findLast((one) => one.id === undefined) ??
      all.at(-1)
    if (open === undefined || open.leg.caller.ask !== undefined) {
      waiting.fail(REQUEST_OVER)
      return
    }
    waiting.isPut = false
    open.waiting.set(waiting.key, waiting)
    open.onQuestion?.()
  }

  #onCancelled(): void {
    if ([...this.#open].some(({ cancel }) => !cancel.signal.aborted)) return
    // What one that has ended already is asked for is at the host, and stays there.
    const stay = new Set([...this.#parked.values()].flatMap(signalsOf))
    for (const over of this.#asking) if (!stay.has(over.signal)) over.abort(REQUEST_OVER)
  }

  /** Everything is over; what is parked is cancelled. */
  close(): void {
    for (const open of this.#all()) this.#giveUp(open)
  }

  async #wait(open: Open<L>): Promise<Reply | Parked> {
    const { signal } = open.leg
    const onAbort = (): void => open.cancel.abort()
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort)
    const asked = new Promise<'asked'>((resolve) => {
      // A child that asks several things at once is heard out.
      open.onQuestion = () => setImmediate(() => (open.waiting.size > 0 ? resolve('asked') : undefined))
      if (open.waiting.size > 0) open.onQuestion()
    })
    try {
      const first = await Promise.race([open.reply, asked])
      if (first !== 'asked') return first
      if (open.waiting.size > 0) return this.#park(open)
    } finally {
      open.onQuestion = undefined
      signal.removeEventListener('abort', onAbort)
    }
    // It was taken back at the last moment.
    return this.#wait(open)
  }

  #park(open: Open<L>): Parked {
    const [oldest] = this.#parked.values()
    if (oldest !== undefined && this.#parked.size >= MAX_PARKED) this.#giveUp(oldest)
    const id = randomUUID()
    open.id = id
    this.#parked.set(id, open)
    this.#watch(open)
    for (const waiting of open.waiting.values()) waiting.isPut = true
    const questions = [...open.waiting].map(([key, { question }]) => [key, question] as const)
    return { kind: 'parked', id, questions: Object.fromEntries(questions) }
  }

  /** Whoever cancels while the questions are still on their way to the host never sees them. */
  #watch(open: Open<L>): void {
    const { signal } = open.leg
    const giveUp = (): void => this.#giveUp(open)
    const expiry = setTimeout(giveUp, this.#parkMs())
    signal.addEventListener('abort', giveUp)
    open.unwatch = () => {
      clearTimeout(expiry)
      signal.removeEventListener('abort', giveUp)
    }
  }

  #unpark(open: Open<L>): void {
    open.unwatch?.()
    if (open.id !== undefined) this.#parked.delete(open.id)
    open.id = undefined
    this.#onLess()
  }

  #giveUp(open: Open<L>): void {
    this.#unpark(open)
    open.cancel.abort()
    if (!this.#open.has(open)) this.#passOn(open)
  }

  /**
   * A parked one stays to be asked for: its reply is there already then. So do those of its questions that somebody is
   * asked at this moment, and is not to be asked twice.
   */
  #end(open: Open<L>): void {
    this.#open.delete(open)
    this.#passOn(open, open.id === undefined ? undefined : isNew)
    this.#onLess()
  }

  #passOn({ waiting: all }: Open<L>, which: (waiting: Waiting) => boolean = () => true): void {
    const left = [...all.values()].filter(which)
    for (const { key } of left) all.delete(key)
    for (const waiting of left) this.#hand(waiting)
  }

  #all(): ReadonlySet<Open<L>> {
    return new Set([...this.#open, ...this.#parked.values()])
  }
}

function isNew({ isPut }: Waiting): boolean {
  return !isPut
}

function signalsOf({ waiting }: Open<Leg>): readonly AbortSignal[] {
  return [...waiting.values()].map(({ signal }) => signal)
}

function whyOver({ reason }: AbortSignal): AskError {
  return reason instanceof AskError ? reason : TAKEN_BACK
}
