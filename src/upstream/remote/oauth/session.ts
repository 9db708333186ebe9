/**
 * The tokens of one running server: handed out, refreshed in time, and refreshed once more when the server refuses one.
 *
 * - A refresh is refresh.ts's, and is made in a process of its own (refresh-apart.ts).
 * - New tokens are kept before they are used. If that fails they are held here and written before anything else.
 * - Every token is known to the redactor before it is sent for the first time.
 * - Whether somebody has logged in or out in another process is looked at before each request, which costs one `stat`.
 * - What the server wants a login to permit besides (`insufficient_scope`) is kept for the next one.
 */
import type { Secret } from '../../../secrets/secret.ts'
import { LoginNeeded, LoginUnavailable, NO_LOGIN } from './errors.ts'
import { scopesFor, secretsOf, type OAuthLogin, type Unsaved } from './login.ts'
import type { Refresh } from './refresh.ts'
import { unionOfScopes } from './scopes.ts'
import { settlesWithin } from '../../wait.ts'
import type { LoginVault } from './vault.ts'

export interface SessionDeps {
  readonly serverId: string
  /** Of the login (login.ts). */
  readonly name: string
  readonly vault: LoginVault
  readonly refresh: Refresh
  /** The client that servers.yaml names now, if it names one. */
  readonly clientId: string | undefined
  onSecrets(secrets: readonly Secret[]): void
  readonly now: () => number
}

/** So long before it ends a token is refreshed, so that it doesn't end on its way; one of a short life by a third of it. */
const AHEAD_MS = 30_000
const AHEAD_PART = 1 / 3
const REMEMBER_MS = 3000
const ENDED_BY_ITSELF = 'needs a new login: the one that was there has ended'
const ENDED_BY_SERVER = 'needs a new login: its login server has ended the one that was there'

export class TokenSession {
  readonly #deps: SessionDeps
  #login: OAuthLogin | undefined
  #loaded: Promise<void> | undefined
  #refreshing: Promise<void> | undefined
  /** The vault's version at which it was last looked, and since when the login is kept that was there. */
  #version: string | undefined
  #at: Awaited<ReturnType<LoginVault['where']>>
  #reads = 0
  #lastRead = 0

  constructor(deps: SessionDeps) {
    this.#deps = deps
  }

  get #unsaved(): Unsaved | undefined {
    return this.#deps.vault.unsaved.get(this.#deps.name)
  }

  get hasLogin(): boolean {
    return this.#login?.tokens !== undefined
  }

  /** The server wants a login to permit these besides, which is kept for the next one. Never rejects. */
  async wants(scopes: readonly string[]): Promise<void> {
    // Whoever asked waits for it, so that a process that ends now has kept it; and not for a keychain that asks.
    await settlesWithin(this.#remember(scopes), REMEMBER_MS)
  }

  /** The access token of another login than the one whose token this is, where there is one by now. */
  async another(token: string): Promise<string | undefined> {
    const present = await this.token().catch(() => undefined)
    return present === token ? undefined : present
  }

  async #remember(scopes: readonly string[]): Promise<void> {
    const { vault, name } = this.#deps
    // What it has is not wanted besides, and what is kept stays bounded.
    const wantedOf = (login: OAuthLogin | undefined): string[] | undefined => {
      if (login === undefined) return undefined
      const known = scopesFor(login)
      const wanted = unionOfScopes(
        login.wanted,
        scopes.filter((scope) => !known.includes(scope)),
      )
      return wanted.length > (login.wanted?.length ?? 0) ? wanted : undefined
    }
    if (wantedOf(this.#login) === undefined) return
    await vault.alone(name, async (own) => {
      await this.#adopt()
      const login = this.#login
      const wanted = wantedOf(login)
      if (login === undefined || wanted === undefined) return
      const next = { ...login, wanted }
      await own.write(next)
      this.#login = next
    })
  }

  /** Undefined when nobody has logged in: the server may not need it. */
  async token(): Promise<string | undefined> {
    this.#loaded ??= this.#adopt()
    await this.#loaded
    await this.#hear()
    if (this.#unsaved !== undefined) await this.#refresh(this.#unsaved.login.tokens?.access)
    const tokens = this.#login?.tokens
    if (tokens === undefined) return undefined
    const { expiresAt = Infinity, refresh, access } = tokens
    const ahead = aheadMs(expiresAt, this.#login?.at)
    if (refresh === undefined || expiresAt - this.#deps.now() > ahead) return access
    try {
      await this.#refresh(access)
    } catch (error) {
      // As long as the present one may still be good.
      if (!(error instanceof LoginUnavailable) || expiresAt <= this.#deps.now()) throw error
    }
    return this.#login?.tokens?.access
  }

  /** Who has logged in or out in another process is heard with the next request, which may not go with the old login. */
  async #hear(): Promise<void> {
    const { vault, name } = this.#deps
    const version = vault.version()
    if (version === this.#version) return
    try {
      const at = await vault.where(name)
      if (at?.updatedAt !== this.#at?.updatedAt) await this.#adopt()
    } catch {
      // Where it can't be read now the present one still serves, and the next request looks again.
      return
    }
    this.#version = version
  }

  /**
   * Resolves when there is another token.
   *
   * @param refused the token that the server refused; undefined where it wants one and got none
   * @throws LoginNeeded, or LoginUnavailable
   */
  async refused(refused: string | undefined): Promise<void> {
    const { serverId } = this.#deps
    if (refused === undefined) {
      await this.#adopt()
      if (!this.hasLogin)
        throw new LoginNeeded(serverId, this.#login === undefined ? NO_LOGIN : ENDED_BY_SERVER)
      return
    }
    if (this.#login?.tokens?.access === refused) await this.#refresh(refused)
    if (!this.hasLogin) throw new LoginNeeded(serverId, ENDED_BY_SERVER)
  }

  /** One at a time in this process; the lock is for the others. */
  #refresh(spent: string | undefined): Promise<void> {
    this.#refreshing ??= this.#refreshNow(spent).finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #refreshNow(spent: string | undefined): Promise<void> {
    const { serverId, name, clientId } = this.#deps
    const refreshed = await this.#deps.refresh({ serverId, name, clientId, spent, unsaved: this.#unsaved })
    if (refreshed.kind !== 'unavailable') this.#deps.vault.unsaved.delete(name)
    else if (refreshed.unsaved !== undefined) {
      this.#deps.vault.unsaved.set(name, refreshed.unsaved)
      this.#deps.onSecrets(secretsOf(serverId, refreshed.unsaved.login))
    }
    // Also where nothing is known of what came of it.
    await this.#adopt()
    if (refreshed.kind === 'ended')
      throw new LoginNeeded(serverId, refreshed.byServer ? ENDED_BY_SERVER : ENDED_BY_ITSELF)
    const isNew = this.#login?.tokens?.access !== spent && this.#unsaved === undefined
    if (refreshed.kind === 'kept' || isNew) return
    const { message, hint } = refreshed
    throw new LoginUnavailable(message, hint === undefined ? {} : { hint })
  }

  /** What is kept now, unless it belongs to another client. */
  async #adopt(): Promise<void> {
    const { vault, name, serverId, clientId } = this.#deps
    this.#reads += 1
    const read = this.#reads
    const at = await vault.where(name)
    const login = await vault.read(name)
    // One that began later has read what is newer.
    if (read < this.#lastRead) return
    this.#lastRead = read
    this.#at = at
    if (login !== undefined) this.#deps.onSecrets(secretsOf(serverId, login))
    this.#login = clientId === undefined || login?.client.client_id === clientId ? login : undefined
  }
}

/** @param at when the token was given, ISO 8601 */
function aheadMs(expiresAt: number, at: string | undefined): number {
  const lifeMs = expiresAt - Date.parse(at ?? '')
  return lifeMs > 0 ? Math.min(AHEAD_MS, lifeMs * AHEAD_PART) : AHEAD_MS
}
