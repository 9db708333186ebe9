/**
 * The fetch for what a server names for its login: it goes only where a login may go (address.ts), each answer is read
 * whole and bounded in size and time, and no connection is left behind.
 */
import type { FetchLike } from '@modelcontextprotocol/client'
import { reachOfLogin } from './address.ts'
import { readSome } from './intake.ts'
import { kindsOf, openRoute } from './route.ts'

const HEAD_MS = 15_000
const BODY_MS = 10_000
const MAX_BYTES = 1024 * 1024

export interface GuardOptions {
  /** The server's own address: what kind of place it is in is open to its login too. */
  readonly url: URL
  readonly allowPrivate: boolean
  readonly env: NodeJS.ProcessEnv
}

export function guardedFetch({ url, allowPrivate, env }: GuardOptions): FetchLike {
  return async (target, init) => {
    const reach = reachOfLogin(await kindsOf(url), allowPrivate)
    const route = openRoute({ reach, env, headMs: HEAD_MS })
    try {
      const response = await route.fetch(target, init)
      const { status, statusText, headers, body } = response
      if (body === null) return response
      const text = await readSome(body, { bytes: MAX_BYTES, ms: BODY_MS })
      return new Response(text, { status, statusText, headers: bare(headers) })
    } finally {
      route.close()
    }
  }
}

function bare(headers: Headers): Headers {
  const copy = new Headers(headers)
  for (const name of ['content-length', 'content-encoding', 'transfer-encoding']) copy.delete(name)
  return copy
}
