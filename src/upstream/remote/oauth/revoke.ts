/** Tells the authorization server that a login is over (RFC 7009); nobody depends on whether it listens. */
import type { FetchLike } from '@modelcontextprotocol/client'
import type { OAuthLogin } from './login.ts'

/** False when it couldn't be told, or has no place for it. */
export async function revokeLogin(
  { revocationEndpoint, tokens, client }: OAuthLogin,
  fetch: FetchLike,
): Promise<boolean> {
  if (revocationEndpoint === undefined || tokens === undefined) return false
  const { access, refresh } = tokens
  const credentials =
    client.client_secret === undefined
      ? undefined
      : `Basic ${Buffer.from(`${encodeURIComponent(client.client_id)}:${encodeURIComponent(client.client_secret)}`).toString('base64')}`
  const body = new URLSearchParams({
    token: refresh ?? access,
    token_type_hint: refresh === undefined ? 'access_token' : 'refresh_token',
    ...(credentials === undefined ? { client_id: client.client_id } : {}),
  })
  try {
    const response = await fetch(revocationEndpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...(credentials === undefined ? {} : { authorization: credentials }),
      },
      body: body.toString(),
    })
    return response.ok
  } catch {
    return false
  }
}
