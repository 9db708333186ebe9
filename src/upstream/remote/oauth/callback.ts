/**
 * Receives the browser with the answer of the authorization server, on 127.0.0.1, a free port and one path (RFC 8252,
 * 7.3). Only the answer that carries our `state` counts; whatever else knocks is told nothing and doesn't end the
 * waiting. The answer is taken once.
 */
import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SidemuxError, systemErrorCode } from '../../../errors.ts'
import { parsedUrl } from '../../../parsed-url.ts'

const PATH = '/callback'
const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

export interface Callback {
  readonly redirectUrl: string
  /** The parameters of the answer; rejects when the signal fires before it has come. */
  answer(signal: AbortSignal): Promise<URLSearchParams>
  close(): Promise<void>
}

export async function openCallback(state: string, port = 0): Promise<Callback> {
  let take: ((parameters: URLSearchParams) => void) | undefined
  const answered = new Promise<URLSearchParams>((resolve) => {
    take = resolve
  })
  const server = createServer((request, response) => {
    const parameters = parametersOf(request, ownHost())
    if (parameters === undefined) return end(response, 404, 'There is nothing here.')
    if (!isSame(parameters.get('state') ?? '', state))
      return end(response, 400, 'This is not the login that sidemux began.')
    end(
      response,
      200,
      'sidemux has the answer; what came of it is said in the terminal. You can close this page.',
    )
    take?.(parameters)
  })
  const ownHost = (): string => `127.0.0.1:${(server.address() as AddressInfo | null)?.port ?? 0}`
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(notOpened(port, systemErrorCode(error))))
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    redirectUrl: `http://${ownHost()}${PATH}`,
    answer: (signal) =>
      new Promise((resolve, reject) => {
        const onAbort = (): void =>
          reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
        if (signal.aborted) onAbort()
        signal.addEventListener('abort', onAbort, { once: true })
        void answered.then(resolve)
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Undefined for a request that isn't the browser's return; another name for this address isn't ours. */
function parametersOf(
  { method, url = '', headers }: IncomingMessage,
  ownHost: string,
): URLSearchParams | undefined {
  if (method !== 'GET' || headers.host !== ownHost) return undefined
  const target = parsedUrl(url, 'http://callback')
  return target?.pathname === PATH ? target.searchParams : undefined
}

function end(response: ServerResponse, status: number, words: string): void {
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>sidemux</title><p>${words}</p></html>`
  response.writeHead(status, { ...PAGE_HEADERS, connection: 'close' }).end(page)
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function notOpened(port: number, code: string | undefined): SidemuxError {
  return new SidemuxError(
    `the port ${port === 0 ? 'for the browser to come back to' : port} can't be opened (${code ?? 'unknown error'})`,
    {
      hint:
        port === 0
          ? 'allow sidemux to listen on 127.0.0.1'
          : 'end what uses it, or set another oauth.callbackPort',
    },
  )
}
