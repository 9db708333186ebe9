/**
 * Scopes as servers name them; pure. They come from a peer, so only what RFC 6749 (3.3) calls a scope counts, which is
 * printable ASCII without spaces, quotes and backslashes; and of a peer that asks for ever more only the first count.
 */
import type { IncomingMessage } from 'node:http'
import { challengeIn } from './challenge.ts'

const MAX_SCOPES = 64
const MAX_LENGTH = 200
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** Each once, in the order in which they came. */
export function unionOfScopes(...lists: readonly (readonly string[] | undefined)[]): string[] {
  const words = lists.flatMap((list) => list ?? [])
  const good = words.filter((word) => word.length <= MAX_LENGTH && SCOPE.test(word))
  return [...new Set(good)].slice(0, MAX_SCOPES)
}

/** As they stand in a challenge or in the answer of a token endpoint. */
export function scopesIn(text: string | undefined): string[] {
  return unionOfScopes(text?.split(/\s+/))
}

/**
 * What a server wants a login to permit besides (RFC 6750, 3.1), where it refused a request for that: then nothing was
 * done. Undefined for any other answer.
 */
export function wantedScopes({
  statusCode,
  headers,
}: Pick<IncomingMessage, 'statusCode' | 'headers'>): readonly string[] | undefined {
  if (statusCode !== 403) return undefined
  const { error, scope } = challengeIn(headers['www-authenticate'])
  return error === 'insufficient_scope' ? scopesIn(scope) : undefined
}
