/**
 * Asks through the host (MCP elicitation, form mode). A bare `accept` is not a yes: some hosts accept by
 * themselves, so the form has one required choice without a default and only the word for yes counts.
 */
import { z } from 'zod'
import { systemErrorCode } from '../../errors.ts'
import type { Question } from '../question.ts'
import type { Answer, Asker, Channel, ElicitRequest } from './channel.ts'

export const APPROVE = 'approve once'
const DENY = 'deny'

/** The key of our question in `inputRequests`; a child's own questions would be kept apart by it. */
export const APPROVAL_KEY = 'sidemux-approval'

const elicitResult = z.object({
  action: z.enum(['accept', 'decline', 'cancel']),
  content: z.looseObject({ decision: z.unknown().optional() }).nullish(),
})

export const elicitationChannel: Channel = {
  name: 'elicitation',
  async ask(question: Question, asker: Asker, signal: AbortSignal): Promise<Answer> {
    const request = elicitRequest(question)
    switch (asker.kind) {
      case 'none':
        return { kind: 'unavailable', why: asker.why }
      case 'retry':
        return { kind: 'deferred', key: APPROVAL_KEY, request }
      case 'live':
        try {
          return readAnswer(await asker.elicit(request.params, signal))
        } catch (error) {
          if (signal.aborted) return { kind: 'unanswered' }
          const code = systemErrorCode(error)
          return {
            kind: 'unavailable',
            why: `the host failed to ask${code === undefined ? '' : ` (${code})`}`,
          }
        }
    }
  },
}

/** What an ElicitResult says; anything but an explicit yes is not one (promise 4). */
export function readAnswer(raw: unknown): Answer {
  const parsed = elicitResult.safeParse(raw)
  if (!parsed.success) return { kind: 'cancelled' }
  const { action, content } = parsed.data
  if (action === 'cancel') return { kind: 'cancelled' }
  return action === 'accept' && content?.decision === APPROVE ? { kind: 'approved' } : { kind: 'denied' }
}

function elicitRequest(question: Question): ElicitRequest {
  return {
    method: 'elicitation/create',
    params: {
      mode: 'form',
      message: question.text,
      requestedSchema: {
        type: 'object',
        properties: {
          decision: {
            type: 'string',
            title: 'Decision',
            description: 'The call runs once, exactly as shown, or not at all.',
            enum: [APPROVE, DENY],
          },
        },
        required: ['decision'],
      },
    },
  }
}
