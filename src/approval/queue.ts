/**
 * Decides whether a human said yes to exactly this call. Everything that isn't a yes is a no: no channel, no answer
 * in time, an answer to something else, a seal that doesn't open, a decision that can't be written down (promise 4,
 * fails closed).
 *
 * A call waits for `waitMs`; the question lives for `expireMs`, so that the identical call, sent again, waits for the
 * same answer or spends a yes that came in between. A question that also travels through the host (2026-07-28) is
 * named by a sealed nonce that opens once: whatever a retry with it looks like, the nonce is gone.
 */
import { Asking, whereShown, type Ask } from './asking.ts'
import type { Answer, Asker, Channel } from './channels/channel.ts'
import type { ApprovalRequest, Decision } from './decision.ts'
import { Desk } from './desk.ts'
import type { ApprovalEvent } from './event.ts'
import type { Grants } from './grants.ts'
import { OpenQuestion } from './open-question.ts'
import { OpenQuestions } from './open-questions.ts'
import { Outcomes } from './outcomes.ts'
import type { HumanAnswer } from './pending.ts'
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

export class ApprovalQueue {
  /** For the channels that a human comes to. */
  readonly desk: Desk
  #options: QueueOptions
  readonly #questions: OpenQuestions
  readonly #outcomes: Outcomes
  readonly #throughHost: ThroughHost
  readonly #asking: Asking

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
    const onEvent = (event: ApprovalEvent): Promise<void> => options.onEvent(event)
    this.#outcomes = new Outcomes({ questions: this.#questions, onEvent })
    this.#throughHost = new ThroughHost(options.seal, this.#questions)
    this.desk = new Desk({
      questions: this.#questions,
      channels: channels.map(({ name }) => name),
      grants,
      onEvent,
    })
    this.#asking = new Asking({
      questions: this.#questions,
      desk: this.desk,
      outcomes: this.#outcomes,
      throughHost: this.#throughHost,
      rules: () => this.#options,
      onEvent,
    })
  }

  /** Asks, or takes the answer that there is. Rejects only when the decision can't be audited. */
  async decide(request: ApprovalRequest, asker: Asker, signal: AbortSignal): Promise<Decision> {
    const digest = bindingDigest(request.binding)
    if (asker.kind === 'retry' && asker.retried !== undefined) {
      const returned = this.#throughHost.receive(asker.retried, digest)
      if (returned.kind === 'invalid')
        return this.#outcomes.refuse(request, 'unknown', 'invalid-state', returned.detail)
      // 2026-07-28 basic/patterns/mrtr: a retry that lacks our answer is asked again, it is not an error.
      if (returned.answer !== undefined)
        return this.#returned(returned.question, request, returned.answer, signal)
    }
    if (this.#options.shadow === true) return this.#outcomes.pass(request, 'shadow')
    const known = this.#questions.unwaited(digest)
    // What a human said of this very call goes before what was granted to calls like it.
    const answered = known !== undefined && known.state.kind !== 'open'
    const grant = answered ? undefined : this.#options.grants?.use(request.subject, request.args)
    if (grant !== undefined) return this.#outcomes.pass(request, 'grant-used', grant)
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
      return this.#outcomes.closed(question, request, 'elicitation')
    if (answer.kind === 'shown') question.shown.add(whereShown('elicitation'))
    // Accepting to open an address is no yes, and closing a form is no decision: it may come through another channel.
    return this.#resume(question, request, { kind: 'none', why: 'the host has asked' }, signal)
  }

  async #ask(request: ApprovalRequest, asker: Asker, signal: AbortSignal): Promise<Decision> {
    const { channels, now } = this.#options
    const question = new OpenQuestion(request, now())
    if (channels.length === 0)
      return this.#outcomes.refuse(request, question.id, 'unavailable', 'no channel is configured')
    if (!this.#questions.add(question))
      return this.#outcomes.refuse(request, question.id, 'busy', 'too many questions are open')
    return this.#attach(question, request, signal, { asker, channels })
  }

  /** A question that no call waits for: its answer if there is one, else its answer to come. */
  async #resume(
    question: OpenQuestion,
    request: ApprovalRequest,
    asker: Asker,
    signal: AbortSignal,
  ): Promise<Decision> {
    if (question.state.kind === 'denied')
      return this.#outcomes.end(question, request, 'denied', 'the human said no')
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
      onTimeout: () => this.#asking.giveUp(question, request),
      onAbort: () => this.#outcomes.closed(question, request),
      onOver: () =>
        this.#outcomes.refuse(request, question.id, 'unanswered', 'the question is over without an answer'),
      onWaiting: () => request.onWaiting?.(),
    })
    this.#questions.changed()
    if (ask !== undefined && question.waiter !== undefined) this.#asking.begin(question, request, ask, over)
    try {
      return await decision
    } finally {
      this.#questions.changed()
    }
  }
}
