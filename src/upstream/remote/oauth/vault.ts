/**
 * Where logins are kept: in the system's keychain where there is one, else encrypted in the state directory; as secrets
 * that were set by hand are (secrets/stores/local), and apart from those, so that no reference can reach a token. What
 * can be used by nobody is an error, never a plain file.
 *
 * One login changes in one process at a time (`alone`): a refresh token that is given out once and spent twice ends the
 * login of everybody.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SidemuxError, systemErrorCode } from '../../../errors.ts'
import { isLeftOver, removeLeftOver } from '../../../lock-file.ts'
import { StoreError } from '../../../secrets/store.ts'
import { LocalSecrets } from '../../../secrets/stores/local/secrets.ts'
import { parseLogin, type Login } from './login.ts'

const DIRECTORY = 'logins'
const KEYCHAIN_MS = 60_000
/** A refresh takes one request, which is given up long before (session.ts). */
const LOCK_STALE_MS = 60_000
const LOCK_WAIT_MS = 45_000

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

  async write(name: string, login: Login): Promise<Kept> {
    const value = JSON.stringify(login)
    const signal = AbortSignal.timeout(KEYCHAIN_MS)
    try {
      return (await this.#secrets.set(name, value, undefined, signal)).backend
    } catch (error) {
      // A keychain that others are in and that can't take this one, as it may be too long for it (Windows).
      if (!(error instanceof StoreError) || error.code !== 'unavailable') throw unusable('written', error)
    }
    try {
      return (await this.#secrets.set(name, value, 'file', signal)).backend
    } catch (error) {
      throw unusable('written', error)
    }
  }

  /** False when there was none. */
  async delete(name: string): Promise<boolean> {
    try {
      return await this.#secrets.delete(name, AbortSignal.timeout(KEYCHAIN_MS))
    } catch (error) {
      throw unusable('removed', error)
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
    const { mtimeMs, size } = await stat(join(this.#directory, 'local.json')).catch(() => ({
      mtimeMs: 0,
      size: 0,
    }))
    return `${mtimeMs} ${size}`
  }

  /** While `act` runs nobody else on this machine is in here for the same login. */
  async alone<T>(name: string, act: () => Promise<T>): Promise<T> {
    const release = await this.#lock(join(this.#directory, `${name}.lock`))
    try {
      return await act()
    } finally {
      await release()
    }
  }

  async #lock(file: string): Promise<() => Promise<void>> {
    const until = Date.now() + LOCK_WAIT_MS
    const mine = `${process.pid} ${randomUUID()}`
    for (;;) {
      try {
        await mkdir(this.#directory, { recursive: true, mode: 0o700 })
        const handle = await open(file, 'wx', 0o600)
        try {
          await handle.writeFile(mine)
        } finally {
          await handle.close()
        }
        return () => giveBack(file, mine)
      } catch (error) {
        if (systemErrorCode(error) !== 'EEXIST') throw unusable('changed', error)
      }
      if (isLeftOver(file, LOCK_STALE_MS) && removeLeftOver(file, LOCK_STALE_MS)) continue
      if (Date.now() > until) {
        throw new SidemuxError('another sidemux is busy with this login', {
          hint: `try again in a minute, or remove ${file}`,
        })
      }
      await sleep(20 + Math.random() * 30)
    }
  }
}

/** Only our own: one that was held for too long belongs to somebody else by now. */
async function giveBack(file: string, mine: string): Promise<void> {
  const holder = await readFile(file, 'utf8').catch(() => '')
  if (holder === mine) await rm(file, { force: true })
}

function unusable(what: string, error: unknown): SidemuxError {
  const why = error instanceof StoreError ? error.message : (systemErrorCode(error) ?? 'unknown error')
  return new SidemuxError(`the login can't be ${what}: ${why}`, {
    hint: 'unlock or start the keychain of your system, or make the state directory writable; then run "sidemux login"',
  })
}
