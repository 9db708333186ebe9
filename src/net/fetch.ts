/** The client (client.ts) as a `fetch`, for libraries that bring their requests so. */
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { HttpClient } from './client.ts'
import { codingOf } from './decoding.ts'
import { checkUrl } from './reach.ts'

export interface FetchOptions {
  /** From the request to the head of the answer; for those that aren't awaited by somebody with a clock. */
  readonly headMs?: number
}

/** A redirect comes back as it is, whatever `redirect` says. */
export type ClientFetch = (url: string | URL, init?: RequestInit, onLeaving?: () => void) => Promise<Response>

export function fetchOver(client: HttpClient, { headMs }: FetchOptions = {}): ClientFetch {
  return async (input, init = {}, onLeaving) => {
    const url = new URL(input)
    // A Request refuses credentials in words that repeat them.
    checkUrl(url)
    const request = new Request(url, init)
    const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer())
    const { message, body: answer } = await client.send({
      url,
      method: request.method,
      headers: Object.fromEntries(request.headers),
      body,
      // The caller's own signal: one that a Request derives may be collected before it fires (Node 20).
      signal: init.signal ?? undefined,
      headMs,
      onLeaving,
    })
    return responseOf(message, answer, request.method)
  }
}

/** Statuses that `Response` takes no body for. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304])

function responseOf(message: IncomingMessage, body: Readable, method: string): Response {
  const status = message.statusCode ?? 0
  const headers = headersOf(message)
  if (BODILESS.has(status) || method === 'HEAD') {
    body.resume()
    return new Response(null, { status, headers })
  }
  return new Response(Readable.toWeb(body) as ReadableStream<Uint8Array>, {
    status: status >= 200 && status <= 599 ? status : 502,
    headers,
  })
}

/** As they came; those that speak of a packed body only where it is handed on as it came. */
function headersOf(message: IncomingMessage): Headers {
  const { rawHeaders } = message
  const headers = new Headers()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
  }
  if (codingOf(message) !== undefined) {
    headers.delete('content-encoding')
    headers.delete('content-length')
  }
  return headers
}
