/**
 * Does what the machine says (question/machine.ts) for one question: asks channels, writes records, lets calls go on. It
 * outlives the call that asked: a host that gave up early repeats the identical call, which waits here again or spends
 * the yes. All that changes it is an event, taken one after the other; nobody else writes to its life.
 */
import { randomUUID } from 'node:crypto'
import { errorKind } from '../../errors.ts'
import type { Answer, Asker, Channel, HostInfo } from '../facts/channel.ts'
import { APPROVAL_KEY } from '../channels/elicitation.ts'
import type { ApprovalRequest, Decision } from './decision.ts'
import { MAX_DENY_MS } from './denials.ts'
import type { ApprovalEvent } from '../facts/event.ts'
import type { GrantWish } from '../grants/grant-offer.ts'
import type { AnswerOutcome, HumanAnswer, Pending, Via } from '../facts/pending.ts'
import {
  begun,
  type ApprovalRecord,
  type Attempt,
  type Effect,
  type Life,
  type LifeEvent,
  type LifeEventOf,
  type Settled,
} from './life.ts'
import { next } from './machine.ts'
import { bindingDigest } from '../facts/request.ts'
import { CallWait } from './wait.ts'

export type Counted = Extract<Effect, { do: 'count' }>

export interface QuestionDeps {
  readonly now: () => number
  /** As they are now. */
  rules(): { readonly waitMs: number; readonly leadMs: number; readonly expireMs: number }
  /** Awaited: what can't be written down doesn't happen. */
  onEvent(event: ApprovalEvent): Promise<void>
  /** What the host gets and gives back (seal.ts). */
  seal(state: { readonly id: string; readonly nonce: string }): string
  /** The grant's id; undefined where it can't be given. */
  remember(request: ApprovalRequest, wish: GrantWish): string | undefined
  revoke(grant: string): void
  warn(message: string): void
  onCounted(question: OpenQuestion, counted: Counted): void
  onChange(question: OpenQuestion): void
}

/** A call, and whom it may ask. */
export interface Asked {
  readonly request: ApprovalRequest
  readonly asker: Asker
  /** In the order in which they are asked. */
  readonly channels: readonly Channel[]
  readonly signal: AbortSignal
}

/** What the queue has to go on with by itself. */
export type Unsettled = Extract<Settled, { kind: 'invalid' | 'go-on' }>

interface Sent extends Asked {
  readonly wait: CallWait<Decision | Unsettled>
}

export class OpenQuestion {
  readonly id = randomUUID()
  readonly request: ApprovalRequest
  readonly askedAt: number
  /** The host of the call that asked first. */
  readonly host: HostInfo | undefined
  #life: Life
  readonly #deps: QuestionDeps
  readonly #sent = new Map<number, Sent>()
  #count = 0
  readonly #answers = new Map<number, (outcome: AnswerOutcome) => void>()
  readonly #events: LifeEvent[] = []
  #isTaking = false
  #over = new AbortController()
  #lead: NodeJS.Timeout | undefined

  constructor(request: ApprovalRequest, host: HostInfo | undefined, deps: QuestionDeps) {
    this.request = request
    this.host = host
    this.#deps = deps
    this.askedAt = deps.now()
    this.#life = begun(bindingDigest(request.binding), { n: 0, call: request.call }, this.#facts)
  }

  get life(): Life {
    return this.#life
  }

  /** A call that asks this, or asks it again. Rejects with what `onEvent` or a channel threw. */
  async call(asked: Asked): Promise<Decision | Unsettled> {
    const channels = asked.channels.map(({ name }) => name)
    const canAsk = asked.asker.kind !== 'none'
    return this.#attend(asked, (attempt) => ({ kind: 'called', attempt, channels, canAsk }))
  }

  /** A call that the host sends back. */
  async back(
    asked: Asked,
    { nonce, said }: Pick<LifeEventOf<'returned'>, 'nonce' | 'said'>,
  ): Promise<Decision | Unsettled> {
    const digest = bindingDigest(asked.request.binding)
    return this.#attend(asked, (attempt) => ({ kind: 'returned', attempt, nonce, digest, said }))
  }

  /** Never rejects. */
  async answer(answer: HumanAnswer, via: Via): Promise<AnswerOutcome> {
    return new Promise((resolve) => {
      const ticket = this.#count++
      this.#answers.set(ticket, resolve)
      this.send({ kind: 'human-said', answer, via, ticket })
    })
  }

  send(event: LifeEvent): void {
    this.#events.push(event)
    // What follows from an event at once is taken after it, not within it.
    if (this.#isTaking) return
    this.#isTaking = true
    try {
      for (let now = this.#events.shift(); now !== undefined; now = this.#events.shift()) {
        const { life, effects } = next(this.#life, now, this.#facts)
        this.#life = life
        for (const effect of effects) this.#do(effect)
      }
    } finally {
      this.#isTaking = false
    }
    this.#tidy()
    this.#deps.onChange(this)
  }

  view(): Pending {
    const { facts, text, offer } = this.request
    const { expiresAt, waiter, state } = this.#life
    return {
      id: this.id,
      facts,
      text,
      askedAt: this.askedAt,
      expiresAt,
      waiting: waiter !== undefined,
      state: state.kind === 'approved' ? 'approved' : 'open',
      offer,
      ...(facts.kind !== 'launch' && { denyMs: MAX_DENY_MS }),
    }
  }

  get #facts() {
    return { now: this.#deps.now(), expireMs: this.#deps.rules().expireMs }
  }

  #attend(asked: Asked, event: (attempt: Attempt) => LifeEvent): Promise<Decision | Unsettled> {
    const attempt = { n: this.#count++, call: asked.request.call }
    const wait: Sent['wait'] = new CallWait()
    this.#sent.set(attempt.n, { ...asked, wait })
    this.send(event(attempt))
    return wait.outcome
  }

  #do(effect: Effect): void {
    switch (effect.do) {
      case 'write':
        void this.#write(effect)
        return
      case 'settle':
        this.#sent.get(effect.attempt.n)?.wait.end(this.#settle(effect))
        return
      case 'fail': {
        const { error } = effect
        const failed = error instanceof Error ? error : new Error('the decision failed', { cause: error })
        this.#sent.get(effect.attempt.n)?.wait.end(Promise.reject(failed))
        return
      }
      case 'reach':
        void this.#inChannel(effect, (channel, { asker }) => channel.reach?.(this.view(), asker))
        return
      case 'ask': {
        const over = this.#over.signal
        void this.#inChannel(effect, (channel, { asker, wait }) => {
          // A live form of the host is part of the call that it was asked in.
          const signal = channel.name === 'elicitation' ? wait.over : over
          return channel.ask(this.view(), asker, signal, effect.again)
        })
        return
      }
      case 'withdraw':
        this.#over.abort()
        this.#over = new AbortController()
        return
      case 'lead':
        clearTimeout(this.#lead)
        this.#lead = setTimeout(() => this.send({ kind: 'lead-over' }), this.#deps.rules().leadMs).unref()
        return
      case 'remember':
        this.send({ kind: 'granted', grant: this.#deps.remember(this.request, effect.wish) })
        return
      case 'revoke':
        this.#deps.revoke(effect.grant)
        return
      case 'count':
        this.#deps.onCounted(this, effect)
        return
      case 'tell':
        this.#answers.get(effect.ticket)?.(effect.outcome)
        this.#answers.delete(effect.ticket)
        return
    }
  }

  async #write({ records, next: event }: Extract<Effect, { do: 'write' }>): Promise<void> {
    try {
      for (const record of records) await this.#record(record)
    } catch (error) {
      if (event !== undefined) this.send({ kind: 'failed', error })
      return
    }
    if (event !== undefined) this.send(event)
  }

  async #settle({ as, record }: Extract<Effect, { do: 'settle' }>): Promise<Decision | Unsettled> {
    if (record !== undefined) await this.#record(record)
    const { id } = this
    if (as.kind !== 'ask') return as.kind === 'invalid' || as.kind === 'go-on' ? as : { ...as, id }
    const requestState = this.#deps.seal({ id, nonce: as.nonce })
    return { kind: 'ask', id, inputRequests: { [APPROVAL_KEY]: { ...as.request } }, requestState }
  }

  async #inChannel(
    { do: what, channel, by }: Extract<Effect, { do: 'reach' | 'ask' }>,
    use: (channel: Channel, sent: Sent) => Promise<Answer | undefined> | undefined,
  ): Promise<void> {
    try {
      const sent = this.#sent.get(by.n)
      const one = sent?.channels.find(({ name }) => name === channel)
      if (sent === undefined || one === undefined) return
      const known = use(one, sent)
      const answer = known && (await known)
      if (what === 'reach' && (answer === undefined || answer.kind === 'shown'))
        this.send({ kind: 'reached', channel, by, isShown: answer !== undefined })
      else if (answer !== undefined)
        this.send({ kind: 'channel-said', channel, by, answer, nonce: randomUUID() })
    } catch (error) {
      // Channels never reject. One that does is a defect, which is told even where no call waits.
      this.#deps.warn(`the channel "${channel}" broke as it was asked (${errorKind(error)})`)
      this.send({ kind: 'failed', error })
    }
  }

  async #record(record: ApprovalRecord): Promise<void> {
    const { id, request } = this
    await this.#deps.onEvent({ id, ...record, binding: request.binding })
  }

  #tidy(): void {
    const { alone, waiter, due, channels } = this.#life
    if (alone === undefined) clearTimeout(this.#lead)
    const used = new Set([waiter?.n, ...due.map(({ by }) => by.n)])
    for (const state of channels.values()) if (state.kind === 'busy') used.add(state.by.n)
    for (const n of this.#sent.keys()) if (!used.has(n)) this.#sent.delete(n)
    if (waiter !== undefined) this.#beginWait(waiter)
  }

  #beginWait(attempt: Attempt): void {
    const { wait, signal, request } = this.#sent.get(attempt.n) ?? {}
    const { waitMs: ms } = this.#deps.rules()
    if (wait === undefined || signal === undefined) return
    wait.begin({
      ms,
      signal,
      onTimeout: () => this.send({ kind: 'waited', attempt, ms }),
      onAbort: () => this.send({ kind: 'cancelled', attempt }),
      onWaiting: () => request?.onWaiting?.(),
    })
  }
}
