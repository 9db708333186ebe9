/**
 * Keeps logins in the system's keychain if there is one, else encrypted in the state directory. Secrets that were set
 * by hand are kept in the same way (secrets/stores/local), but apart, so that no reference can reach a token. If
 * neither can be used, that is an error; a login is never kept in a plain file.
 *
 * Only one process changes a login at a time (`alone`): a refresh token that is used twice ends the login for
 * everybody.
 */
import { join } from 'node:path'
import { SidemuxError, systemErrorCode } from '../../../errors.ts'
import { StoreError } from '../../../secrets/store.ts'
import { LocalSecrets } from '../../../secrets/stores/local/secrets.ts'
import { LostLock } from '../../../state/claim.ts'
import { LockBusy, withLock, type HeldLock } from '../../../state/lock.ts'
import { stateRoom } from '../../../state/paths.ts'
import { parseLogin, type OAuthLogin, type Unsaved } from './login.ts'

const KEYCHAIN_MS = 60_000
/** A refresh takes one request, which is given up before others stop waiting for it (refresh.ts). */
const LOCK = { waitMs: 45_000, staleMs: 20_000 }
/** A login server that takes longer to answer is taken for one that doesn't; some take half a minute. */
export const REFRESH_WITHIN_MS = 40_000

export type LoginKeptIn = 'keychain' | 'file'

export class LoginVault {
  readonly #secrets: LocalSecrets
  readonly stateDir: string
  /** By name: what this process could not keep yet; the next session with that server tries again. */
  readonly unsaved = new Map<string, Unsaved>()

  constructor(stateDir: string) {
    this.stateDir = stateDir
    this.#secrets = new LocalSecrets(stateDir, 'logins')
  }

  /** Undefined when there is none, or one that this version can't read. */
  async read(name: string): Promise<OAuthLogin | undefined> {
    try {
      const entry = this.#secrets.entries().get(name)
      if (entry === undefined) return undefined
      return parseLogin(await this.#secrets.value(name, entry, AbortSignal.timeout(KEYCHAIN_MS)))
    } catch (error) {
      if (error instanceof StoreError && error.code === 'not_found') return undefined
      throw unusable('read', error)
    }
  }

  /** Where it is, and since when. */
  async where(name: string): Promise<{ readonly at: LoginKeptIn; readonly updatedAt: string } | undefined> {
    try {
      return this.#secrets.entries().get(name)
    } catch (error) {
      throw unusable('read', error)
    }
  }

  /** Another one after each change of any login. */
  version(): string {
    return this.#secrets.sign()
  }

  /**
   * While `act` runs nobody else on this machine is in here for the same login. What it writes after it was suspended
   * for so long that another process went ahead is refused: the other login is newer.
   * @throws what `act` throws; LoginMoved; SidemuxError.
   */
  async alone<T>(name: string, act: (own: OwnLogin) => Promise<T>): Promise<T> {
    try {
      return await withLock(join(stateRoom(this.stateDir, 'loginsKey'), name), LOCK, (held) =>
        act({
          write: (login) => this.#write(name, login, () => stillOwn(held)),
          delete: () => this.#delete(name, () => stillOwn(held)),
        }),
      )
    } catch (error) {
      if (error instanceof LockBusy) {
        throw new SidemuxError(`${error.holder} is busy with this login`, { hint: 'try again in a minute' })
      }
      if (error instanceof SidemuxError || systemErrorCode(error) === undefined) throw error
      throw unusable('changed', error)
    }
  }

  async #write(name: string, login: OAuthLogin, before: () => void): Promise<LoginKeptIn> {
    const value = JSON.stringify(login)
    const signal = AbortSignal.timeout(KEYCHAIN_MS)
    try {
      return (await this.#secrets.set(name, value, undefined, signal, before)).backend
    } catch (error) {
      // A keychain that others are in and that can't take this one, as it may be too long for it (Windows).
      if (!(error instanceof StoreError) || error.code !== 'unavailable') throw unusable('written', error)
    }
    try {
      return (await this.#secrets.set(name, value, 'file', signal, before)).backend
    } catch (error) {
      throw unusable('written', error)
    }
  }

  async #delete(name: string, before: () => void): Promise<boolean> {
    try {
      return await this.#secrets.delete(name, AbortSignal.timeout(KEYCHAIN_MS), before)
    } catch (error) {
      throw unusable('removed', error)
    }
  }
}

/** What may be done to a login while nobody else is at it. */
export interface OwnLogin {
  write(login: OAuthLogin): Promise<LoginKeptIn>
  /** False when there was none. */
  delete(): Promise<boolean>
}

/** Another process has changed the login while this one was suspended. */
export class LoginMoved extends SidemuxError {
  constructor() {
    super('another process has changed this login meanwhile', { hint: 'nothing was changed; try again' })
  }
}

function stillOwn(held: HeldLock): void {
  try {
    held.check()
  } catch (error) {
    throw error instanceof LostLock ? new LoginMoved() : error
  }
}

function unusable(what: string, error: unknown): SidemuxError {
  if (error instanceof LoginMoved) return error
  const why = error instanceof StoreError ? error.message : (systemErrorCode(error) ?? 'unknown error')
  return new SidemuxError(`the login can't be ${what}: ${why}`, {
    hint: 'unlock or start the keychain of your system, or make the state directory writable; then run "sidemux login"',
  })
}
