/** What a child can be in, and what a caller is told then; pure. Every reason and hint is in our own words. */
import type { Continuation, Question } from './caller.ts'
import type { Reply } from './reply.ts'
import { describeExit } from './diagnosis.ts'
import type { Parked } from './openRequests.ts'
import type { Ended } from './link.ts'
import type { Cut } from './run.ts'

/** What a child that could not be launched waits for. */
export interface Awaited {
  readonly reason: string
  readonly hint: string
  /** The secret store, by its alias, where it is one. */
  readonly store?: string
}

export type ChildState =
  | {
      readonly kind: 'starting'
      /** Why it could not be launched before, where that is why it is tried again. */
      readonly awaited?: Awaited
    }
  | { readonly kind: 'ready'; readonly protocolVersion: string; readonly pid: number }
  | {
      readonly kind: 'waiting'
      readonly reason: string
      readonly hint: string
      /** Milliseconds since 1970. */
      readonly retryAt: number
      /** It could not be launched, and waits for what it is launched with. */
      readonly awaited?: Awaited
    }
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
      const { awaited } = state
      if (awaited !== undefined)
        return waitsFor(
          id,
          awaited,
          `sidemux tries to start it again in ${seconds} s; then send the call again.`,
        )
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
      if (state.kind === 'starting' && state.awaited !== undefined)
        return waitsFor(
          id,
          state.awaited,
          'sidemux tries to start it again just now; send the call again in a moment.',
        )
      return unavailable(`"${id}" is still starting.`, 'Try again in a few seconds.')
  }
}

function waitsFor(id: string, { reason, hint, store }: Awaited, when: string): Unavailable {
  const what = store === undefined ? '' : `"${id}" waits for the secret store "${store}": `
  return unavailable(`${what}${reason}`, hints(`${DID_NOT_RUN} ${when}`, sentence(hint)))
}

/** Some of our hints are sentences, and some are to be read after "hint:". */
function sentence(words: string): string {
  return /[.!?]$/.test(words) ? words : `${words.charAt(0).toUpperCase()}${words.slice(1)}.`
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
  child: { gone: boolean; exit: Ended | undefined; cut?: Cut | undefined },
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
  if (child.cut !== undefined) {
    const { why, waitedMs } = child.cut
    return unavailable(
      `sidemux ended this process of "${id}" (${why}) and had waited ${inSeconds(waitedMs)} s for this call to end.`,
      `${MAY_HAVE_HAPPENED} Calls that take longer need a longer drain for "${id}" in servers.yaml.`,
    )
  }
  const what = child.gone ? `${describeExit(child.exit)} during the call` : 'does not read its input'
  return unavailable(`"${id}" ${what}.`, MAY_HAVE_HAPPENED)
}

function inSeconds(ms: number): string {
  return (ms / 1000).toFixed(ms < 10_000 ? 1 : 0).replace(/\.0$/, '')
}

function hints(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(' ')
}

function unavailable(reason: string, hint: string): Unavailable {
  return { kind: 'unavailable', reason, hint }
}
