/**
 * HTTP to Infisical: one exchange a call, told as facts. Nothing but a 2xx body leaves this file; an error's
 * body, which can echo what was sent, is looked at for one word (`TokenError`) and dropped. Redirects are not
 * followed, so neither a credential nor a token goes to a second host. The signal covers the body.
 */
import { systemErrorCode } from '../../errors.ts'
import { StoreError } from '../store.ts'

const MAX_BODY_BYTES = 16 * 1024 * 1024

export interface Exchange {
  /** Absent when there was no complete answer. */
  readonly status?: number
  /** Of a 2xx answer only. */
  readonly body?: string
  readonly retryAfterMs?: number
  /** Infisical's 403 for a token that is expired or malformed, unlike its 403 for a missing permission. */
  readonly tokenError?: boolean
  /** A network failure, as Node's code for it. */
  readonly failure?: string
}

/** Never rejects, except with the signal's reason. */
export async function exchange(
  url: string | URL | Request,
  init: RequestInit,
  signal: AbortSignal,
  send: typeof fetch = fetch,
): Promise<Exchange> {
  try {
    const response = await send(url, { ...init, redirect: 'manual', signal })
    const text = await readBounded(response)
    const { status } = response
    const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'))
    return {
      status,
      ...(response.ok ? { body: text } : { tokenError: /"error"\s*:\s*"TokenError"/.test(text) }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    }
  } catch (error) {
    signal.throwIfAborted()
    return { failure: failureCode(error) }
  }
}

/** What an exchange without a usable answer means. `site` is the base URL, which holds no secret. */
export function explainExchange({ status, retryAfterMs, failure }: Exchange, site: string): StoreError {
  if (status === undefined) {
    return new StoreError(
      'unavailable',
      `Infisical at ${site} can't be reached (${failure ?? 'unknown error'})`,
      {
        hint: /CERT|SIGNED|SSL|TLS/.test(failure ?? '')
          ? 'set NODE_EXTRA_CA_CERTS to the file with your certificate authority where the host starts sidemux'
          : 'check siteUrl and the network',
        retryable: true,
      },
    )
  }
  // Older servers answer 500 with retry-after where newer ones answer 429.
  if (status === 429 || (status >= 500 && retryAfterMs !== undefined)) {
    const message = `Infisical at ${site} limits how often it may be asked (HTTP ${status})`
    const options = { hint: 'wait a minute and start the server again', retryable: true }
    return new StoreError(
      'rate_limited',
      message,
      retryAfterMs === undefined ? options : { ...options, retryAfterMs },
    )
  }
  if (status >= 500) {
    return new StoreError('unavailable', `Infisical at ${site} failed (HTTP ${status})`, {
      hint: 'check its status page or its own log',
      retryable: true,
    })
  }
  if (status >= 300 && status < 400) return notInfisical(site, `redirects (HTTP ${status})`)
  return new StoreError('unavailable', `Infisical at ${site} refused the request (HTTP ${status})`, {
    hint: 'check projectId, environment and siteUrl of the store',
  })
}

/** Something else answers there: a captive portal, a proxy's login page, another site. */
export function notInfisical(site: string, how: string): StoreError {
  return new StoreError('unavailable', `${site} ${how} and does not answer as Infisical does`, {
    hint: 'check siteUrl, and whether a proxy or a login page stands between',
  })
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
function failureCode(error: unknown): string {
  for (let at: unknown = error, depth = 0; depth < 4 && at instanceof Error; depth++) {
    const code = systemErrorCode(at)
    if (code !== undefined) return code
    at = at instanceof AggregateError ? at.errors[0] : at.cause
  }
  return 'network error'
}
