/**
 * Decides what happens when a message could not be sent, or was answered by HTTP instead of MCP. Pure. The request
 * ends now, in our words, and not at its timeout. Whether the connection ends too depends on the failure.
 *
 * - What never left is said to have never left (fault.ts), also when the server is lost with it.
 * - What was turned away before any work did not run: by 401, by 403 for the want of a scope, or with its session. The
 *   connection is over with its session or its login, and what is under way on it may still end.
 * - An error of JSON-RPC in the body of a refusal is the server's own answer.
 * - While connecting nothing is made up: the refusal may tell the era, and why the server can't be used is kept for
 *   whoever asks.
 */
import type { Failing } from '../link/request-end.ts'
import type { Parted } from '../link/link.ts'
import type { JsonObject } from '../../json/record.ts'
import {
  hintOfScope,
  isUnwelcome,
  whyUnsent,
  whyUnwelcome,
  type RemoteFacts,
  type RemoteFault,
} from './fault.ts'
import { LoginNeeded } from './oauth/errors.ts'
import { endByStatus, errorIn } from './session-end.ts'

export interface Sent extends Pick<RemoteFacts, 'serverId' | 'hasCredentials' | 'scopesAreLimited'> {
  /** Undefined for what isn't a request, or is one that nobody waits for. */
  readonly method: string | undefined
  readonly id?: number | string
  /** Something of it may have reached the server, and hasn't been turned away. */
  readonly left: boolean
  /** It has been turned away before. */
  readonly refused?: boolean
  /** That of the server. Where a refusal may be about it, a ping tells: it has `ended` when the ping was told the same. */
  readonly session: SessionKept | 'alive' | 'ended'
  /** It is by Streamable HTTP, and servers.yaml doesn't say of which kind the server is. */
  readonly mayBeSse: boolean
}

/** `unnamed`: a server that has no id for it may still know who has shaken hands with it. */
export type SessionKept = 'none' | 'unnamed' | 'in use'

/** `why` ends the sentence "it answered …", or of what did not run one that begins with the server's id. */
export type FailedReply = Failing & { readonly why: string }

export interface ReplyVerdict {
  /** The request ends with it; the sender gets an error where there is none, and when the server is lost. */
  readonly answer?: FailedReply
  /** The request ends with the server's own error, a message of JSON-RPC. */
  readonly error?: JsonObject
  /** The server is lost, and with it all that is under way; ends a sentence that begins with its id. */
  readonly lost?: string
  /** Nothing new can be sent on this connection. */
  readonly over?: Parted
  /** Whether it is about the session has to be asked by a ping; then there is a verdict. */
  readonly doubts?: true
  /** The fault says why the server can't be used. */
  readonly isWhyNot?: true
  /** Before all that, it may be spoken to by the older transport. */
  readonly triesSse?: true
}

const HANDSHAKE: ReadonlySet<string> = new Set(['initialize', 'server/discover'])
/** A server of the older transport knows no POST at its address (2025-11-25 basic/transports, backwards compatibility). */
const NO_POST_HERE: ReadonlySet<number> = new Set([400, 404, 405])
const NOT_ABOUT_ERA: ReadonlySet<number> = new Set([401, 403, 407, 429])
/** A gateway between us and the server answers with these. */
const NOT_ITS_OWN: ReadonlySet<number> = new Set([401, 403, 407])

export const SESSION_ENDED: Parted = { why: 'has ended the session', again: 'now' }

export function verdictOn(fault: RemoteFault, sent: Sent): ReplyVerdict {
  const { method } = sent
  const lost = fault.kind === 'lost' ? { lost: fault.why } : {}
  if (method === undefined) return { ...lost, ...onNews(fault, sent) }
  if (HANDSHAKE.has(method)) return { ...lost, ...whileConnecting(method, fault, sent) }
  const verdict = { ...lost, ...onRequest(fault, sent) }
  if (sent.left || verdict.answer?.notRun !== undefined || verdict.doubts === true) return verdict
  return {
    ...verdict,
    answer: { ...whyUnsent(fault, sent), notRun: sent.refused === true ? 'refused' : 'unsent' },
  }
}

/** A notification, or an answer of ours: nobody waits, but it shows what has become of the session. */
function onNews(fault: RemoteFault, { session }: Sent): ReplyVerdict {
  if (session !== 'in use' || fault.kind !== 'status') return {}
  return endByStatus(fault.status, fault.text) === 'certain' ? { over: SESSION_ENDED } : {}
}

function whileConnecting(method: string, fault: RemoteFault, { mayBeSse, id }: Sent): ReplyVerdict {
  if (fault.kind === 'status' && isQuestionOfEra(method, fault.status)) {
    const error = errorIn(fault.text, id)
    return error === undefined ? answer(`with HTTP ${fault.status}`) : { error }
  }
  const triesSse =
    method === 'initialize' && mayBeSse && fault.kind === 'status' && NO_POST_HERE.has(fault.status)
  return { isWhyNot: true, ...(triesSse && { triesSse }) }
}

/** A server of the older era knows nothing of `server/discover`, and says so in many ways. */
function isQuestionOfEra(method: string, status: number): boolean {
  return method === 'server/discover' && status >= 400 && status < 500 && !NOT_ABOUT_ERA.has(status)
}

function onRequest(fault: RemoteFault, sent: Sent): ReplyVerdict {
  const { session, method } = sent
  const isNamed = session === 'in use' || session === 'unnamed'
  // With a login of its own it is the login that is asked about.
  const isDoubtful = fault.kind === 'told' || sent.hasCredentials
  if (isUnwelcome(fault) && isDoubtful && method !== 'ping') {
    if (isNamed) return { doubts: true }
    if (session === 'ended')
      return { answer: { ...unwelcome(fault, sent), notRun: 'session' }, over: SESSION_ENDED }
  }
  switch (fault.kind) {
    case 'lost':
      return {}
    case 'told': {
      const { why, hint } = whyUnsent(fault, sent)
      const answer: FailedReply = {
        why,
        hint,
        notRun: sent.left || sent.refused === true ? 'refused' : 'unsent',
      }
      return fault.error instanceof LoginNeeded
        ? { answer, over: { why, again: 'never', hint: fault.error.hint ?? hint }, isWhyNot: true }
        : { answer }
    }
    case 'status':
      return onStatus(fault, sent)
    case 'scope':
      return answer('answered with HTTP 403: its login does not permit this', {
        ...hintOfScope(sent),
        notRun: 'refused',
      })
    case 'not-allowed':
    case 'broken':
      return answer('with nothing, and the connection broke')
    case 'other':
      return answer('with something that is not an answer of MCP')
  }
}

/** Told where a new session doesn't help. */
function unwelcome(fault: RemoteFault, sent: Sent): Omit<FailedReply, 'notRun'> {
  if (fault.kind !== 'told') return whyUnwelcome(sent)
  const { why, hint } = whyUnsent(fault, sent)
  return { why, hint }
}

function onStatus({ status, text }: Extract<RemoteFault, { kind: 'status' }>, sent: Sent): ReplyVerdict {
  const { session, method, id } = sent
  if (status === 401) return { answer: { ...whyUnwelcome(sent), notRun: 'refused' } }
  const byStatus = session === 'none' || session === 'alive' ? 'no' : endByStatus(status, text, id)
  const end = byStatus === 'certain' && session === 'unnamed' ? 'likely' : byStatus
  if (end === 'certain' || (end === 'likely' && (session === 'ended' || method === 'ping')))
    return { answer: { why: SESSION_ENDED.why, notRun: 'session' }, over: SESSION_ENDED }
  if (end !== 'no' && session !== 'ended' && method !== 'ping') return { doubts: true }
  const error = NOT_ITS_OWN.has(status) ? undefined : errorIn(text, id)
  return error === undefined ? answer(`with HTTP ${status}`) : { error }
}

function answer(why: string, failing: Failing = {}): ReplyVerdict {
  return { answer: { why, ...failing } }
}
