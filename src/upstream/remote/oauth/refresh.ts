/**
 * Makes one refresh of a login: gets new tokens for its refresh token, and keeps them before anybody uses them.
 *
 * - Several sidecars share a login, and its refresh token may be good for one use only. So a refresh is made under the
 *   lock of the login, and the login is read again when the lock is held. Who comes second finds new tokens, and asks
 *   for none.
 * - Only the word of the authorization server ends a login. A server that doesn't answer leaves the login as it is.
 * - An answer may be lost, as when the machine sleeps. The refresh token may be spent then, but it is the only one
 *   there is, so the next request tries it again. A server that gives a time of grace answers with new tokens. Any
 *   other server ends the login, and giving up would come to the same (RFC 9700, 4.14.2, leaves both open).
 * - A refresh isn't sent again by itself: a request that may have been carried out is not to be repeated unasked (RFC
 *   9110, 9.2.2).
 */
import { OAuthError, refreshAuthorization, type FetchLike } from '@modelcontextprotocol/client'
import { SidemuxError } from '../../../errors.ts'
import { knownCode } from './errors.ts'
import { clientOf, metadataOf } from './for-sdk.ts'
import { scopesFor, tokensOf, type OAuthLogin, type Tokens, type Unsaved } from './login.ts'
import { readingTokens } from './token-replies.ts'
import { LoginMoved, REFRESH_WITHIN_MS, type LoginVault, type OwnLogin } from './vault.ts'

export interface RefreshJob {
  readonly serverId: string
  /** Of the login (login.ts). */
  readonly name: string
  /** The client that servers.yaml names now, if it names one. */
  readonly clientId?: string | undefined
  /** The access token that is to be replaced. */
  readonly spent?: string | undefined
  readonly unsaved?: Unsaved | undefined
}

export type Refreshed =
  /** What is kept by now is what there is. */
  | { readonly kind: 'kept' }
  /** A person has to log in; `byServer` where the authorization server has said so. */
  | { readonly kind: 'ended'; readonly byServer: boolean }
  /** It may pass. */
  | {
      readonly kind: 'unavailable'
      readonly message: string
      readonly hint?: string | undefined
      readonly unsaved?: Unsaved | undefined
    }

export interface RefreshDeps {
  readonly vault: LoginVault
  /** Guarded; where the token endpoint is reached. */
  readonly fetch: FetchLike
  readonly now: () => number
  readonly withinMs?: number
}

/** How a session has its login refreshed. */
export type Refresh = (job: RefreshJob) => Promise<Refreshed>

/** Words by which an authorization server ends a login; after any other it may be tried again. */
const ENDED: ReadonlySet<string> = new Set([
  'invalid_grant',
  'invalid_client',
  'unauthorized_client',
  'invalid_token',
  // As GitHub says it.
  'bad_refresh_token',
])

/** In this process. */
export async function refresh(job: RefreshJob, deps: RefreshDeps): Promise<Refreshed> {
  try {
    return await deps.vault.alone(job.name, async (own) => refreshAlone(job, deps, own))
  } catch (error) {
    // Nobody can be at the login now.
    if (!(error instanceof SidemuxError)) throw error
    return { kind: 'unavailable', message: error.message, hint: error.hint }
  }
}

async function refreshAlone(job: RefreshJob, deps: RefreshDeps, own: OwnLogin): Promise<Refreshed> {
  const { clientId, spent, unsaved } = job
  const login = await deps.vault.read(job.name)
  // Unless somebody has logged in anew, or out, since then.
  if (unsaved !== undefined && login !== undefined && login.tokens?.access === unsaved.over)
    return keep(unsaved, own)
  const isOurs = clientId === undefined || login?.client.client_id === clientId
  if (login?.tokens === undefined || !isOurs || login.tokens.access !== spent) return { kind: 'kept' }
  if (login.tokens.refresh === undefined) return { kind: 'ended', byServer: false }
  const tokens = await ask(login, login.tokens.refresh, job, deps)
  if (tokens === 'ended') {
    const { tokens: _spent, ...rest } = login
    const kept = await keep({ login: { ...rest, wanted: scopesFor(login) }, over: spent }, own)
    return kept.kind === 'kept' ? { kind: 'ended', byServer: true } : kept
  }
  if ('kind' in tokens) return tokens
  return keep({ login: { ...login, tokens, at: new Date(deps.now()).toISOString() }, over: spent }, own)
}

async function ask(
  login: OAuthLogin,
  refreshToken: string,
  { serverId }: RefreshJob,
  { fetch, now, withinMs = REFRESH_WITHIN_MS }: RefreshDeps,
): Promise<Tokens | 'ended' | Extract<Refreshed, { kind: 'unavailable' }>> {
  // For all that it takes: a server may send its callers on, and take its time each time.
  const signal = AbortSignal.timeout(withinMs)
  try {
    const answer = await refreshAuthorization(login.issuer, {
      metadata: metadataOf(login),
      clientInformation: clientOf(login),
      refreshToken,
      resource: login.resource,
      fetchFn: readingTokens((url, init) => fetch(url, { ...init, signal })),
    })
    const { scope } = login.tokens ?? {}
    return tokensOf({ ...(scope !== undefined && { scope }), ...answer }, now())
  } catch (error) {
    if (error instanceof OAuthError && ENDED.has(error.code)) return 'ended'
    const how = error instanceof OAuthError ? ` (${knownCode(error.code)})` : ''
    return {
      kind: 'unavailable',
      message: `the login of "${serverId}" can't be refreshed now${how}.`,
      hint: `check the network and the status page of the service; if it stays like that, run "sidemux login ${serverId}"`,
    }
  }
}

async function keep(unsaved: Unsaved, own: OwnLogin): Promise<Refreshed> {
  try {
    await own.write(unsaved.login)
    return { kind: 'kept' }
  } catch (error) {
    if (error instanceof LoginMoved) return { kind: 'kept' }
    if (!(error instanceof SidemuxError)) throw error
    return { kind: 'unavailable', message: error.message, hint: error.hint, unsaved }
  }
}
