/**
 * One question in its channels: what they bring back, and when nobody is left who could answer. A human's yes or no
 * goes to the desk; what is decided here is only that none will come.
 */
import { askInTurn } from './ask-in-turn.ts'
import type { Answer, Asker, Channel } from './channels/channel.ts'
import type { ApprovalRequest, Decision } from './decision.ts'
import type { Desk } from './desk.ts'
import type { ApprovalEvent } from './event.ts'
import type { OpenQuestion } from './open-question.ts'
import type { OpenQuestions } from './open-questions.ts'
import type { Outcomes } from './outcomes.ts'
import type { ChannelName } from './pending.ts'
import type { ThroughHost } from './through-host.ts'

export interface AskingOptions {
  readonly questions: OpenQuestions
  readonly desk: Desk
  readonly outcomes: Outcomes
  readonly throughHost: ThroughHost
  /** As they are now. */
  rules(): { readonly waitMs: number; readonly leadMs: number }
  /** Awaited before a channel is asked. */
  onEvent(event: ApprovalEvent): Promise<void>
}

/** Whom a call may still ask. */
export interface Ask {
  readonly asker: Asker
  readonly channels: readonly Channel[]
}

export class Asking {
  readonly #options: AskingOptions

  constructor(options: AskingOptions) {
    this.#options = options
  }

  /** @param waitOver Fires when the call no longer waits. */
  begin(question: OpenQuestion, request: ApprovalRequest, ask: Ask, waitOver: AbortSignal): void {
    question.remaining += ask.channels.length
    const asked = askInTurn({
      channels: ask.channels,
      leadMs: this.#options.rules().leadMs,
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
      this.#options.questions.forget(question)
    })
  }

  /** The wait is over without an answer; the question stays where a human can still see it. */
  async giveUp(question: OpenQuestion, request: ApprovalRequest): Promise<Decision> {
    const { outcomes } = this.#options
    // Its form ended with the wait.
    question.asking.delete('elicitation')
    const waited = `nobody answered within ${this.#options.rules().waitMs / 1000} s`
    if (question.unreachable) return outcomes.end(question, request, 'unanswered', waited)
    const refused = await outcomes.refuse(request, question.id, 'pending', waited)
    return { ...refused, shown: [...question.shown] }
  }

  #onAnswer(question: OpenQuestion, request: ApprovalRequest, channel: ChannelName, answer: Answer): void {
    const { desk, throughHost } = this.#options
    question.asking.delete(channel)
    switch (answer.kind) {
      case 'approved':
      case 'denied':
        void desk.take(question, { kind: answer.kind === 'approved' ? 'approve' : 'deny' }, { channel })
        return
      case 'shown':
        question.shown.add(whereShown(channel))
        return
      case 'deferred':
        question.deferred = answer
        question.waiter?.settle(throughHost.send(question, answer))
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
    const { questions, outcomes } = this.#options
    if (question.state.kind !== 'open' || question.deciding || !question.unreachable) return
    const end = (): Promise<Decision> =>
      question.dismissed
        ? outcomes.closed(question, request, channel)
        : outcomes.end(question, request, 'unavailable', question.unavailable.join('; '))
    if (question.waiter === undefined) questions.forget(question)
    else question.waiter.later(end)
  }
}

/** What a host shows by opening an address is the page. */
export function whereShown(channel: ChannelName): ChannelName {
  return channel === 'elicitation' ? 'page' : channel
}
