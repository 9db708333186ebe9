/**
 * How a request gets to a back end, told as facts. Node's fetch takes neither a certificate authority nor (in Node 20)
 * a proxy, so this speaks through node:https. Nothing but a 2xx body leaves this file; an error's body, which can
 * echo what was sent, is looked through for words that the caller knows and dropped. Redirects are not followed,
 * so neither a credential nor a token goes to a second host. A request is sent once, on a connection of its own, and
 * the signal covers all of it, to the end of the body.
 */
import { X509Certificate } from 'node:crypto'
import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import { connect as connectTls, rootCertificates } from 'node:tls'
import { systemErrorCode } from '../../../errors.ts'
import { readText, resolvePath } from '../../read-text.ts'
import { bareHost, proxyFor, tunnel } from './proxy.ts'
import { parseRetryAfter } from './retry-after.ts'
import type { Settings } from '../settings.ts'

const MAX_BODY_BYTES = 16 * 1024 * 1024

export interface Reply {
  /** Absent when there was no complete answer. */
  readonly status?: number
  /** Of a 2xx answer only. */
  readonly body?: string
  readonly etag?: string
  /** The peer's clock in epoch milliseconds, in whole seconds. */
  readonly serverTime?: number
  /** At most an hour; see retry-after.ts. */
  readonly retryAfterMs?: number
  /** Which of the words that were looked for an error's body says. */
  readonly told?: readonly string[]
  /** A network failure, as Node's code for it. */
  readonly failure?: string
}

/** What may be looked for in an error's body, by the name under which it is told. */
export type Words = Readonly<Record<string, RegExp>>

/** Never rejects, except with the signal's reason. */
export type Send = (
  url: string | URL,
  init: RequestInit,
  signal: AbortSignal,
  words?: Words,
) => Promise<Reply>

export interface Route {
  /** Certificates (PEM) trusted beside Node's own. */
  readonly ca?: string
  /** Where the proxy's variables are. */
  readonly env: NodeJS.ProcessEnv
}

export function sender(route: Route): Send {
  return async (url, init, signal, words) => {
    try {
      signal.throwIfAborted()
      const request = new Request(url, init)
      const body = await request.text()
      const response = await answerOf(await start(request, body, route, signal), body)
      return report(response, await readBounded(response), words)
    } catch (error) {
      signal.throwIfAborted()
      return { failure: failureCode(error) }
    }
  }
}

/** With the certificate authority that a store names. */
export async function senderFor(settings: Settings, caCert: string | undefined): Promise<Send> {
  const { env, baseDir } = settings.context
  if (caCert === undefined) return sender({ env })
  const ca = await readText(resolvePath(await settings.withEnvironment('caCert', caCert), baseDir))
  if (isCertificate(ca)) return sender({ env, ca })
  throw settings.problem('caCert', 'is not a certificate in PEM form', {
    hint: 'name the file of your certificate authority that begins with -----BEGIN CERTIFICATE-----',
  })
}

async function start(
  request: Request,
  body: string,
  { ca, env }: Route,
  signal: AbortSignal,
): Promise<ClientRequest> {
  const url = new URL(request.url)
  const host = bareHost(url)
  const length = request.method === 'GET' ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  const common = {
    hostname: host,
    port: url.port,
    path: url.pathname + url.search,
    method: request.method,
    headers: { 'user-agent': 'sidemux', ...Object.fromEntries(request.headers), ...length },
    signal,
  }
  if (url.protocol === 'http:') return requestHttp({ ...common, agent: false })
  const trust = ca === undefined ? {} : { ca: [...rootCertificates, ca] }
  const proxy = proxyFor(url, env)
  if (proxy === undefined) return requestHttps({ ...common, ...trust, agent: false })
  const socket = await tunnel(proxy, url, signal)
  const name = isIP(host) === 0 ? { servername: host } : {}
  return requestHttps({ ...common, createConnection: () => connectTls({ socket, host, ...name, ...trust }) })
}

function answerOf(request: ClientRequest, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve)
    // It stays on: what goes wrong later shows as a body that breaks off.
    request.on('error', reject)
    request.end(body)
  })
}

function report({ statusCode = 0, headers }: IncomingMessage, text: string, words: Words = {}): Reply {
  const ok = statusCode >= 200 && statusCode < 300
  const date = Date.parse(headers.date ?? '')
  const serverTime = Number.isNaN(date) ? undefined : date
  const retryAfterMs = parseRetryAfter(headers['retry-after'], { serverTime })
  return {
    status: statusCode,
    ...(ok ? { body: text } : { told: Object.keys(words).filter((name) => words[name]?.test(text)) }),
    ...(headers.etag === undefined ? {} : { etag: headers.etag }),
    ...(serverTime === undefined ? {} : { serverTime }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
}

async function readBounded(response: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response) {
    const bytes = chunk as Uint8Array
    length += bytes.length
    if (length > MAX_BODY_BYTES) throw Object.assign(new Error('too long'), { code: 'BODY_TOO_LARGE' })
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Node wraps the system's error, sometimes twice (one for each address tried). */
export function failureCode(error: unknown): string {
  for (let at: unknown = error, depth = 0; depth < 4 && at instanceof Error; depth++) {
    const code = systemErrorCode(at)
    if (code !== undefined) return code
    at = at instanceof AggregateError ? at.errors[0] : at.cause
  }
  return 'network error'
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== ''
  } catch {
    return false
  }
}
