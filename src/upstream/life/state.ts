/**
 * The states of a child, and what a caller is told in each of them. Pure. Every reason and hint is in our own words;
 * a server's own words are quoted beside them.
 */
import type { NotRun } from '../link/request-end.ts'
import type { Continuation, ServerQuestion } from '../messages/caller.ts'
import type { ServerReply } from '../session/reply.ts'
import { describeExit, look, type Failure } from '../session/diagnosis.ts'
import type { Parked } from '../session/questions/parked-requests.ts'
import type { LinkEnd } from '../link/link.ts'
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
      /** Which one in a row this is, from 1. */
      readonly tries?: number
      /** How the one before ended. */
      readonly last?: Failure
      /** Why it could not be launched before, where that is why it is tried again. */
      readonly awaited?: Awaited
    }
  | { readonly kind: 'ready'; readonly protocolVersion: string; readonly pid: number }
  /** It has no process, and nobody needs one; a call starts it. */
  | { readonly kind: 'asleep'; readonly reason: string }
  | ({
      readonly kind: 'waiting'
      /** Milliseconds since 1970. */
      readonly retryAt: number
      /** It could not be launched, and waits for what it is launched with. */
      readonly awaited?: Awaited
    } & Failure)
  /** Until a person has mended it. */
  | ({ readonly kind: 'failed' } & Failure)
  | { readonly kind: 'stopped' }
  /** Its entry in servers.yaml changed or went; what was sent to it may end. */
  | { readonly kind: 'retired' }

export type CallReply =
  | Exclude<ServerReply, { kind: 'bad-answer' | 'not-run' | 'gone' | 'questions' }>
  /** It can't go on without answers; a request with `resumed` brings them. */
  | {
      readonly kind: 'questions'
      readonly questions: Readonly<Record<string, ServerQuestion>>
      readonly next: Continuation
    }
  /** It started, and is not what the caller took it for; nothing was sent. */
  | { readonly kind: 'changed' }
  /** Down, went down during the call, or gave an answer that can't be used. */
  | ({
      readonly kind: 'unavailable'
      /** It is retired, so the request can be sent to the one in its place. */
      readonly unsent?: true
    } & Failure)

type Unavailable = Extract<CallReply, { kind: 'unavailable' }>

const MAY_HAVE_HAPPENED = 'The call may have taken effect; check before trying again.'
const DID_NOT_RUN: Readonly<Record<NotRun, string>> = {
  unsent: 'Nothing was sent, so the call did not run.',
  refused: 'The call did not run.',
  session: 'The call did not run.',
}

/** Nothing was sent. */
export function replyWhileDown(id: string, state: ChildState, now: number): Unavailable {
  switch (state.kind) {
    case 'failed':
      return unavailable({ ...state, hint: hints(DID_NOT_RUN.refused, sentence(state.hint)) })
    case 'waiting': {
      const seconds = Math.max(1, Math.ceil((state.retryAt - now) / 1000))
      const { awaited } = state
      if (awaited !== undefined)
        return waitsFor(
          id,
          awaited,
          `sidemux tries to start it again in ${seconds} s; then send the call again.`,
        )
      const when = seconds > 5 ? 'A call tries it sooner.' : 'Then try again.'
      return unavailable({
        ...state,
        hint: `${DID_NOT_RUN.unsent} It is started again within ${seconds} s. ${when} ${sentence(state.hint)}`,
      })
    }
    case 'asleep':
      return unavailable({ reason: state.reason, hint: `${DID_NOT_RUN.unsent} Send it again.` })
    case 'stopped':
      return unavailable({ reason: `"${id}" was stopped with sidemux.`, hint: 'Restart the host.' })
    case 'retired':
      return {
        ...unavailable({ reason: `"${id}" changed in servers.yaml.`, hint: 'Send the call again.' }),
        unsent: true,
      }
    default:
      if (state.kind === 'starting' && state.awaited !== undefined)
        return waitsFor(
          id,
          state.awaited,
          'sidemux tries to start it again just now; send the call again in a moment.',
        )
      return unavailable(whileStarting(id, state))
  }
}

/** What a person is told who looks at it; undefined for one that works, or that a call starts. */
export function whyDown(id: string, state: ChildState): Failure | undefined {
  switch (state.kind) {
    case 'ready':
    case 'asleep':
      return undefined
    case 'starting': {
      const { tries = 1, last } = state
      if (last === undefined) return { reason: 'starting', hint: look(id) }
      return { ...last, reason: `starting (try ${tries}; last time: ${withoutId(id, last.reason)})` }
    }
    case 'waiting':
    case 'failed':
      return { ...state }
    case 'stopped':
    case 'retired':
      return { reason: state.kind, hint: look(id) }
  }
}

/** With how the last try ended, since that is what a person can mend meanwhile. */
function whileStarting(id: string, state: ChildState): Failure {
  const { tries = 1, last } = state.kind === 'starting' ? state : {}
  const again = 'Try again in a few seconds.'
  if (last === undefined) return { reason: `"${id}" is still starting.`, hint: again }
  return {
    ...last,
    reason: `"${id}" is still starting${tries > 1 ? ` (try ${tries})` : ''}. Last time: ${withoutId(id, last.reason)}.`,
    hint: `${again} ${sentence(last.hint)}`,
  }
}

/** To stand in a sentence that begins with the id. */
function withoutId(id: string, reason: string): string {
  const start = `"${id}" `
  return (reason.startsWith(start) ? reason.slice(start.length) : reason).replace(/\.$/, '')
}

function waitsFor(id: string, { reason, hint, store }: Awaited, when: string): Unavailable {
  const what = store === undefined ? '' : `"${id}" waits for the secret store "${store}": `
  return unavailable({
    reason: `${what}${reason}`,
    hint: hints(`${DID_NOT_RUN.unsent} ${when}`, sentence(hint)),
  })
}

/** Some of our hints are sentences, and some are to be read after "hint:". */
function sentence(words: string): string {
  return /[.!?]$/.test(words) ? words : `${words.charAt(0).toUpperCase()}${words.slice(1)}.`
}

/** It was sent, and we have ended the child since. */
export function replyWhenEnded(id: string, state: ChildState): Unavailable {
  if (state.kind !== 'retired') return replyWhileDown(id, { kind: 'stopped' }, 0)
  return unavailable({
    reason: `"${id}" changed in servers.yaml before it had answered.`,
    hint: MAY_HAVE_HAPPENED,
  })
}

/** The call was sent, or could have been. */
export function replyOfState(
  id: string,
  reply: ServerReply | Parked,
  child: { gone: boolean; exit: LinkEnd | undefined; said: string | undefined; cut?: Cut | undefined },
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
    return unavailable({
      reason: `"${id}" answered ${reply.why}.`,
      hint: hints(reply.hint, MAY_HAVE_HAPPENED),
    })
  if (reply.kind === 'not-run')
    return unavailable({
      reason: `"${id}" ${reply.why}.`,
      hint: hints(reply.begun ? MAY_HAVE_HAPPENED : DID_NOT_RUN[reply.how], reply.hint),
    })
  if (reply.kind !== 'gone') return reply
  if (child.cut !== undefined) {
    const { why, waitedMs } = child.cut
    return unavailable({
      reason: `sidemux ended this process of "${id}" (${why}) and had waited ${inSeconds(waitedMs)} s for this call to end.`,
      hint: `${MAY_HAVE_HAPPENED} Calls that take longer need a longer drain for "${id}" in servers.yaml.`,
    })
  }
  const { gone, exit, said } = child
  const reason = `"${id}" ${gone ? `${describeExit(exit)} during the call` : 'does not read its input'}.`
  const help = exit !== undefined && 'why' in exit ? exit.hint : undefined
  const hint = hints(MAY_HAVE_HAPPENED, help === undefined ? undefined : sentence(help))
  return unavailable({ reason, hint, ...(gone && said !== undefined && { said }) })
}

function inSeconds(ms: number): string {
  return (ms / 1000).toFixed(ms < 10_000 ? 1 : 0).replace(/\.0$/, '')
}

function hints(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(' ')
}

function unavailable({ reason, hint, said }: Failure): Unavailable {
  return { kind: 'unavailable', reason, hint, ...(said !== undefined && { said }) }
}
