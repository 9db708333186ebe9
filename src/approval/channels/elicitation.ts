/**
 * Asks through the host (MCP elicitation): by a form where it declared that, else by sending the human to the page.
 *
 * - A bare `accept` is not a yes: some hosts accept by themselves, so the form has one required choice without a default
 *   and only the word for yes counts. The no comes first in it: hosts highlight the first choice, and a key that was
 *   meant for something else takes that.
 * - Hosts cut the message, and some show what the choice is about in full: so the call stands there too. Where a host is known
 *   to show it nowhere, its form isn't asked at all: a yes to what can't be seen is a yes to something else.
 */
import { z } from 'zod'
import { systemErrorCode } from '../../errors.ts'
import type { Pending } from '../facts/pending.ts'
import type { QuestionFacts } from '../facts/question.ts'
import { visibilityIn, whyHidden } from '../hosts/fits.ts'
import { showsOf } from '../hosts/shows.ts'
import { callLine, FIELD_COLUMNS } from '../words/call-line.ts'
import { wrap } from '../wrap.ts'
import type { Answer, Channel, ElicitRequest, HostInfo } from '../facts/channel.ts'
import { weighAnswer, type FormAnswer } from './quick.ts'

export const APPROVE_CHOICE = 'approve once'
/** A yes to a launch is good for later ones too. */
export const TRUST_CHOICE = 'trust and start'
const DENY = 'deny'

/** The key of our question in `inputRequests`; a child's own questions would be kept apart by it. */
export const APPROVAL_KEY = 'sidemux-approval'

const elicitResult = z.object({
  action: z.enum(['accept', 'decline', 'cancel']),
  content: z.looseObject({ decision: z.unknown().optional() }).nullish(),
})

const NO_PAGE: Answer = { kind: 'unavailable', why: 'the host can only open a page, and there is none' }

/** @param address Where the page of this question is; it holds no secret. Undefined when there is no page. */
export function elicitationChannel(
  address: (id: string) => Promise<string | undefined>,
  now: () => number = Date.now,
): Channel {
  return {
    name: 'elicitation',
    async reach({ id, facts }, asker) {
      if (asker.kind === 'none') return { kind: 'unavailable', why: asker.why }
      if (asker.mode === 'form' && visibilityIn(asker.host, facts) === 'hidden')
        return { kind: 'unavailable', why: whyHidden(asker.host) }
      return asker.mode === 'url' && (await address(id)) === undefined ? NO_PAGE : undefined
    },
    async ask(pending, asker, signal, isAgain = false): Promise<Answer> {
      if (asker.kind === 'none') return { kind: 'unavailable', why: asker.why }
      const request =
        asker.mode === 'form' ? formRequest(pending, asker.host, isAgain) : await urlRequest(pending, address)
      if (request === undefined) return NO_PAGE
      if (asker.kind === 'retry') return { kind: 'deferred', request }
      const sentAt = now()
      try {
        return weighAnswer(
          readAnswer(await asker.elicit(request.params, signal), pending.facts, request),
          now() - sentAt,
        )
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
export function readAnswer(
  raw: unknown,
  facts: Pick<QuestionFacts, 'kind'>,
  request?: ElicitRequest,
): FormAnswer {
  const parsed = elicitResult.safeParse(raw)
  if (!parsed.success) return { kind: 'cancelled' }
  const { action, content } = parsed.data
  if (action === 'cancel') return { kind: 'cancelled' }
  if (action === 'decline') return { kind: 'denied', chosen: false }
  if (request?.params['mode'] === 'url') return { kind: 'shown' }
  if (content?.decision === yesTo(facts)) return { kind: 'approved' }
  return content?.decision === DENY ? { kind: 'denied', chosen: true } : { kind: 'no-choice' }
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

function formRequest({ text, facts }: Pending, host: HostInfo | undefined, isAgain: boolean): ElicitRequest {
  const { breaks, columns } = showsOf(host)
  const message = breaks ? text : wrap(text, columns).join('\n')
  const isLaunch = facts.kind === 'launch'
  const span = isLaunch ? 'now and whenever it is needed' : 'once'
  const what = `${callLine(facts, FIELD_COLUMNS).text} - ${span}, or not at all`
  return {
    method: 'elicitation/create',
    params: { mode: 'form', message, requestedSchema: formSchema(what, yesTo(facts), isAgain) },
  }
}

/** The word for yes of its form. */
function yesTo({ kind }: Pick<QuestionFacts, 'kind'>): string {
  return kind === 'launch' ? TRUST_CHOICE : APPROVE_CHOICE
}

function formSchema(description: string, yes: string, isAgain: boolean) {
  const title = isAgain ? 'Decision (the answer before came too quickly to be one: please read)' : 'Decision'
  return {
    type: 'object',
    properties: { decision: { type: 'string', title, description, enum: [DENY, yes] } },
    required: ['decision'],
  }
}
