/**
 * Takes the answers of humans: shows the open questions, and hands each word to its question (question/answers.ts
 * says what it is worth there). It also does what a word does beyond its question: what is remembered of it, and a no
 * to a whole tool.
 */
import type { ApprovalRequest } from './decision.ts'
import { denialKey, type Denials } from './denials.ts'
import type { ApprovalEvent } from '../facts/event.ts'
import type { GrantWish } from '../grants/grant-offer.ts'
import type { Grants } from '../grants/grants.ts'
import type { Counted, OpenQuestion } from './open-question.ts'
import type { OpenQuestions } from './open-questions.ts'
import type {
  AnswerOutcome,
  Denial,
  ChannelName,
  HumanAnswer,
  Pending,
  PendingDesk,
  Via,
} from '../facts/pending.ts'
import { isFrom, isOver } from './life.ts'

export interface DeskOptions {
  readonly questions: OpenQuestions
  /** Through which of them the config lets a human answer. */
  readonly channels: readonly ChannelName[]
  readonly grants: Grants | undefined
  readonly denials: Denials
  readonly now: () => number
  /** A person's answer counted. */
  onAnswered?(question: OpenQuestion, channel: ChannelName): void
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
    const { questions, now } = this.#options
    return questions
      .all()
      .filter(({ life }) => !isOver(life, now()))
      .map((question) => question.view())
  }

  onChange(listener: () => void): () => void {
    return this.#options.questions.onChange(listener)
  }

  async answer(id: string, answer: HumanAnswer, via: Via): Promise<AnswerOutcome> {
    const question = this.#options.questions.get(id)
    if (question === undefined) return 'gone'
    // What it was shown through stays a way to answer it, whatever the config says since.
    if (!this.channels.includes(via.channel) && !question.life.shown.has(via.channel)) return 'refused'
    const outcome = await question.answer(answer, via)
    // Only now: while the others are written down nobody shall answer this one another way.
    if (outcome === 'done' && answer.kind === 'deny' && answer.forMs !== undefined)
      await this.#denyAll(question, via)
    return outcome
  }

  denials(): readonly Denial[] {
    return this.#options.denials.list()
  }

  async lift(id: string, { channel }: Via): Promise<AnswerOutcome> {
    const { denials, questions } = this.#options
    const request = denials.get(id)
    if (request === undefined) return 'gone'
    const { call, binding } = request
    try {
      await this.#options.onEvent({ id, call, phase: 'denial-lifted', channel, binding })
    } catch {
      return 'refused'
    }
    denials.lift(id)
    questions.changed()
    return 'done'
  }

  async takeBack(page: string): Promise<number> {
    const granted = (this.#grantedBy.get(page) ?? []).filter((id) => this.revoke(id))
    this.#grantedBy.delete(page)
    const given = this.#options.questions.all().filter(({ life }) => isFrom(life, page))
    for (const question of given) question.send({ kind: 'taken-back', page })
    return granted.length + given.length
  }

  /** The grant's id; undefined where it can't be given. */
  remember({ subject, args, facts, offer, group }: ApprovalRequest, wish: GrantWish): string | undefined {
    if (offer === undefined) return undefined
    try {
      return this.#options.grants?.remember(subject, { args, shown: facts.args, offer, group }, wish).id
    } catch {
      return undefined
    }
  }

  /** One whose end can't be written isn't used by this process any more, and the next change of the book takes it out. */
  revoke(id: string): boolean {
    try {
      return this.#options.grants?.revoke(id) === true
    } catch {
      return true
    }
  }

  /** A person's word is written down. */
  counted(question: OpenQuestion, { answer, via, grant }: Counted): void {
    const { denials } = this.#options
    if (grant !== undefined && via.page !== undefined)
      this.#grantedBy.set(via.page, [...(this.#grantedBy.get(via.page) ?? []), grant])
    this.#options.onAnswered?.(question, via.channel)
    if (answer.kind === 'deny') denials.said(question.id, question.request, answer.forMs)
    else denials.reversed(question.request)
  }

  /** What else of the tool is open, or approved and not run, has the same answer. */
  async #denyAll({ id, request }: OpenQuestion, via: Via): Promise<void> {
    const key = denialKey(request)
    const others = this.#options.questions
      .all()
      .filter((one) => one.id !== id && denialKey(one.request) === key)
    for (const other of others) await other.answer({ kind: 'deny' }, via)
  }
}
