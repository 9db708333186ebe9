/**
 * Says in our words what a failed request to a remote server means. Pure. Errors of Node and of the peer are
 * sorted by kind and never quoted.
 */
import { SidemuxError, systemErrorCode } from '../../errors.ts'
import type { Failing } from '../link/request-end.ts'
import { HttpRefusal, ScopeMissing } from './http/refusal.ts'
import { LoginNeeded, NO_LOGIN } from './oauth/errors.ts'
import { isProxyFailure, isTlsFailure, NotAllowedError } from '../../net/failure.ts'

export type RemoteFault =
  /** The server can't be reached, or the connection to it is over. `why` ends a sentence that begins with its id. */
  | { readonly kind: 'lost'; readonly why: string; readonly code: string }
  /** It answered, and refused. */
  | { readonly kind: 'status'; readonly status: number; readonly text: string }
  /** Already told in our words, e.g. that it needs a login. */
  | { readonly kind: 'told'; readonly error: SidemuxError }
  | { readonly kind: 'not-allowed'; readonly error: NotAllowedError }
  | { readonly kind: 'scope' }
  /** The connection broke while it was made, or while an answer was awaited. */
  | { readonly kind: 'broken' }
  | { readonly kind: 'other' }

/** By these the server is away; by others only this one connection. */
const UNREACHED =
  /^(ECONNREFUSED|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ETIMEDOUT|ENETDOWN|EHOSTDOWN|EPROTO)/

export function faultOf(error: unknown): RemoteFault {
  for (let at: unknown = error, depth = 0; depth < 6 && at instanceof Error; depth++) {
    const fault = faultIn(at)
    if (fault !== undefined) return fault
    at = at instanceof AggregateError ? at.errors[0] : at.cause
  }
  return { kind: 'other' }
}

function faultIn(error: Error): RemoteFault | undefined {
  if (error instanceof NotAllowedError) return { kind: 'not-allowed', error }
  if (error instanceof SidemuxError) return { kind: 'told', error }
  if (error instanceof ScopeMissing) return { kind: 'scope' }
  if (error instanceof HttpRefusal) return { kind: 'status', status: error.status, text: error.text }
  const code = systemErrorCode(error)
  if (code === undefined) return undefined
  return UNREACHED.test(code) || isProxyFailure(code) || isTlsFailure(code)
    ? { kind: 'lost', why: `can't be reached (${code})`, code }
    : { kind: 'broken' }
}

/** 401 to whoever has no login there; so some servers turn away a session that they don't know. */
export function isUnwelcome(fault: RemoteFault): boolean {
  if (fault.kind === 'told') return fault.error instanceof LoginNeeded && fault.error.why === NO_LOGIN
  return fault.kind === 'status' && fault.status === 401
}

/** What a person can do about it. */
export function hintOfLoss({ code }: Extract<RemoteFault, { kind: 'lost' }>, serverId: string): string {
  return hintFor(code, serverId) ?? `check the url of ${serverId} in servers.yaml, and the network`
}

export interface RemoteFacts {
  readonly serverId: string
  /** Name and port, which is what may be shown of a URL. */
  readonly host: string
  /** servers.yaml has credentials for it. */
  readonly hasCredentials: boolean
  /** servers.yaml says which scopes a login may have. */
  readonly scopesAreLimited: boolean
}

/** As a start that failed is told. Undefined when the fault isn't one of reaching or being let in. */
export function whyNotConnected(fault: RemoteFault, asked: RemoteFacts): SidemuxError | undefined {
  const { serverId, host } = asked
  switch (fault.kind) {
    case 'told':
      return fault.error
    case 'not-allowed':
      return refusal(`${quoted(serverId)} is at ${host}, ${WHY_NOT[fault.error.why]}`, NOT_ALLOWED_HINT)
    case 'lost':
      return new Unreachable(`${quoted(serverId)} ${fault.why} at ${host}.`, {
        hint: hintFor(fault.code, serverId) ?? itIsTriedAgain(serverId),
      })
    case 'status':
      return whyRefused(fault.status, asked)
    case 'scope':
      return refusal(
        `the login of ${quoted(serverId)} does not permit what it is asked for.`,
        `run "sidemux login ${serverId}", which asks for what it lacks`,
      )
    case 'broken':
      return new Unreachable(`${quoted(serverId)} broke off the connection.`, { hint: CHECK_SERVICE })
    case 'other':
      return new Unreachable(`${quoted(serverId)} answered with something that is not MCP, at ${host}.`, {
        hint: `check the url of ${serverId}; many end in /mcp or /sse, and a network may want a login first`,
      })
  }
}

/** As a call is told of which nothing has left; `why` ends a sentence that begins with the server's id. */
export function whyUnsent(fault: RemoteFault, { serverId }: Pick<RemoteFacts, 'serverId'>): Unsent {
  switch (fault.kind) {
    case 'told':
      return fault.error instanceof LoginNeeded
        ? unsent(fault.error.why, `Run "sidemux login ${serverId}".`)
        : unsent("has a login that can't be refreshed now", sentence(fault.error.hint ?? CHECK_SERVICE))
    case 'not-allowed':
      return unsent(
        `is at an address ${WHY_NOT[fault.error.why].replace(/\.$/, '')}`,
        sentence(NOT_ALLOWED_HINT),
      )
    case 'lost':
      return unsent(fault.why, sentence(hintFor(fault.code, serverId) ?? itIsTriedAgain(serverId)))
    case 'broken':
      return unsent('broke off the connection while it was made', TRY_AGAIN)
    default:
      return unsent("can't be reached", TRY_AGAIN)
  }
}

/** The same for those that had not left when the server was lost. */
export function unsentSince(why: string): Unsent {
  return unsent(why, TRY_AGAIN)
}

/** What helps where a login permits too little. */
export function hintOfScope({ serverId, hasCredentials, scopesAreLimited }: Who): Failing {
  if (hasCredentials) return { hint: `Check "headers" of ${serverId}: its key may do too little.` }
  const login = `un "sidemux login ${serverId}", which asks for what it lacks.`
  return {
    hint: scopesAreLimited
      ? `Add what it lacks to oauth.scopes of ${serverId} in servers.yaml, then r${login}`
      : `R${login}`,
  }
}

/** As a call is told that was turned away by 401; `why` ends a sentence that begins with the server's id. */
export function whyUnwelcome({ serverId, hasCredentials }: Who): { why: string; hint: string } {
  return hasCredentials
    ? {
        why: 'does not accept the credentials that it was given (HTTP 401)',
        hint: `Check "headers" of ${serverId}, and whether its key is still valid.`,
      }
    : {
        why: 'does not accept the token of its login (HTTP 401)',
        hint: `Run "sidemux login ${serverId}".`,
      }
}

type Who = Pick<RemoteFacts, 'serverId' | 'hasCredentials' | 'scopesAreLimited'>

export interface Unsent extends Failing {
  readonly why: string
  readonly hint: string
}

function unsent(why: string, hint: string): Unsent {
  return { why, hint, notRun: 'unsent' }
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`
}

const TRY_AGAIN = 'Try again in a few seconds.'
const CHECK_SERVICE = 'check the status page of the service, and the network; it is tried again'
const NOT_ALLOWED_HINT =
  'write an https address without credentials as its url, and put credentials into "headers"'

const WHY_NOT: Readonly<Record<NotAllowedError['why'], string>> = {
  'plain-http': 'which is neither https nor this machine.',
  credentials: 'with credentials in its address.',
  private: 'in a private network.',
  loopback: 'on this machine.',
  'link-local': 'which is link-local.',
  unusable: 'which is no address to go to.',
  public: 'by a name that should be this machine and is not.',
}

/** It may pass. */
class Unreachable extends SidemuxError {
  readonly retryable = true
}

function refusal(message: string, hint: string): SidemuxError {
  return new SidemuxError(message, { hint })
}

function whyRefused(status: number, asked: RemoteFacts): SidemuxError {
  const { serverId, host } = asked
  const who = quoted(serverId)
  if (status === 401) {
    const { why, hint } = whyUnwelcome(asked)
    return refusal(`${who} ${why}.`, hint.charAt(0).toLowerCase() + hint.slice(1).replace(/\.$/, ''))
  }
  if (status === 403)
    return refusal(
      `${who} denies access (HTTP 403).`,
      `check what the account or the key of ${serverId} may do`,
    )
  if (status === 404 || status === 405) {
    return refusal(
      `at the address of ${who} on ${host} there is no MCP server (HTTP ${status}).`,
      `check the url of ${serverId}; many end in /mcp or /sse`,
    )
  }
  if (status >= 300 && status < 400) {
    return refusal(
      `${who} sends its callers to another address (HTTP ${status}), which is not followed.`,
      `write the address where it is now as the url of ${serverId}`,
    )
  }
  const message = `${who} answered with HTTP ${status} while connecting.`
  if (status >= 500 || status === 408 || status === 429)
    return new Unreachable(message, { hint: CHECK_SERVICE })
  return refusal(message, `check url and headers of ${serverId}`)
}

function hintFor(code: string, serverId: string): string | undefined {
  if (code === 'PROXY_ANSWERED_407')
    return 'write name and password into HTTPS_PROXY where the host starts sidemux, as http://name:password@proxy:port'
  if (isProxyFailure(code)) return 'check HTTPS_PROXY and NO_PROXY where the host starts sidemux'
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `its certificate is for another name; check the host name in the url of ${serverId}`
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return 'its certificate is not valid now; check the clock of this machine, and ask whoever runs the server to renew it'
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return `it does not speak TLS as it is used today; check scheme and port in the url of ${serverId}`
  if (isTlsFailure(code))
    return `if a certificate authority of your own signs for it, name its file as caCert of ${serverId} in servers.yaml`
  return undefined
}

function itIsTriedAgain(serverId: string): string {
  return `check the url of ${serverId} and the network; it is tried again`
}

function quoted(serverId: string): string {
  return `"${serverId}"`
}
