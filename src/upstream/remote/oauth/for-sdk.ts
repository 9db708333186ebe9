/** A kept login as the SDK's helpers want it. */
import type { refreshAuthorization } from '@modelcontextprotocol/client'
import type { OAuthLogin } from './login.ts'

export function metadataOf(
  login: OAuthLogin,
): NonNullable<Parameters<typeof refreshAuthorization>[1]['metadata']> {
  return {
    issuer: login.issuer,
    // A refresh goes to the token endpoint only.
    authorization_endpoint: login.tokenEndpoint,
    token_endpoint: login.tokenEndpoint,
    response_types_supported: ['code'],
    ...(login.authMethods === undefined ? {} : { token_endpoint_auth_methods_supported: login.authMethods }),
  }
}

export function clientOf({ client }: OAuthLogin): {
  client_id: string
  client_secret?: string
  token_endpoint_auth_method?: string
} {
  return {
    client_id: client.client_id,
    ...(client.client_secret === undefined ? {} : { client_secret: client.client_secret }),
    ...(client.token_endpoint_auth_method === undefined
      ? {}
      : { token_endpoint_auth_method: client.token_endpoint_auth_method }),
  }
}
