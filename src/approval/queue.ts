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
import type { Asker, Channel } from './facts/channel.ts'
import type { ApprovalRequest, Decision, Refused } from './question/decision.ts'
import { Denials } from './question/denials.ts'
import { Desk } from './question/desk.ts'
import type { ApprovalEvent } from './facts/event.ts'
import type { Grants } from './grants/grants.ts'
import { visibilityIn } from './hosts/fits.ts'
import type { LearnedChannels } from './hosts/learned.ts'
import { inOrder } from './hosts/channel-order.ts'
import { OpenQuestion, type Asked, type QuestionDeps, type Unsettled } from './question/open-question.ts'
import { OpenQuestions } from './question/open-questions.ts'
import type { ChannelName } from './facts/pending.ts'
import { bindingDigest } from './facts/request.ts'
import type { Seal } from './facts/seal.ts'
import { openReturned } from './question/through-host.ts'

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
  /** Without it nothing is learned of hosts. */
  readonly learned?: Pick<LearnedChannels, 'worked' | 'answered'>
  readonly seal: Seal
  readonly now: () => number
  /** Awaited: a decision that can't be written down isn't one. */
  onEvent(event: ApprovalEvent): Promise<void>
  /** For the log of sidemux. */
  warn?(message: string): void
}

export class ApprovalQueue {
  /** For the channels that a human comes to. */
  readonly desk: Desk
  #options: QueueOptions
  readonly #questions: OpenQuestions
  readonly #denials: Denials
  readonly #questionDeps: QuestionDeps

  constructor(options: QueueOptions) {
    const { channels, grants, seal, now } = options
    this.#options = options
    this.#questions = new OpenQuestions(now)
    this.#denials = new Denials(now)
    const onEvent = (event: ApprovalEvent): Promise<void> => options.onEvent(event)
    const desk = new Desk({
      questions: this.#questions,
      channels: channels.map(({ name }) => name),
      grants,
      onAnswered: ({ host, request }, channel) => {
        // That a question was answered elsewhere which the form couldn't show says nothing about the form.
        const wasSeen = visibilityIn(host, request.facts) === 'seen'
        if (wasSeen || channel === 'elicitation') options.learned?.answered(host, channel)
      },
      denials: this.#denials,
      now,
      onEvent,
    })
    this.desk = desk
    this.#questionDeps = {
      now,
      rules: () => this.#options,
      onEvent,
      seal: (state) => seal.seal(state),
      remember: (request, wish) => desk.remember(request, wish),
      revoke: (grant) => desk.revoke(grant),
      warn: (message) => options.warn?.(message),
      onCounted: (question, counted) => desk.counted(question, counted),
      onChange: (question) => this.#questions.update(question),
    }
  }

  /**
   * Asks, or takes the answer that there is. Rejects with what `onEvent` threw when the decision can't be audited, and
   * with what a channel threw, which is a defect.
   */
  async decide(request: ApprovalRequest, asker: Asker, signal: AbortSignal): Promise<Decision> {
    const { grants, seal } = this.#options
    // What a file says of itself starts none of its servers.
    const shadow = this.#options.shadow === true && request.facts.kind !== 'launch'
    const denied = shadow ? undefined : this.#denials.find(request)
    if (denied !== undefined) {
      const { id: denial, detail } = denied
      return this.#unasked(request, { phase: 'still-denied', denial }, (id) => refused(id, 'denied', detail))
    }
    if (asker.kind === 'retry' && asker.retried !== undefined) {
      const returned = openReturned(asker.retried, seal, this.#questions)
      const decision =
        (await returned?.question.back({ request, asker, channels: [], signal }, returned)) ?? UNKNOWN
      if (decision.kind !== 'go-on') return this.#settled(decision, request)
    }
    if (shadow) return this.#unasked(request, { phase: 'shadow' }, approvedUnasked)
    const known = this.#questions.unwaited(bindingDigest(request.binding))
    // What a human said of this very call goes before what was granted to calls like it.
    const grant =
      known?.life.state.kind === 'approved'
        ? undefined
        : grants?.use(request.subject, request.args, request.place)
    if (grant !== undefined)
      return this.#unasked(request, { phase: 'grant-used', grant: grant.id }, approvedUnasked)
    // Nobody is asked, and no yes is spent, for a call that is over.
    if (signal.aborted) return this.#refuse(request, randomUUID(), 'cancelled', 'the call was cancelled')
    const asked: Asked = { request, asker, channels: this.#inOrder(request, asker), signal }
    return known === undefined ? this.#ask(asked) : this.#settled(await known.call(asked), request)
  }

  /** For what is asked from now on; open questions stay as they are. */
  change(rules: AskingRules): void {
    this.#options = { ...this.#options, ...rules }
    this.desk.channels = rules.channels.map(({ name }) => name)
  }

  /** Nobody sees any more what this channel showed, e.g. since its page ended and no other opens. */
  lost(channel: ChannelName, why: string): void {
    for (const question of this.#questions.all()) question.send({ kind: 'lost', channel, why })
  }

  /** Withdraws everything; for the end of the sidecar. */
  close(): void {
    for (const question of this.#questions.all()) question.send({ kind: 'closing' })
  }

  async #ask(asked: Asked): Promise<Decision> {
    const { request, asker, channels } = asked
    const question = new OpenQuestion(request, asker.host, this.#questionDeps)
    if (channels.length === 0)
      return this.#refuse(request, question.id, 'unavailable', 'no channel is configured')
    if (!this.#questions.add(question))
      return this.#refuse(request, question.id, 'busy', 'too many questions are open')
    return this.#settled(await question.call(asked), request)
  }

  #inOrder({ facts }: ApprovalRequest, { host, ...way }: Asker): Channel[] {
    const { channels, learned } = this.#options
    return inOrder(channels, {
      worked: (channel) => learned?.worked(host, channel) === true,
      cuts: way.kind !== 'none' && way.mode === 'form' && visibilityIn(host, facts) !== 'seen',
    })
  }

  async #settled(decision: Decision | Unsettled, request: ApprovalRequest): Promise<Decision> {
    if (decision.kind === 'go-on') return this.#settled(UNKNOWN, request)
    if (decision.kind !== 'invalid') return decision
    return this.#refuse(request, 'unknown', 'invalid-state', decision.detail)
  }

  /** The question, if there is one, stays as it is. */
  async #refuse(
    { call, binding }: ApprovalRequest,
    id: string,
    why: Refused['why'],
    detail: string,
  ): Promise<Refused> {
    const reason = why === 'unavailable' ? { reason: detail } : {}
    await this.#options.onEvent({ id, call, phase: why, binding, ...reason })
    return refused(id, why, detail)
  }

  /** Decided without a question: by what a human said before, or since nobody is asked at all. Written down first. */
  async #unasked(
    { call, binding }: ApprovalRequest,
    record: Pick<ApprovalEvent, 'phase' | 'denial' | 'grant'>,
    decision: (id: string) => Decision,
  ): Promise<Decision> {
    const id = randomUUID()
    await this.#options.onEvent({ id, call, ...record, binding })
    return decision(id)
  }
}

const UNKNOWN = {
  kind: 'invalid',
  detail: 'that question was never asked, is answered already, or has expired',
} as const

function refused(id: string, why: Refused['why'], detail: string): Refused {
  return { kind: 'refused', id, why, detail }
}

function approvedUnasked(id: string): Decision {
  return { kind: 'approved', id, unasked: true }
}
