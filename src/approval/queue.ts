/**
 * Decides whether a human said yes to exactly this call. Everything that isn't a yes is a no: no channel, no answer
 * in time, an answer to something else, a seal that doesn't open, a decision that can't be written down (promise 4,
 * fails closed).
 *
 * A call waits for `waitMs`; the question lives for `expireMs`, so that the identical call, sent again, waits for the
 * same answer or spends a yes that came in between. A question that also travels through the host (2026-07-28) is
 * named by a sealed nonce that opens once: whatever a retry with it looks like, the nonce is gone.
 */
import { randomUUID } from 'node:crypto'
import { askInTurn } from './ask-in-turn.ts'
import type { Answer, Asker, Channel } from './channels/channel.ts'
import type { ApprovalRequest, Decision, Refused } from './decision.ts'
import { Desk } from './desk.ts'
import type { ApprovalEvent, Refusal } from './event.ts'
import type { Grant, Grants } from './grants.ts'
import { OpenQuestion } from './open-question.ts'
import { OpenQuestions } from './open-questions.ts'
import type { ChannelName, HumanAnswer } from './pending.ts'
import { bindingDigest } from './request.ts'
import type { Seal } from './seal.ts'
import { ThroughHost } from './through-host.ts'
import { waitFor } from './wait.ts'

/** How a human is asked. */
export interface AskingRules {
  /** In the order in which they are asked. */
  readonly channels: readonly Channel[]
  /** Nobody is asked; what would have been is written down. */
  readonly shadow?: boolean
  readonly waitMs: number
  readonly leadMs: number
  readonly expireMs: number
}

export interface QueueOptions extends AskingRules {
  readonly grants?: Grants
  readonly seal: Seal
  readonly now: () => number
  /** Awaited: a decision that can't be written down isn't one. */
  onEvent(event: ApprovalEvent): Promise<void>
}

/** Whom an attached call may still ask. */
interface Ask {
  readonly asker: Asker
  readonly channels: readonly Channel[]
}

const CLOSED = 'the question was closed without a decision'

export class ApprovalQueue {
  /** For the channels that a human comes to. */
  readonly desk: Desk
  #options: QueueOptions
  readonly #questions: OpenQuestions
  readonly #throughHost: ThroughHost

  constructor(options: QueueOptions) {
    const { channels, grants, expireMs, now } = options
    this.#options = options
    this.#questions = new OpenQuestions({
      expireMs,
      now,
      onExpire: ({ id, request }) => {
        const { call, binding } = request
        options.onEvent({ id, call, phase: 'expired', binding }).catch(() => {
          // It ends all the same, as a no.
        })
      },
    })
    this.#throughHost = new ThroughHost(options.seal, this.#questions)
    this.desk = new Desk({
      questions: this.#questions,
      channels: channels.map(({ name }) => name),
      grants,
      onEvent: (event) => options.onEvent(event),
    })
  }

  /** Asks, or takes the answer that there is. Rejects only when the decision can't be audited. */
  async decide(request: ApprovalRequest, asker: Asker, signal: AbortSignal): Promise<Decision> {
    const digest = bindingDigest(request.binding)
    if (asker.kind === 'retry' && asker.retried !== undefined) {
      const returned = this.#throughHost.receive(asker.retried, digest)
      if (returned.kind === 'invalid')
        return this.#refuse(request, 'unknown', 'invalid-state', returned.detail)
      // 2026-07-28 basic/patterns/mrtr: a retry that lacks our answer is asked again, it is not an error.
      if (returned.answer !== undefined)
        return this.#returned(returned.question, request, returned.answer, signal)
    }
    if (this.#options.shadow === true) return this.#pass(request, 'shadow')
    const known = this.#questions.unwaited(digest)
    // What a human said of this very call goes before what was granted to calls like it.
    const answered = known !== undefined && known.state.kind !== 'open'
    const grant = answered ? undefined : this.#options.grants?.use(request.subject, request.args)
    if (grant !== undefined) return this.#pass(request, 'grant-used', grant)
    return known === undefined
      ? this.#ask(request, asker, signal)
      : this.#resume(known, request, asker, signal)
  }

  /** For what is asked from now on; open questions stay as they are. */
  change(rules: AskingRules): void {
    this.#options = { ...this.#options, ...rules }
    this.#questions.expireMs = rules.expireMs
    this.desk.channels = rules.channels.map(({ name }) => name)
  }

  /** Withdraws everything; for the end of the sidecar. */
  close(): void {
    for (const question of this.#questions.all()) this.#questions.forget(question)
  }

  /** A retry of 2026-07-28 with what the human did in the host. */
  async #returned(
    question: OpenQuestion,
    request: ApprovalRequest,
    answer: Answer,
    signal: AbortSignal,
  ): Promise<Decision> {
    if (answer.kind === 'approved' || answer.kind === 'denied') {
      const decision = this.#attach(question, request, signal)
      const given: HumanAnswer = { kind: answer.kind === 'approved' ? 'approve' : 'deny' }
      if (given.kind === 'approve' && question.state.kind === 'approved') this.desk.spend(question, request)
      else await this.desk.take(question, given, { channel: 'elicitation' })
      return decision
    }
    if (question.state.kind === 'open' && question.unreachable)
      return this.#end(question, request, 'cancelled', CLOSED, 'elicitation')
    if (answer.kind === 'shown') question.shown.add(whereShown('elicitation'))
    // Accepting to open an address is no yes, and closing a form is no decision: it may come through another channel.
    return this.#resume(question, request, { kind: 'none', why: 'the host has asked' }, signal)
  }

  async #ask(request: ApprovalRequest, asker: Asker, signal: AbortSignal): Promise<Decision> {
    const { channels, now } = this.#options
    const question = new OpenQuestion(request, now())
    if (channels.length === 0)
      return this.#refuse(request, question.id, 'unavailable', 'no channel is configured')
    if (!this.#questions.add(question))
      return this.#refuse(request, question.id, 'busy', 'too many questions are open')
    return this.#attach(question, request, signal, { asker, channels })
  }

  /** A question that no call waits for: its answer if there is one, else its answer to come. */
  async #resume(
    question: OpenQuestion,
    request: ApprovalRequest,
    asker: Asker,
    signal: AbortSignal,
  ): Promise<Decision> {
    if (question.state.kind === 'denied') return this.#end(question, request, 'denied', 'the human said no')
    if (question.state.kind === 'approved') {
      const decision = this.#attach(question, request, signal)
      this.desk.spend(question, request)
      return decision
    }
    // Only the host is asked anew: its form ended with the call before. The other channels still show the question.
    const again =
      asker.kind === 'none' ? [] : this.#options.channels.filter(({ name }) => name === 'elicitation')
    return this.#attach(question, request, signal, { asker, channels: again })
  }

  /** Lets this call wait for the question. */
  async #attach(
    question: OpenQuestion,
    request: ApprovalRequest,
    signal: AbortSignal,
    ask?: Ask,
  ): Promise<Decision> {
    const { decision, over } = waitFor(question, {
      ms: this.#options.waitMs,
      signal,
      onTimeout: () => this.#giveUp(question, request),
      onAbort: () => this.#end(question, request, 'cancelled', CLOSED),
      onOver: () =>
        this.#refuse(request, question.id, 'unanswered', 'the question is over without an answer'),
      onWaiting: () => request.onWaiting?.(),
    })
    this.#questions.changed()
    if (ask !== undefined && question.waiter !== undefined) this.#begin(question, request, ask, over)
    try {
      return await decision
    } finally {
      this.#questions.changed()
    }
  }

  #begin(question: OpenQuestion, request: ApprovalRequest, ask: Ask, waitOver: AbortSignal): void {
    question.remaining += ask.channels.length
    const asked = askInTurn({
      channels: ask.channels,
      leadMs: this.#options.leadMs,
      pending: () => question.view(),
      asker: ask.asker,
      over: question.over,
      // A live elicitation is part of the call that it was asked in.
      signalFor: ({ name }) => (name === 'elicitation' ? waitOver : question.over),
      onAsk: async ({ name }) => {
        question.remaining -= 1
        const { call, binding } = request
        await this.#options.onEvent({ id: question.id, call, phase: 'asked', channel: name, binding })
        question.asking.add(name)
      },
      onAnswer: ({ name }, answer) => this.#onAnswer(question, request, name, answer),
    })
    asked.catch((error: unknown) => {
      question.waiter?.fail(error)
      this.#questions.forget(question)
    })
  }

  #onAnswer(question: OpenQuestion, request: ApprovalRequest, channel: ChannelName, answer: Answer): void {
    question.asking.delete(channel)
    switch (answer.kind) {
      case 'approved':
      case 'denied':
        void this.desk.take(question, { kind: answer.kind === 'approved' ? 'approve' : 'deny' }, { channel })
        return
      case 'shown':
        question.shown.add(whereShown(channel))
        return
      case 'deferred':
        question.deferred = answer
        question.waiter?.settle(this.#throughHost.send(question, answer))
        return
      case 'cancelled':
        question.dismissed = true
        break
      case 'unavailable':
        question.unavailable.push(answer.why)
        break
      case 'unanswered':
        break
    }
    this.#endIfUnreachable(question, request, channel)
  }

  #endIfUnreachable(question: OpenQuestion, request: ApprovalRequest, channel: ChannelName): void {
    if (question.state.kind !== 'open' || question.deciding || !question.unreachable) return
    const end = (): Promise<Decision> =>
      question.dismissed
        ? this.#end(question, request, 'cancelled', CLOSED, channel)
        : this.#end(question, request, 'unavailable', question.unavailable.join('; '))
    if (question.waiter === undefined) this.#questions.forget(question)
    else question.waiter.later(end)
  }

  async #giveUp(question: OpenQuestion, request: ApprovalRequest): Promise<Decision> {
    // Its form ended with the wait.
    question.asking.delete('elicitation')
    const waited = `nobody answered within ${this.#options.waitMs / 1000} s`
    if (question.unreachable) return this.#end(question, request, 'unanswered', waited)
    const refused = await this.#refuse(request, question.id, 'pending', waited)
    return { ...refused, shown: [...question.shown] }
  }

  /** Not asked: a human said yes to calls like this before, or nobody is asked at all. */
  async #pass(request: ApprovalRequest, phase: 'shadow' | 'grant-used', grant?: Grant): Promise<Decision> {
    const { call, binding } = request
    const id = randomUUID()
    const by = grant === undefined ? {} : { grant: grant.id }
    await this.#options.onEvent({ id, call, phase, binding, ...by })
    return { kind: 'approved', id }
  }

  async #end(
    question: OpenQuestion,
    request: ApprovalRequest,
    why: Refusal,
    detail: string,
    channel?: ChannelName,
  ): Promise<Refused> {
    this.#questions.forget(question)
    return this.#refuse(request, question.id, why, detail, channel)
  }

  async #refuse(
    { call, binding }: ApprovalRequest,
    id: string,
    why: Refusal,
    detail: string,
    channel?: ChannelName,
  ): Promise<Refused> {
    const by = channel === undefined ? {} : { channel }
    await this.#options.onEvent({ id, call, phase: why, binding, ...by })
    return { kind: 'refused', id, why, detail }
  }
}

/** What a host shows by opening an address is the page. */
function whereShown(channel: ChannelName): ChannelName {
  return channel === 'elicitation' ? 'page' : channel
}
