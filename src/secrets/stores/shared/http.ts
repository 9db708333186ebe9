/**
 * HTTP to a back end in our words: what is sent, and what a reply without a usable answer means. How a request gets
 * there, and that neither a credential nor an error's body goes elsewhere, is transport.ts and net/. Nothing secret
 * crosses a network in clear.
 */
import { isProxyFailure, isTlsFailure } from '../../../net/failure.ts'
import { flawOf } from '../../../net/reach.ts'
import { StoreError } from '../../store.ts'
import type { Settings } from '../settings.ts'
import { parsedUrl } from '../../../parsed-url.ts'
import type { StoreReply, Sending } from './transport.ts'

export { senderFor, type StoreReply, type Send } from './transport.ts'

/** Whom an error speaks of: `Doppler at https://api.doppler.com`, and the setting to look at. */
export interface BackEnd {
  readonly name: string
  readonly site: string
  readonly setting: string
}

/** What a reply without a usable answer means, as far as it is the same everywhere. */
export function explain({ status, retryAfterMs, failure }: StoreReply, backEnd: BackEnd): StoreError {
  const { name, site, setting } = backEnd
  const who = `${name} at ${site}`
  if (status === undefined) {
    return new StoreError('unavailable', `${who} can't be reached (${failure ?? 'unknown error'})`, {
      hint: unreachableHint(failure ?? '', setting),
      retryable: true,
    })
  }
  const wish = retryAfterMs === undefined ? {} : { retryAfterMs }
  // Infisical of 2024 tells its limit so.
  if (status === 429 || (status === 500 && retryAfterMs !== undefined)) {
    return new StoreError('rate_limited', `${who} limits how often it may be asked (HTTP ${status})`, {
      hint: againHint(retryAfterMs),
      retryable: true,
      ...wish,
    })
  }
  if (status >= 500) {
    return new StoreError('unavailable', `${who} failed (HTTP ${status})`, {
      hint: 'check its status page; it is asked again by itself',
      retryable: true,
      ...wish,
    })
  }
  if (status >= 300 && status < 400) return notThem(backEnd, `redirects (HTTP ${status})`)
  if (status === 407) {
    return new StoreError('unavailable', `a proxy on the way to ${who} wants a login (HTTP 407)`, {
      hint: 'write it into HTTPS_PROXY where the host starts sidemux: http://USER:PASSWORD@HOST:PORT',
    })
  }
  if (status === 408 || status === 425) {
    return new StoreError('timeout', `${who} did not take the request in time (HTTP ${status})`, {
      hint: 'check the network; it is asked again by itself',
      retryable: true,
      ...wish,
    })
  }
  // Neither passes by itself, whoever of those on the way answered so.
  if (status === 401 || status === 403) {
    return new StoreError(status === 401 ? 'auth' : 'denied', `${who} refused the request (HTTP ${status})`, {
      hint: `check auth of the store and what its login may read, and whether a proxy stands between`,
    })
  }
  return new StoreError('unavailable', `${who} refused the request (HTTP ${status})`, {
    hint: `check ${setting} and the other settings of the store`,
  })
}

/** Something else answers there: a captive portal, a proxy's login page, another site. */
export function notThem({ name, site, setting }: BackEnd, how: string): StoreError {
  return new StoreError('unavailable', `${site} ${how} and does not answer as ${name} does`, {
    hint: `check ${setting}, and whether a proxy or a login page stands between`,
  })
}

/** The object that a 2xx body holds; undefined when it holds something else. */
export function parseObject(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(body)
    if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) return undefined
    return parsed as Record<string, unknown>
  } catch {
    return undefined
  }
}

/** A base URL without its final slash. Plain http is for this machine only. */
export function baseUrl(text: string, settings: Settings, key: string, example: string): string {
  const url = parsedUrl(text)
  const flaw = url === undefined || !/^https?:$/.test(url.protocol) ? 'no-address' : flawOf(url)
  if (url === undefined || flaw === 'no-address' || flaw === 'credentials') {
    throw settings.problem(key, 'is not the URL of a server', { hint: `write it as ${example}` })
  }
  if (flaw === 'plain-http') {
    throw settings.problem(key, 'would send secrets unencrypted over the network', {
      hint: `write https://${url.host}`,
    })
  }
  return url.origin + url.pathname.replace(/\/+$/, '')
}

/** A request with a JSON body. */
export function json(
  method: 'POST' | 'PUT' | 'DELETE',
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Sending {
  return { method, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

/** What a limit asks of people: nothing. */
export function againHint(retryAfterMs: number | undefined): string {
  return retryAfterMs === undefined
    ? 'it is asked again by itself, less and less often'
    : `it is asked again by itself in ${Math.ceil(retryAfterMs / 1000)} s`
}

/** For a request with an effect: whoever gets the error must not send it again of himself. */
export function neverRetried(
  { code, message, hint, retryAfterMs }: StoreError,
  reply: StoreReply,
): StoreError {
  return new StoreError(code, message, {
    ...(hint !== undefined && { hint }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    unheard: isUnheard(reply),
  })
}

/** A refusal and a limit say that nothing was done; a broken connection, a failure and half an answer don't. */
function isUnheard({ status, retryAfterMs, unsent }: StoreReply): boolean {
  if (status === undefined) return unsent !== true
  return (status >= 200 && status < 300) || (status >= 500 && status !== 503 && retryAfterMs === undefined)
}

function unreachableHint(failure: string, setting: string): string {
  if (isTlsFailure(failure)) {
    return 'name the file with your certificate authority: caCert: of the store where it has one, else NODE_EXTRA_CA_CERTS where the host starts sidemux'
  }
  return isProxyFailure(failure)
    ? 'check HTTPS_PROXY and NO_PROXY where the host starts sidemux'
    : `check ${setting}, the network, and HTTPS_PROXY where a proxy is needed`
}
