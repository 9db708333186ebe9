/**
 * The fetch for what a server names for its login: it goes only where a login may go (net/address.ts), each answer is
 * read whole and bounded in size and time, and no connection is left behind.
 */
import { Readable } from 'node:stream'
import { reachOfLogin } from '../../net/address.ts'
import { readSome } from '../../net/body.ts'
import { openHttpClient } from '../../net/client.ts'
import { fetchOver, type ClientFetch } from '../../net/fetch.ts'
import { kindsOf } from '../../net/reach.ts'
import type { Trust } from '../../net/trust.ts'

const HEAD_MS = 15_000
const BODY_MS = 10_000
const MAX_BYTES = 1024 * 1024

export interface GuardOptions {
  /** The server's own address: what kind of place it is in is open to its login too. */
  readonly url: URL
  readonly allowPrivate: boolean
  readonly env: NodeJS.ProcessEnv
  /** Which certificates count; Node's own authorities when absent. */
  readonly trust?: Trust | undefined
  /** From the request to the head of the answer. */
  readonly headMs?: number
}

export function guardedFetch({ url, allowPrivate, env, trust, headMs = HEAD_MS }: GuardOptions): ClientFetch {
  return async (target, init) => {
    const reach = reachOfLogin(await kindsOf(url), allowPrivate)
    const client = openHttpClient({ reach, env, trust })
    try {
      const response = await fetchOver(client, { headMs })(target, init)
      const { status, statusText, headers, body } = response
      if (body === null) return response
      const text = await readSome(Readable.fromWeb(body), { bytes: MAX_BYTES, ms: BODY_MS })
      return new Response(text, { status, statusText, headers: bare(headers) })
    } finally {
      client.close()
    }
  }
}

function bare(headers: Headers): Headers {
  const copy = new Headers(headers)
  for (const name of ['content-length', 'transfer-encoding']) copy.delete(name)
  return copy
}
