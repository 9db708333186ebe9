/**
 * What the queue decides by itself: that a call passes of which nobody need be asked, and that one doesn't pass. Each is
 * written down first, and is none when that fails. A human's own word is taken at the desk (desk.ts).
 */
import { randomUUID } from 'node:crypto'
import type { ApprovalRequest, Decision, Refused } from './decision.ts'
import type { ApprovalEvent, Refusal } from './event.ts'
import type { Grant } from './grants.ts'
import type { OpenQuestion } from './open-question.ts'
import type { OpenQuestions } from './open-questions.ts'
import type { ChannelName } from './pending.ts'

export interface OutcomesOptions {
  readonly questions: OpenQuestions
  /** Awaited: a decision that can't be written down isn't one. */
  onEvent(event: ApprovalEvent): Promise<void>
}

export class Outcomes {
  readonly #options: OutcomesOptions

  constructor(options: OutcomesOptions) {
    this.#options = options
  }

  /** Not asked: a human said yes to calls like this before, or nobody is asked at all. */
  async pass(request: ApprovalRequest, phase: 'shadow' | 'grant-used', grant?: Grant): Promise<Decision> {
    const { call, binding } = request
    const id = randomUUID()
    const by = grant === undefined ? {} : { grant: grant.id }
    await this.#options.onEvent({ id, call, phase, binding, ...by })
    return { kind: 'approved', id }
  }

  /** The question is over with it. */
  async end(
    question: OpenQuestion,
    request: ApprovalRequest,
    why: Refusal,
    detail: string,
    channel?: ChannelName,
  ): Promise<Refused> {
    this.#options.questions.forget(question)
    return this.refuse(request, question.id, why, detail, channel)
  }

  closed(question: OpenQuestion, request: ApprovalRequest, channel?: ChannelName): Promise<Refused> {
    return this.end(question, request, 'cancelled', 'the question was closed without a decision', channel)
  }

  /** The question, if there is one, stays as it is. */
  async refuse(
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
