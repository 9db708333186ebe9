/**
 * Asking a back end, and its answer as facts. Nothing but a 2xx body leaves this file; an error's body, which can echo
 * what was sent, is looked through for words that the caller knows and dropped. Redirects are not followed, so neither a
 * credential nor a token goes to a second host. What may have an effect goes on a connection of its own and is sent
 * once; the signal covers all of a request, to the end of the body.
 */
import type { IncomingMessage } from 'node:http'
import { ANYWHERE, type Reach } from '../../../net/address.ts'
import { wholeBody } from '../../../net/body.ts'
import { openHttpClient, type HttpClient } from '../../../net/client.ts'
import { failureCode } from '../../../net/failure.ts'
import { parseRetryAfter } from '../../../net/retry-after.ts'
import { trusting, type Trust } from '../../../net/trust.ts'
import { readText, resolvePath } from '../../text/read-text.ts'
import type { Settings } from '../settings.ts'

const MAX_BODY_BYTES = 16 * 1024 * 1024
/** A cloud's machine asks for its own identity at a link-local address. Other addresses are checked when a store opens. */
const PLAIN: Reach = new Set(['loopback', 'link-local'])

export interface StoreReply {
  /** Absent when there was no complete answer. */
  readonly status?: number
  /** Of a 2xx answer only. */
  readonly body?: string
  readonly etag?: string
  /** The peer's clock in epoch milliseconds, in whole seconds. */
  readonly serverTime?: number
  /** At most an hour; see net/retry-after.ts. */
  readonly retryAfterMs?: number
  /** Which of the words that were looked for an error's body says. */
  readonly told?: readonly string[]
  /** Why there was no complete answer, as a code. */
  readonly failure?: string
  /** Without a complete answer: nothing of the request has left, so nothing can have come of it. */
  readonly unsent?: boolean
}

/** What may be looked for in an error's body, by the name under which it is told. */
export type Words = Readonly<Record<string, RegExp>>

export interface Sending {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Of a GET that makes something, as a lease. */
  readonly hasEffect?: true
}

/** Never rejects, except with the signal's reason. */
export type Send = (
  url: string | URL,
  sending: Sending,
  signal: AbortSignal,
  words?: Words,
) => Promise<StoreReply>

/** With the certificate authority that a store names. What it opens ends with the store. */
export async function senderFor(settings: Settings, caCert?: string): Promise<Send> {
  const { env } = settings.context
  const trust = caCert === undefined ? undefined : await trustOf(settings, caCert)
  const client = openHttpClient({ reach: ANYWHERE, plain: PLAIN, env, trust, fresh: 'effects' })
  settings.onClose(() => client.close())
  return senderBy(client)
}

async function trustOf(settings: Settings, caCert: string): Promise<Trust> {
  const file = await settings.withEnvironment('caCert', caCert)
  const trust = trusting(await readText(resolvePath(file, settings.context.baseDir)))
  if (trust !== undefined) return trust
  throw settings.problem('caCert', 'is not a certificate in PEM form', {
    hint: 'name the file of your certificate authority that begins with -----BEGIN CERTIFICATE-----',
  })
}

function senderBy(client: HttpClient): Send {
  return async (url, { method = 'GET', headers = {}, body, hasEffect }, signal, words) => {
    let left = false
    try {
      signal.throwIfAborted()
      const onLeaving = (): void => void (left = true)
      const request = { url: new URL(url), method, headers, body, hasEffect, signal, onLeaving }
      const { message, body: answer } = await client.send(request)
      return report(message, await wholeBody(answer, MAX_BODY_BYTES), words)
    } catch (error) {
      signal.throwIfAborted()
      return { failure: failureCode(error), unsent: !left }
    }
  }
}

function report({ statusCode = 0, headers }: IncomingMessage, text: string, words: Words = {}): StoreReply {
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
