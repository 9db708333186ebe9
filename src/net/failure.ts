/**
 * The errors of a request that got no reply. Each has a code, because a code may be shown and a message may not (it
 * can hold what a peer sent). The codes are Node's, and these of our own:
 *
 * - `ADDRESS_NOT_ALLOWED`: the request was not made, the place is not one to go to (NotAllowedError).
 * - `PROXY_…`: the proxy failed, or could not be reached. `PROXY_URL_NOT_UNDERSTOOD`: its variable is no address.
 * - `ETIMEDOUT`: no connection, or no head of an answer, within the time for it.
 * - `ECANCELED`: the client is closed.
 * - `BODY_TOO_LARGE`, `ENCODING_NOT_UNDERSTOOD`: the answer's body.
 */
import { systemErrorCode } from '../errors.ts'
import type { AddressKind } from './address.ts'

/** The request was not made: the place is not one to go to. */
export class NotAllowedError extends Error {
  readonly code = 'ADDRESS_NOT_ALLOWED'
  readonly host: string
  readonly why: 'plain-http' | 'credentials' | AddressKind

  constructor(host: string, why: NotAllowedError['why']) {
    super(`not allowed (${why})`)
    this.host = host
    this.why = why
  }
}

export function coded(code: string): Error {
  return Object.assign(new Error('the request failed'), { code })
}

/** The code of a failure; Node wraps the system's error, sometimes twice (one for each address that it tried). */
export function failureCode(error: unknown): string {
  for (let at: unknown = error, depth = 0; depth < 4 && at instanceof Error; depth++) {
    const code = systemErrorCode(at)
    if (code !== undefined) return code
    at = at instanceof AggregateError ? at.errors[0] : at.cause
  }
  return 'network error'
}

/** Whether a code says that the peer's certificate is not trusted, or that it speaks no TLS that we take. */
export function isTlsFailure(code: string): boolean {
  return /CERT|SIGN|SSL|TLS|ISSUER/.test(code)
}

export function isProxyFailure(code: string): boolean {
  return code.startsWith('PROXY')
}
