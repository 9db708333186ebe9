/** What a child can be in, and what a caller is told then; pure. Every reason and hint is in our own words. */
import type { Continuation, Question } from './caller.ts'
import type { Reply } from './reply.ts'
import { describeExit } from './diagnosis.ts'
import type { Parked } from './openRequests.ts'
import type { Ended } from './link.ts'

export type ChildState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'ready'; readonly protocolVersion: string; readonly pid: number }
  | { readonly kind: 'waiting'; readonly reason: string; readonly hint: string; readonly retryAt: number }
  | { readonly kind: 'failed'; readonly reason: string; readonly hint: string }
  | { readonly kind: 'stopped' }
  /** Its entry in servers.yaml changed or went; what was sent to it may end. */
  | { readonly kind: 'retired' }

export type CallReply =
  | Exclude<Reply, { kind: 'bad-answer' | 'unsent' | 'gone' | 'questions' }>
  /** It can't go on without answers; a request with `resumed` brings them. */
  | {
      readonly kind: 'questions'
      readonly questions: Readonly<Record<string, Question>>
      readonly next: Continuation
    }
  /** It started, and is not what the caller took it for; nothing was sent. */
  | { readonly kind: 'changed' }
  /** Down, went down during the call, or gave an answer that can't be used. */
  | {
      readonly kind: 'unavailable'
      readonly reason: string
      readonly hint: string
      /** It is retired, so the request can be sent to the one in its place. */
      readonly unsent?: true
    }

type Unavailable = Extract<CallReply, { kind: 'unavailable' }>

const MAY_HAVE_HAPPENED = 'The call may have taken effect; check before trying again.'
const DID_NOT_RUN = 'Nothing was sent, so the call did not run.'

/** Nothing was sent. */
export function replyWhileDown(id: string, state: ChildState, now: number): Unavailable {
  switch (state.kind) {
    case 'failed':
      return unavailable(state.reason, state.hint)
    case 'waiting': {
      const seconds = Math.max(1, Math.ceil((state.retryAt - now) / 1000))
      return unavailable(
        state.reason,
        `It is started again within ${seconds} s; then try again. ${state.hint}`,
      )
    }
    case 'stopped':
      return unavailable(`"${id}" was stopped with sidemux.`, 'Restart the host.')
    case 'retired':
      return { ...unavailable(`"${id}" changed in servers.yaml.`, 'Send the call again.'), unsent: true }
    default:
      return unavailable(`"${id}" is still starting.`, 'Try again in a few seconds.')
  }
}

/** It was sent, and we have ended the child since. */
export function replyWhenEnded(id: string, state: ChildState): Unavailable {
  if (state.kind !== 'retired') return replyWhileDown(id, { kind: 'stopped' }, 0)
  return unavailable(`"${id}" changed in servers.yaml before it had answered.`, MAY_HAVE_HAPPENED)
}

/** The call was sent, or could have been. */
export function replyOf(
  id: string,
  reply: Reply | Parked,
  child: { gone: boolean; exit: Ended | undefined },
): CallReply {
  if (reply.kind === 'parked')
    return { kind: 'questions', questions: reply.questions, next: { kind: 'parked', id: reply.id } }
  if (reply.kind === 'questions') {
    const { questions, requestState } = reply
    return {
      kind: 'questions',
      questions,
      next: { kind: 'state', ...(requestState !== undefined && { requestState }) },
    }
  }
  if (reply.kind === 'bad-answer')
    return unavailable(`"${id}" answered ${reply.why}.`, hints(reply.hint, MAY_HAVE_HAPPENED))
  if (reply.kind === 'unsent')
    return unavailable(
      `"${id}" ${reply.why}.`,
      hints(reply.begun ? MAY_HAVE_HAPPENED : DID_NOT_RUN, reply.hint),
    )
  if (reply.kind !== 'gone') return reply
  const what = child.gone ? `${describeExit(child.exit)} during the call` : 'does not read its input'
  return unavailable(`"${id}" ${what}.`, MAY_HAVE_HAPPENED)
}

function hints(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(' ')
}

function unavailable(reason: string, hint: string): Unavailable {
  return { kind: 'unavailable', reason, hint }
}
