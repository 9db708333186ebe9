/**
 * Where logins are kept: in the system's keychain where there is one, else encrypted in the state directory; as secrets
 * that were set by hand are (secrets/stores/local), and apart from those, so that no reference can reach a token. What
 * can be used by nobody is an error, never a plain file.
 *
 * One login changes in one process at a time (`alone`): a refresh token that is given out once and spent twice ends the
 * login of everybody.
 */
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SidemuxError, systemErrorCode } from '../../../errors.ts'
import { StoreError } from '../../../secrets/store.ts'
import { LocalSecrets } from '../../../secrets/stores/local/secrets.ts'
import { LostLock } from '../../../state/claim.ts'
import { LockBusy, withLock, type HeldLock } from '../../../state/lock.ts'
import { parseLogin, type Login } from './login.ts'

const DIRECTORY = 'logins'
const KEYCHAIN_MS = 60_000
/** A refresh takes one request, which is given up before others stop waiting for it (session.ts). */
const LOCK = { waitMs: 45_000, staleMs: 20_000 }

export type Kept = 'keychain' | 'file'

export class LoginVault {
  readonly #secrets: LocalSecrets
  readonly #directory: string

  constructor(stateDir: string) {
    this.#directory = join(stateDir, DIRECTORY)
    this.#secrets = new LocalSecrets(stateDir, { directory: DIRECTORY, service: 'sidemux login' })
  }

  /** Undefined when there is none, or one that this version can't read. */
  async read(name: string): Promise<Login | undefined> {
    try {
      const entry = (await this.#secrets.entries()).get(name)
      if (entry === undefined) return undefined
      return parseLogin(await this.#secrets.value(name, entry, AbortSignal.timeout(KEYCHAIN_MS)))
    } catch (error) {
      if (error instanceof StoreError && error.code === 'not_found') return undefined
      throw unusable('read', error)
    }
  }

  /** Where it is, and since when. */
  async where(name: string): Promise<{ readonly at: Kept; readonly updatedAt: string } | undefined> {
    try {
      return (await this.#secrets.entries()).get(name)
    } catch (error) {
      throw unusable('read', error)
    }
  }

  /** Another one after each change of any login. */
  async version(): Promise<string> {
    const { mtimeMs, size, ino } = await stat(join(this.#directory, 'local.json')).catch(() => ({
      mtimeMs: 0,
      size: 0,
      ino: 0,
    }))
    return `${mtimeMs} ${size} ${ino}`
  }

  /**
   * While `act` runs nobody else on this machine is in here for the same login. What it writes after it was suspended
   * for so long that another process went ahead is refused: the other login is newer.
   * @throws what `act` throws; LoginMoved; SidemuxError.
   */
  async alone<T>(name: string, act: (own: OwnLogin) => Promise<T>): Promise<T> {
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 })
      return await withLock(join(this.#directory, name), LOCK, (held) =>
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

  async #write(name: string, login: Login, before: () => void): Promise<Kept> {
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
  write(login: Login): Promise<Kept>
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
