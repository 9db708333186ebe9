/**
 * The tokens of one running server: handed out, refreshed in time, and refreshed once more when the server refuses one.
 *
 * - Several sidecars share a login, and its refresh token may be good for one use only. So a refresh is made under the
 *   login's lock, and after taking it the tokens are read again: whoever comes second finds new ones and uses those.
 * - New tokens are kept before they are used. If that fails they are held here and written before anything else.
 * - Every token is known to the redactor before it is sent for the first time.
 * - Only the authorization server's own word ends a login; one that doesn't answer leaves it as it is. An answer that
 *   was lost, as when the machine sleeps, may have spent the refresh token. It is still the only one there is, so the
 *   next request tries it again: a server that gives a time of grace answers with new tokens, any other ends the login,
 *   which is what giving up would come to (RFC 9700, 4.14.2, leaves both open). It isn't sent again by itself, since a
 *   request that may have been carried out is not to be repeated unasked (RFC 9110, 9.2.2).
 * - What the server wants a login to permit besides (`insufficient_scope`) is kept for the next one, and from then on
 *   another login is looked for before each request, since the present one is still good and isn't refused as a whole.
 */
import {
  extractWWWAuthenticateParams,
  OAuthError,
  refreshAuthorization,
  type AuthProvider,
  type FetchLike,
} from '@modelcontextprotocol/client'
import { SidemuxError } from '../../../errors.ts'
import type { Secret } from '../../../secrets/secret.ts'
import { knownCode, LoginNeeded, LoginUnavailable } from './errors.ts'
import { clientOf, metadataOf } from './forSdk.ts'
import { scopesFor, secretsOf, tokensOf, type Login, type Tokens } from './login.ts'
import { scopesIn, unionOfScopes } from './scopes.ts'
import { settlesWithin } from '../../wait.ts'
import { LoginMoved, type LoginVault, type OwnLogin } from './vault.ts'

export interface SessionDeps {
  readonly serverId: string
  /** Of the login (login.ts). */
  readonly name: string
  readonly vault: LoginVault
  /** Guarded; where the token endpoint is reached. */
  readonly fetch: FetchLike
  /** The client that servers.yaml names now, if it names one. */
  readonly clientId: string | undefined
  onSecrets(secrets: readonly Secret[]): void
  readonly now: () => number
}

/** Before it ends a token is refreshed, so that it doesn't end on its way. */
const AHEAD_MS = 30_000
const REMEMBER_MS = 3000
/** Words by which an authorization server ends a login; after any other it may be tried again. */
const ENDED: ReadonlySet<string> = new Set([
  'invalid_grant',
  'invalid_client',
  'unauthorized_client',
  'invalid_token',
])

export class TokenSession implements AuthProvider {
  readonly #deps: SessionDeps
  #login: Login | undefined
  #loaded: Promise<void> | undefined
  /** What could not be kept yet, and the access token of the login that it takes the place of. */
  #unsaved: { readonly login: Login; readonly over: string | undefined } | undefined
  #refreshing: Promise<void> | undefined
  /** The present login permits too little; the vault's version at which it was looked whether there is another. */
  #lacking: string | undefined
  /** Which token each refused request carried. */
  readonly #carried = new WeakMap<Response, string>()

  constructor(deps: SessionDeps) {
    this.#deps = deps
  }

  get hasLogin(): boolean {
    return this.#login?.tokens !== undefined
  }

  /** To be told of each answer to a request that carried a token, so that a refusal is of that token. Never rejects. */
  async carried(response: Response, authorization: string | null): Promise<void> {
    if (authorization === null) return
    if (response.status === 401) this.#carried.set(response, authorization.replace(/^Bearer /i, ''))
    if (response.status !== 403) return
    const { error, scope } = extractWWWAuthenticateParams(response)
    // Whoever asked waits for it, so that a process that ends now has kept it; and not for a keychain that asks.
    if (error !== 'insufficient_scope') return
    this.#lacking ??= 'none yet'
    await settlesWithin(this.#remember(scopesIn(scope)), REMEMBER_MS)
  }

  async #remember(scopes: readonly string[]): Promise<void> {
    const { vault, name } = this.#deps
    const isNews = ({ tokens, wanted }: Login): boolean => {
      const known = scopesFor({ tokens, wanted })
      return unionOfScopes(known, scopes).length > known.length
    }
    if (this.#login === undefined || !isNews(this.#login)) return
    await vault.alone(name, async (own) => {
      await this.#adopt()
      const login = this.#login
      if (login === undefined || !isNews(login)) return
      const next = { ...login, wanted: unionOfScopes(login.wanted, scopes) }
      await own.write(next)
      this.#login = next
    })
  }

  /** Undefined when nobody has logged in: the server may not need it. */
  async token(): Promise<string | undefined> {
    this.#loaded ??= this.#adopt()
    await this.#loaded
    if (this.#unsaved !== undefined) await this.#refresh(this.#unsaved.login.tokens?.access)
    if (this.#lacking !== undefined) await this.#lookForAnother()
    const tokens = this.#login?.tokens
    if (tokens === undefined) return undefined
    const { expiresAt = Infinity, refresh, access } = tokens
    if (refresh === undefined || expiresAt - this.#deps.now() > AHEAD_MS) return access
    try {
      await this.#refresh(access)
    } catch (error) {
      // As long as the present one may still be good.
      if (!(error instanceof LoginUnavailable) || expiresAt <= this.#deps.now()) throw error
    }
    return this.#login?.tokens?.access
  }

  async #lookForAnother(): Promise<void> {
    const version = await this.#deps.vault.version()
    if (version === this.#lacking) return
    const before = this.#login?.tokens?.access
    // Where none can be read now the present one still serves other requests.
    await this.#adopt().catch(() => undefined)
    this.#lacking = this.#login?.tokens?.access === before ? version : undefined
  }

  /** The server refused the token, or wants one. Resolves when there is another one. */
  async onUnauthorized({ response }: { readonly response: Response }): Promise<void> {
    const { serverId } = this.#deps
    const refused = this.#carried.get(response)
    if (refused === undefined) {
      await this.#adopt()
      if (!this.hasLogin) throw new LoginNeeded(serverId, 'needs a login.')
      return
    }
    if (this.#login?.tokens?.access === refused) await this.#refresh(refused)
    if (!this.hasLogin)
      throw new LoginNeeded(serverId, 'needs a new login: the one that was there has ended.')
  }

  /** One at a time in this process; the lock is for the others. */
  #refresh(spent: string | undefined): Promise<void> {
    this.#refreshing ??= this.#deps.vault
      .alone(this.#deps.name, (own) => this.#refreshAlone(spent, own))
      .finally(() => {
        this.#refreshing = undefined
      })
    return this.#refreshing
  }

  async #refreshAlone(spent: string | undefined, own: OwnLogin): Promise<void> {
    const { vault, name } = this.#deps
    if (this.#unsaved !== undefined) {
      const { login, over } = this.#unsaved
      const kept = await vault.read(name)
      if (kept !== undefined && kept.tokens?.access === over) return await this.#save(login, over, own)
      // Somebody has logged in anew, or out, since then.
      this.#unsaved = undefined
    }
    await this.#adopt()
    const login = this.#login
    if (login?.tokens === undefined || login.tokens.access !== spent) return
    const { serverId, now } = this.#deps
    if (login.tokens.refresh === undefined) {
      throw new LoginNeeded(serverId, 'needs a new login: the one that was there has ended.')
    }
    const answer = await this.#ask(login, login.tokens.refresh)
    if (answer === 'ended') {
      const { tokens: _spent, ...rest } = login
      await this.#save({ ...rest, wanted: scopesFor(login) }, spent, own)
      throw new LoginNeeded(serverId, 'needs a new login: its login server has ended the one that was there.')
    }
    await this.#save({ ...login, tokens: answer, at: new Date(now()).toISOString() }, spent, own)
  }

  async #ask(login: Login, refreshToken: string): Promise<Tokens | 'ended'> {
    const { serverId, now } = this.#deps
    try {
      const answer = await refreshAuthorization(login.issuer, {
        metadata: metadataOf(login),
        clientInformation: clientOf(login),
        refreshToken,
        resource: login.resource,
        fetchFn: this.#deps.fetch,
      })
      return tokensOf(
        { ...(login.tokens?.scope !== undefined && { scope: login.tokens.scope }), ...answer },
        now(),
      )
    } catch (error) {
      if (error instanceof OAuthError && ENDED.has(error.code)) return 'ended'
      const how = error instanceof OAuthError ? ` (${knownCode(error.code)})` : ''
      throw new LoginUnavailable(`the login of "${serverId}" can't be refreshed now${how}.`, {
        hint: `check the network and the status page of the service; if it stays like that, run "sidemux login ${serverId}"`,
      })
    }
  }

  async #save(login: Login, over: string | undefined, own: OwnLogin): Promise<void> {
    this.#unsaved = { login, over }
    this.#deps.onSecrets(secretsOf(this.#deps.serverId, login))
    try {
      await own.write(login)
    } catch (error) {
      if (error instanceof LoginMoved) {
        this.#unsaved = undefined
        return await this.#adopt()
      }
      if (!(error instanceof SidemuxError)) throw error
      throw new LoginUnavailable(error.message, error.hint === undefined ? {} : { hint: error.hint })
    }
    this.#unsaved = undefined
    this.#login = login
  }

  /** What is kept now, unless it belongs to another client. */
  async #adopt(): Promise<void> {
    const { vault, name, serverId, clientId } = this.#deps
    const login = await vault.read(name)
    if (login !== undefined) this.#deps.onSecrets(secretsOf(serverId, login))
    this.#login = clientId === undefined || login?.client.client_id === clientId ? login : undefined
  }
}
