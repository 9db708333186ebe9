/**
 * Opens the state that comes back with a call that went through the host (2026-07-28 basic/patterns/mrtr). The state
 * is attacker-controlled until the seal has been opened. The nonce in it is used once, whatever comes with it
 * (question/machine.ts).
 */
import { z } from 'zod'
import type { Retried } from '../facts/channel.ts'
import { APPROVAL_KEY, readAnswer } from '../channels/elicitation.ts'
import type { FormAnswer } from '../channels/quick.ts'
import type { OpenQuestion } from './open-question.ts'
import type { Seal } from '../facts/seal.ts'

const sealedState = z.object({ id: z.string(), nonce: z.string() })

export interface Returned {
  readonly question: OpenQuestion
  readonly nonce: string
  /** Undefined where it brings no answer of ours, and the host is to ask again. */
  readonly said: FormAnswer | undefined
}

/** Undefined where the seal isn't ours, or the question is over. */
export function openReturned(
  { requestState, inputResponses }: Retried,
  seal: Seal,
  questions: { get(id: string): OpenQuestion | undefined },
): Returned | undefined {
  const state = sealedState.safeParse(seal.open(requestState)).data
  const question = state && questions.get(state.id)
  if (state === undefined || question === undefined) return undefined
  const { nonce } = state
  if (!Object.hasOwn(inputResponses, APPROVAL_KEY)) return { question, nonce, said: undefined }
  const channel = question.life.channels.get('elicitation')
  const request = channel?.kind === 'deferred' ? channel.request : undefined
  return { question, nonce, said: readAnswer(inputResponses[APPROVAL_KEY], question.request.facts, request) }
}
