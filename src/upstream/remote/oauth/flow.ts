/**
 * A login, from discovery to kept tokens: OAuth 2.1 as MCP has it (2025-11-25 basic/authorization), with PKCE, a
 * `state` that only our own answer carries, the issuer of the answer checked before anything in it is believed (RFC
 * 9207), and tokens asked for this server alone (RFC 8707). Nothing that a peer wrote gets into an error.
 */
import { randomBytes } from 'node:crypto'
import {
  exchangeAuthorization,
  OAuthError,
  registerClient,
  startAuthorization,
  validateAuthorizationResponseIssuer,
  type FetchLike,
} from '@modelcontextprotocol/client'
import { SidemuxError } from '../../../errors.ts'
import { openCallback } from './callback.ts'
import type { OAuthClient } from './oauth-client.ts'
import { discover, revocationEndpointOf, type Discovered } from './discover.ts'
import { knownCode } from './errors.ts'
import { tokensOf, type OAuthLogin, type TokenReply } from './login.ts'
import { unionOfScopes } from './scopes.ts'
import { droppingNulls, readingTokens } from './token-replies.ts'

export interface LoginOptions {
  readonly serverId: string
  readonly url: URL
  readonly client: OAuthClient
  /** What it has to permit besides, by what is known of the login before (login.ts). */
  readonly wanted?: readonly string[]
  readonly own: FetchLike
  readonly guarded: FetchLike
  readonly allowPrivate: boolean
  /** Shows the address where the person decides. */
  readonly show: (address: URL) => Promise<void>
  readonly signal: AbortSignal
  readonly waitMs: number
  readonly now: () => number
}

type Client = OAuthLogin['client']

export async function logIn(asked: LoginOptions): Promise<OAuthLogin> {
  const options = { ...asked, guarded: droppingNulls(asked.guarded) }
  const { serverId, url, own, guarded, allowPrivate, signal } = options
  const found = await discover({ serverId, url, own, guarded, allowPrivate, signal })
  const state = randomBytes(32).toString('base64url')
  const callback = await openCallback(state, options.client.callbackPort)
  try {
    const scope = scopeOf(options, found)
    const client = await clientFor(options, found, callback.redirectUrl, scope)
    const { authorizationUrl, codeVerifier } = await startAuthorization(found.issuer, {
      metadata: found.metadata,
      clientInformation: client,
      redirectUrl: callback.redirectUrl,
      state,
      resource: found.resource,
      ...(scope === undefined ? {} : { scope }),
    })
    await options.show(authorizationUrl)
    const answer = await callback.answer(deadline(options))
    const { code, iss } = checkAnswer(serverId, answer, found)
    const tokens = await exchange(serverId, () =>
      exchangeAuthorization(found.issuer, {
        metadata: found.metadata,
        clientInformation: client,
        authorizationCode: code,
        codeVerifier,
        redirectUri: callback.redirectUrl,
        resource: found.resource,
        fetchFn: readingTokens(guarded),
        ...(iss === undefined ? {} : { iss }),
      }),
    )
    return loginOf(options, found, client, { ...(scope !== undefined && { scope }), ...tokens })
  } finally {
    await callback.close()
  }
}

function loginOf(
  { url, now }: LoginOptions,
  { issuer, resource, metadata }: Discovered,
  client: Client,
  tokens: TokenReply,
): OAuthLogin {
  const { token_endpoint_auth_methods_supported: authMethods } = metadata
  const revocation = revocationEndpointOf(metadata)
  return {
    version: 1,
    url: url.href,
    resource,
    issuer,
    tokenEndpoint: metadata.token_endpoint,
    ...(revocation === undefined ? {} : { revocationEndpoint: revocation }),
    ...(authMethods === undefined ? {} : { authMethods }),
    client,
    tokens: tokensOf(tokens, now()),
    at: new Date(now()).toISOString(),
  }
}

/**
 * What the operator wrote, which no server can widen; else what the server asks for, now and since the login before. And
 * to stay logged in where that has to be asked for.
 */
function scopeOf({ client, wanted }: LoginOptions, { scopes, metadata }: Discovered): string | undefined {
  // What has shown itself to be needed first, so that no long list crowds it out.
  const asked = client.scopes ?? unionOfScopes(wanted, scopes)
  if (asked.length === 0) return undefined
  const stay = metadata.scopes_supported?.includes('offline_access') === true ? ['offline_access'] : []
  return [...new Set([...asked, ...stay])].join(' ')
}

/** The one of servers.yaml, by its name or its metadata document, or one that is registered now for this very login. */
async function clientFor(
  { serverId, client, guarded }: LoginOptions,
  { issuer, metadata }: Discovered,
  redirectUrl: string,
  scope: string | undefined,
): Promise<Client> {
  const { clientId, clientSecret } = client
  if (clientId !== undefined) {
    if (isDocument(clientId) && metadata.client_id_metadata_document_supported !== true) {
      throw new SidemuxError(`the login server of "${serverId}" takes no client metadata document`, {
        hint: 'register sidemux there and write the id it gives as oauth.clientId, or remove oauth.clientId',
      })
    }
    return { client_id: clientId, ...(clientSecret === undefined ? {} : { client_secret: clientSecret }) }
  }
  if (metadata.registration_endpoint === undefined) {
    throw new SidemuxError(`the login server of "${serverId}" registers no clients by itself`, {
      hint: 'register sidemux there by hand, with the redirect address http://127.0.0.1/callback, and write the id it gives as oauth.clientId in servers.yaml',
    })
  }
  try {
    const clientMetadata = {
      client_name: 'sidemux',
      redirect_uris: [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    }
    const registered = await registerClient(issuer, {
      metadata,
      clientMetadata,
      fetchFn: guarded,
      ...(scope === undefined ? {} : { scope }),
    })
    const { client_id, client_secret, token_endpoint_auth_method } = registered
    return {
      client_id,
      ...(client_secret === undefined ? {} : { client_secret }),
      ...(token_endpoint_auth_method === undefined ? {} : { token_endpoint_auth_method }),
    }
  } catch {
    throw new SidemuxError(`the login server of "${serverId}" did not register sidemux`, {
      hint: 'register sidemux there by hand and write the id it gives as oauth.clientId in servers.yaml',
    })
  }
}

function isDocument(clientId: string): boolean {
  return clientId.startsWith('https://')
}

/** Whose answer it is comes first: until then not even its error is believed. */
function checkAnswer(
  serverId: string,
  answer: URLSearchParams,
  { metadata, issuer }: Discovered,
): { code: string; iss: string | undefined } {
  const iss = answer.get('iss') ?? undefined
  try {
    validateAuthorizationResponseIssuer({
      iss,
      expectedIssuer: issuer,
      issParameterSupported: metadata.authorization_response_iss_parameter_supported === true,
    })
  } catch {
    throw new SidemuxError(
      `the answer came from another login server than that of "${serverId}"; it was not used`,
      {
        hint: `somebody may try to mix up your logins; run "sidemux login ${serverId}" again and look at the address in the browser`,
      },
    )
  }
  const code = answer.get('code')
  if (code !== null && code !== '') return { code, iss }
  const error = knownCode(answer.get('error') ?? '')
  throw new SidemuxError(
    error === 'access_denied'
      ? `the login to "${serverId}" was declined`
      : `the login to "${serverId}" failed (${error})`,
    { hint: `run "sidemux login ${serverId}" to try again` },
  )
}

async function exchange<T>(serverId: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    const how = error instanceof OAuthError ? ` (${knownCode(error.code)})` : ''
    throw new SidemuxError(`the login server of "${serverId}" gave no token${how}`, {
      hint: `run "sidemux login ${serverId}" to try again; with a client of your own, check oauth.clientId and oauth.clientSecret`,
    })
  }
}

function deadline({ signal, waitMs, serverId }: LoginOptions): AbortSignal {
  const controller = new AbortController()
  const late = new SidemuxError(
    `nobody finished the login to "${serverId}" within ${Math.round(waitMs / 60_000)} minutes`,
    {
      hint: `run "sidemux login ${serverId}" again`,
    },
  )
  setTimeout(() => controller.abort(late), waitMs).unref()
  signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true })
  return controller.signal
}
