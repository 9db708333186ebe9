/**
 * What comes of a message that could not be sent, or was answered by HTTP instead of MCP; pure. A request ends now, in
 * our words, and not at its timeout; whether the server is lost with it depends on what it was.
 *
 * - What never left is said to have never left (fault.ts), also when the server is lost with it.
 * - While connecting nothing is made up: the SDK gets the error, from which it may tell the era, and why the server
 *   can't be used is kept for whoever asks.
 */
import type { Failing } from '../badAnswer.ts'
import { hintOfScope, whyUnsent, type Fault } from './fault.ts'
import { LoginNeeded } from './oauth/errors.ts'

export interface Sent {
  /** Undefined for what isn't a request, or is one that nobody waits for. */
  readonly method: string | undefined
  /** Something of it may have reached the server. */
  readonly left: boolean
  readonly hasSession: boolean
  /** It is by Streamable HTTP, and servers.yaml doesn't say of which kind the server is. */
  readonly mayBeSse: boolean
  readonly serverId: string
}

/** `why` ends the sentence "it answered …", or of what never left one that begins with the server's id. */
export type Answer = Failing & { readonly why: string }

export interface Verdict {
  /** The request ends with it; the sender gets an error where there is none, and when the server is lost. */
  readonly answer?: Answer
  /** The server is lost; ends a sentence that begins with its id. */
  readonly lost?: string
  /** The fault says why the server can't be used. */
  readonly isWhyNot?: true
  /** Before all that, it may be spoken to by the older transport. */
  readonly triesSse?: true
}

const HANDSHAKE: ReadonlySet<string> = new Set(['initialize', 'server/discover'])
/** A server of the older transport knows no POST at its address (2025-11-25 basic/transports, backwards compatibility). */
const NO_POST_HERE: ReadonlySet<number> = new Set([400, 404, 405])
/** 404 by the specification; 400 is what many servers say of a session that they have forgotten. */
const NO_SUCH_SESSION: ReadonlySet<number> = new Set([404, 400])
const NOT_ABOUT_ERA: ReadonlySet<number> = new Set([401, 403, 407, 429])

export function verdictOn(fault: Fault, sent: Sent): Verdict {
  const { method } = sent
  const lost = fault.kind === 'lost' ? { lost: fault.why } : {}
  if (method === undefined) return lost
  if (HANDSHAKE.has(method)) return { ...lost, ...whileConnecting(method, fault, sent) }
  const verdict = { ...lost, ...onRequest(fault, sent) }
  return sent.left ? verdict : { ...verdict, answer: whyUnsent(fault, sent) }
}

function whileConnecting(method: string, fault: Fault, { mayBeSse }: Sent): Verdict {
  if (isQuestionOfEra(method, fault)) return {}
  const triesSse =
    method === 'initialize' && mayBeSse && fault.kind === 'status' && NO_POST_HERE.has(fault.status)
  return { isWhyNot: true, ...(triesSse && { triesSse }) }
}

/** A server of the older era knows nothing of `server/discover`, and says so in many ways. */
function isQuestionOfEra(method: string, fault: Fault): boolean {
  if (method !== 'server/discover' || fault.kind !== 'status') return false
  return fault.status >= 400 && fault.status < 500 && !NOT_ABOUT_ERA.has(fault.status)
}

function onRequest(fault: Fault, sent: Sent): Verdict {
  switch (fault.kind) {
    case 'lost':
      return {}
    case 'told':
      return fault.error instanceof LoginNeeded
        ? { lost: 'lost its login', isWhyNot: true }
        : answer('with HTTP 401: its login can not be refreshed now')
    case 'status':
      return sent.hasSession && NO_SUCH_SESSION.has(fault.status)
        ? { lost: 'has ended the session' }
        : answer(`with HTTP ${fault.status}`)
    case 'scope':
      return answer('with HTTP 403: its login does not permit this', hintOfScope(sent))
    case 'not-allowed':
    case 'broken':
      return answer('with nothing, and the connection broke')
    case 'other':
      return answer('with something that is not an answer of MCP')
  }
}

function answer(why: string, failing: Failing = {}): Verdict {
  return { answer: { why, ...failing } }
}
