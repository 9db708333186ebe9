/**
 * The answers of a login server as the SDK wants them, those of its token endpoint above all (RFC 6749, 5.1 and 5.2). It
 * refuses one for any member that is not of its type; but the refresh token that was asked with is spent by then, so a
 * login would end for a `null`. What is not well formed and not needed is left out here: a life of no time is none that
 * is known, and the server will tell.
 */
import type { FetchLike } from '@modelcontextprotocol/client'
import { isRecord, type JsonObject } from '../../../json/record.ts'

/** Ten years; what is longer doesn't end. */
const MAX_LIFE_S = 315_360_000

export function readingTokens(fetch: FetchLike): FetchLike {
  return rewriting(fetch, tokenReply)
}

/** Metadata and registrations too: a member that is null is one that isn't there. */
export function droppingNulls(fetch: FetchLike): FetchLike {
  return rewriting(fetch, (text) => {
    const answer = parsed(text)
    if (!isRecord(answer)) return text
    return JSON.stringify(Object.fromEntries(Object.entries(answer).filter(([, value]) => value !== null)))
  })
}

function rewriting(fetch: FetchLike, rewrite: (text: string) => string): FetchLike {
  return async (url, init) => {
    const response = await fetch(url, init)
    const text = await response.text()
    const { status, statusText, headers } = response
    const hasNoBody = status === 204 || status === 205 || status === 304
    return new Response(hasNoBody ? null : rewrite(text), { status, statusText, headers })
  }
}

/** Anything else than an answer with tokens or an error of OAuth stays as it is. */
export function tokenReply(text: string): string {
  const answer = parsed(text)
  if (!isRecord(answer)) return text
  const { access_token, error, error_description } = answer
  if (isText(access_token)) return JSON.stringify(tokensIn(answer))
  if (!isText(error)) return text
  return JSON.stringify({ error, ...(isText(error_description) && { error_description }) })
}

function tokensIn({ access_token, token_type, refresh_token, scope, expires_in }: JsonObject): JsonObject {
  const scopes = Array.isArray(scope) ? scope.filter(isText).join(' ') : scope
  const seconds = typeof expires_in === 'string' ? Number(expires_in) : expires_in
  return {
    access_token,
    token_type: isText(token_type) ? token_type : 'Bearer',
    ...(isText(refresh_token) && { refresh_token }),
    ...(isText(scopes) && { scope: scopes }),
    ...(typeof seconds === 'number' && seconds > 0 && seconds <= MAX_LIFE_S && { expires_in: seconds }),
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
