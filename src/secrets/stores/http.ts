/**
 * HTTP to a back end: one exchange a call, told as facts. Only a 2xx body and the few headers that matter leave this
 * file; an error's body can echo what was sent and is dropped. Redirects are not followed, so no credential goes
 * to a second host, and nothing secret crosses a network in clear. The signal covers the body.
 */
import { systemErrorCode } from '../../errors.ts'
import { StoreError } from '../store.ts'
import type { Settings } from './settings.ts'

const MAX_BODY_BYTES = 16 * 1024 * 1024

export interface Reply {
  /** Absent when there was no complete answer. */
  readonly status?: number
  /** Of a 2xx answer only. */
  readonly body?: string
  readonly etag?: string
  readonly retryAfterMs?: number
  /** A network failure, as Node's code for it. */
  readonly failure?: string
}

/** Whom an error speaks of: `Doppler at https://api.doppler.com`, and the setting to look at. */
export interface BackEnd {
  readonly name: string
  readonly site: string
  readonly setting: string
}

/** Never rejects, except with the signal's reason. */
export async function send(url: string | URL, init: RequestInit, signal: AbortSignal): Promise<Reply> {
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal })
    const text = await readBounded(response)
    const etag = response.headers.get('etag')
    const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'))
    return {
      status: response.status,
      ...(response.ok ? { body: text } : {}),
      ...(etag === null ? {} : { etag }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    }
  } catch (error) {
    signal.throwIfAborted()
    return { failure: failureCode(error) }
  }
}

/** What a reply without a usable answer means, as far as it is the same everywhere. */
export function explain({ status, retryAfterMs, failure }: Reply, backEnd: BackEnd): StoreError {
  const { name, site, setting } = backEnd
  const who = `${name} at ${site}`
  if (status === undefined) {
    return new StoreError('unavailable', `${who} can't be reached (${failure ?? 'unknown error'})`, {
      hint: /CERT|SIGNED|SSL|TLS/.test(failure ?? '')
        ? 'set NODE_EXTRA_CA_CERTS to the file with your certificate authority where the host starts sidemux'
        : `check ${setting} and the network`,
      retryable: true,
    })
  }
  if (status === 429 || (status >= 500 && retryAfterMs !== undefined)) {
    return new StoreError('rate_limited', `${who} limits how often it may be asked (HTTP ${status})`, {
      hint: 'wait a minute and start the server again',
      retryable: true,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    })
  }
  if (status >= 500) {
    return new StoreError('unavailable', `${who} failed (HTTP ${status})`, {
      hint: 'check its status page',
      retryable: true,
    })
  }
  if (status >= 300 && status < 400) return notThem(backEnd, `redirects (HTTP ${status})`)
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
export function checkUrl(text: string, settings: Settings, key: string, example: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw settings.problem(key, 'is not the URL of a server', { hint: `write it as ${example}` })
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw settings.problem(key, 'would send secrets unencrypted over the network', {
      hint: `write https://${url.host}`,
    })
  }
  return url.origin + url.pathname.replace(/\/+$/, '')
}

export function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array
    length += bytes.length
    if (length > MAX_BODY_BYTES) throw Object.assign(new Error('too long'), { code: 'BODY_TOO_LARGE' })
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Seconds or a date (RFC 9110 10.2.3). */
function parseRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}

/** fetch wraps the system's error, sometimes twice (one for each address tried). */
export function failureCode(error: unknown): string {
  for (let at: unknown = error, depth = 0; depth < 4 && at instanceof Error; depth++) {
    const code = systemErrorCode(at)
    if (code !== undefined) return code
    at = at instanceof AggregateError ? at.errors[0] : at.cause
  }
  return 'network error'
}
