/**
 * Reads the challenge by which a server asks for a login, or for one that permits more (RFC 6750, 3; RFC 9728, 5.1).
 * Pure. A server may offer several schemes; ours is Bearer, or DPoP, whose challenge has the same parameters.
 */
export interface LoginChallenge {
  readonly error?: string
  /** Scopes with spaces between them, as the server wrote them. */
  readonly scope?: string
  /** Where the server describes itself. */
  readonly resourceMetadata?: string
}

const OURS: ReadonlySet<string> = new Set(['bearer', 'dpop'])
/** A name, and its value where it is a parameter; a name without one begins the challenge of a scheme (RFC 9110, 11.6.1). */
const PART = /[\s,]*([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/gy

/** @param header `www-authenticate`, where several are joined by commas */
export function challengeIn(header: string | null | undefined): LoginChallenge {
  const found = new Map<string, string>()
  let isOurs = false
  for (const [, name = '', quoted, bare] of (header ?? '').matchAll(PART)) {
    const value = quoted ?? bare
    if (value === undefined) isOurs = OURS.has(name.toLowerCase())
    else if (isOurs && value !== '' && !found.has(name.toLowerCase())) found.set(name.toLowerCase(), value)
  }
  const [error, scope, resourceMetadata] = ['error', 'scope', 'resource_metadata'].map((name) =>
    found.get(name),
  )
  return {
    ...(error !== undefined && { error }),
    ...(scope !== undefined && { scope }),
    ...(resourceMetadata !== undefined && { resourceMetadata }),
  }
}
