/**
 * Where a human's word becomes a decision, whichever channel it came through. A decision counts when it is written
 * down, and is taken once: a yes lets the waiting call pass, or waits for the identical call; a no ends the question
 * and beats a yes that isn't spent.
 */
import type { ApprovalRequest, Decision } from './decision.ts'
import type { ApprovalEvent, Phase } from './event.ts'
import type { GrantWish } from './grantOffer.ts'
import type { Grant, Grants } from './grants.ts'
import type { OpenQuestion } from './open-question.ts'
import type { OpenQuestions } from './open-questions.ts'
import type { AnswerOutcome, ChannelName, HumanAnswer, Pending, PendingDesk, Via } from './pending.ts'

export interface DeskOptions {
  readonly questions: OpenQuestions
  /** Through which of them the config lets a human answer. */
  readonly channels: readonly ChannelName[]
  readonly grants: Grants | undefined
  /** Awaited: a decision that can't be written down isn't one. */
  onEvent(event: ApprovalEvent): Promise<void>
}

export class Desk implements PendingDesk {
  /** Through which of them the config lets a human answer. */
  channels: readonly ChannelName[]
  readonly #options: DeskOptions
  /** What was granted through a page, by its session. */
  readonly #grantedBy = new Map<string, string[]>()

  constructor(options: DeskOptions) {
    this.#options = options
    this.channels = options.channels
  }

  pending(): readonly Pending[] {
    const { questions } = this.#options
    return questions
      .all()
      .filter((question) => !questions.isOver(question) && question.state.kind !== 'denied')
      .map((question) => question.view())
  }

  onChange(listener: () => void): () => void {
    return this.#options.questions.onChange(listener)
  }

  async answer(id: string, answer: HumanAnswer, via: Via): Promise<AnswerOutcome> {
    const question = this.#options.questions.get(id)
    if (question === undefined) return 'gone'
    // What it was shown through stays a way to answer it, whatever the config says since.
    const mayAnswer = this.channels.includes(via.channel) || question.shown.has(via.channel)
    return mayAnswer ? this.take(question, answer, via) : 'refused'
  }

  async takeBack(page: string): Promise<number> {
    const { questions } = this.#options
    let taken = (this.#grantedBy.get(page) ?? []).filter((id) => this.#revoke(id)).length
    this.#grantedBy.delete(page)
    for (const question of questions.all()) {
      if (question.state.kind !== 'approved' || question.state.via.page !== page) continue
      question.state = { kind: 'open' }
      taken += 1
      // It is taken back whether or not that can be written down.
      await this.#tell(question, 'taken-back').catch(() => {})
    }
    questions.changed()
    return taken
  }

  async take(question: OpenQuestion, answer: HumanAnswer, via: Via): Promise<AnswerOutcome> {
    const { questions } = this.#options
    if (questions.isOver(question)) return 'gone'
    if (!question.mayTake(answer)) return 'decided'
    question.deciding = true
    let grant: Grant | undefined
    try {
      if (answer.kind === 'approve' && answer.grant !== undefined) {
        grant = this.#remember(question.request, answer.grant)
        if (grant === undefined) return 'refused'
        await this.#tell(question, 'granted', { channel: via.channel, grant: grant.id })
      }
      const phase = answer.kind === 'approve' ? 'approved' : 'denied'
      await this.#tell(question, phase, { channel: via.channel })
    } catch (error) {
      if (grant !== undefined) this.#revoke(grant.id)
      question.waiter?.fail(error)
      questions.forget(question)
      return 'refused'
    } finally {
      question.deciding = false
    }
    if (grant !== undefined && via.page !== undefined)
      this.#grantedBy.set(via.page, [...(this.#grantedBy.get(via.page) ?? []), grant.id])
    // It may have expired, or its call been cancelled, while it was written down.
    if (questions.isOver(question)) return 'gone'
    this.#settle(question, answer, via)
    return 'done'
  }

  /** The waiting call takes a yes that was given before; it is gone before anything is awaited. */
  spend(question: OpenQuestion, { call }: ApprovalRequest): void {
    question.waiter?.later(async (): Promise<Decision> => {
      this.#options.questions.forget(question)
      await this.#tell(question, 'spent', { call })
      return { kind: 'approved', id: question.id }
    })
  }

  #settle(question: OpenQuestion, answer: HumanAnswer, via: Via): void {
    const { questions } = this.#options
    const { waiter, id } = question
    if (waiter === undefined) {
      question.state = answer.kind === 'approve' ? { kind: 'approved', via } : { kind: 'denied' }
      question.withdraw()
      questions.keep(question)
      return
    }
    waiter.settle(
      answer.kind === 'approve'
        ? { kind: 'approved', id }
        : { kind: 'refused', id, why: 'denied', detail: 'the human said no' },
    )
    questions.forget(question)
  }

  #remember({ subject, args, facts, offer }: ApprovalRequest, wish: GrantWish): Grant | undefined {
    if (offer === undefined) return undefined
    try {
      return this.#options.grants?.remember(subject, { args, shown: facts.args, offer }, wish)
    } catch {
      return undefined
    }
  }

  /** One whose end can't be written isn't used by this process any more, and the next change of the book takes it out. */
  #revoke(id: string): boolean {
    try {
      return this.#options.grants?.revoke(id) === true
    } catch {
      return true
    }
  }

  async #tell(
    { id, request }: OpenQuestion,
    phase: Phase,
    more: { readonly channel?: ChannelName; readonly call?: string; readonly grant?: string } = {},
  ): Promise<void> {
    await this.#options.onEvent({ id, call: request.call, phase, binding: request.binding, ...more })
  }
}
