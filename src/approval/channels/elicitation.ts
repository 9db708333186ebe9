/**
 * Asks through the host (MCP elicitation): by a form where it declared that, else by sending the human to the page. A bare `accept` is not a yes: some hosts accept by
 * themselves, so the form has one required choice without a default and only the word for yes counts.
 */
import { z } from 'zod'
import { systemErrorCode } from '../../errors.ts'
import type { Pending } from '../pending.ts'
import type { Answer, Asker, Channel, ElicitRequest } from './channel.ts'

export const APPROVE = 'approve once'
const DENY = 'deny'

/** The key of our question in `inputRequests`; a child's own questions would be kept apart by it. */
export const APPROVAL_KEY = 'sidemux-approval'

const elicitResult = z.object({
  action: z.enum(['accept', 'decline', 'cancel']),
  content: z.looseObject({ decision: z.unknown().optional() }).nullish(),
})

/** @param address Where the page of this question is; it holds no secret. Undefined when there is no page. */
export function elicitationChannel(address: (id: string) => Promise<string | undefined>): Channel {
  return {
    name: 'elicitation',
    async ask(pending: Pending, asker: Asker, signal: AbortSignal): Promise<Answer> {
      if (asker.kind === 'none') return { kind: 'unavailable', why: asker.why }
      const request = asker.mode === 'form' ? formRequest(pending) : await urlRequest(pending, address)
      if (request === undefined)
        return { kind: 'unavailable', why: 'the host can only open a page, and there is none' }
      if (asker.kind === 'retry') return { kind: 'deferred', key: APPROVAL_KEY, request }
      try {
        return readAnswer(await asker.elicit(request.params, signal), request)
      } catch (error) {
        if (signal.aborted) return { kind: 'unanswered' }
        const code = systemErrorCode(error)
        return {
          kind: 'unavailable',
          why: `the host failed to ask${code === undefined ? '' : ` (${code})`}`,
        }
      }
    },
  }
}

/**
 * What an ElicitResult says; anything but an explicit yes is not one (promise 4). Of a URL it says only that the
 * human goes there (2026-07-28 client/elicitation, URL mode), so the question is shown and not answered.
 */
export function readAnswer(raw: unknown, request?: ElicitRequest): Answer {
  const parsed = elicitResult.safeParse(raw)
  if (!parsed.success) return { kind: 'cancelled' }
  const { action, content } = parsed.data
  if (action === 'cancel') return { kind: 'cancelled' }
  if (request?.params['mode'] === 'url') return { kind: action === 'accept' ? 'shown' : 'denied' }
  return action === 'accept' && content?.decision === APPROVE ? { kind: 'approved' } : { kind: 'denied' }
}

async function urlRequest(
  { id, text }: Pending,
  address: (id: string) => Promise<string | undefined>,
): Promise<ElicitRequest | undefined> {
  const url = await address(id)
  if (url === undefined) return undefined
  const message = `${text}\n\nThe decision is made on a page of sidemux in your browser.`
  return { method: 'elicitation/create', params: { mode: 'url', message, url, elicitationId: id } }
}

function formRequest({ text }: Pending): ElicitRequest {
  return {
    method: 'elicitation/create',
    params: {
      mode: 'form',
      message: text,
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
