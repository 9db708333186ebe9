/**
 * A question on its way through the host and back as a call's result (2026-07-28 basic/patterns/mrtr). What comes
 * back is attacker-controlled until the seal has been opened; the nonce in it opens once, whatever comes with it.
 */
import { z } from 'zod'
import type { Answer, Retried } from './channels/channel.ts'
import { APPROVAL_KEY, readAnswer } from './channels/elicitation.ts'
import type { Decision } from './decision.ts'
import type { OpenQuestion } from './open-question.ts'
import type { OpenQuestions } from './open-questions.ts'
import type { Seal } from './seal.ts'

const sealedState = z.object({ id: z.string(), nonce: z.string() })

type Returned =
  /** `answer` is undefined where the retry brought none. */
  | { readonly kind: 'question'; readonly question: OpenQuestion; readonly answer: Answer | undefined }
  | { readonly kind: 'invalid'; readonly detail: string }

export class ThroughHost {
  readonly #seal: Seal
  readonly #questions: OpenQuestions

  constructor(seal: Seal, questions: OpenQuestions) {
    this.#seal = seal
    this.#questions = questions
  }

  send(question: OpenQuestion, { key, request }: Extract<Answer, { kind: 'deferred' }>): Decision {
    return {
      kind: 'ask',
      id: question.id,
      inputRequests: { [key]: { ...request } },
      requestState: this.#seal.seal({ id: question.id, nonce: question.issueNonce() }),
    }
  }

  /** @param digest Of the call that came back; a state that belongs to another call ends that question. */
  receive({ requestState, inputResponses }: Retried, digest: string): Returned {
    const state = sealedState.safeParse(this.#seal.open(requestState)).data
    const question = state === undefined ? undefined : this.#questions.get(state.id)
    if (state === undefined || question === undefined || !question.spendNonce(state.nonce))
      return invalid('that question was never asked, is answered already, or has expired')
    if (question.digest !== digest) {
      this.#questions.forget(question)
      return invalid('the answer belongs to another call')
    }
    if (question.waiter !== undefined) return invalid('another call waits for that question')
    if (!Object.hasOwn(inputResponses, APPROVAL_KEY)) return { kind: 'question', question, answer: undefined }
    const answer = readAnswer(inputResponses[APPROVAL_KEY], question.deferred?.request)
    question.deferred = undefined
    return { kind: 'question', question, answer }
  }
}

function invalid(detail: string): Returned {
  return { kind: 'invalid', detail }
}
