/**
 * Reads and writes servers.lock on the disk. It is read anew only when it is another file than before, and it appears whole or not at
 * all. It is a file of the user's that others write too, with an editor or with git, so it is read once more before it is
 * written. Of several sidemuxes one writes at a time, by a lock in the state directory (state/lock.ts).
 */
import { readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { SidemuxError, systemErrorCode } from '../../errors.ts'
import { makeDirectory } from '../../state/directory.ts'
import { LockBusy, withLockSync } from '../../state/lock.ts'
import { configKey, stateRoom } from '../../state/paths.ts'
import { readPlain, Unusable } from '../../state/read-own.ts'
import { replaceFileSync, sweepDrafts } from '../../state/replace.ts'
import { signOf, watchSign } from '../../watch/sign.ts'
import { lockPath } from './lock-path.ts'
import { lockText, NO_LOCK, type LockContent, type LockFault } from './lock-text.ts'
import { readLockText, UnusableLock } from './read-lock-text.ts'

/** servers.lock can't be used, or not for this server. */
export class LockError extends SidemuxError {
  /** Where in the file. */
  readonly line: number | undefined

  constructor(message: string, { line, hint }: { line?: number; hint: string }) {
    super(message, { hint })
    this.line = line
  }
}

export interface LockState {
  readonly sign: string
  readonly content: LockContent
  /** The whole file can't be used. */
  readonly error?: LockError
}

const MAX_BYTES = 64 * 1024 * 1024
/** A change takes milliseconds, and this thread does nothing else meanwhile. */
const QUICK = { waitMs: 5000, staleMs: 1500 }
/** What says that this directory, or this file, isn't to be written by us. */
const READ_ONLY: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS'])

export class LockFile {
  readonly path: string
  readonly #configFile: string
  readonly #turn: string
  #state: LockState | undefined

  constructor(stateDir: string, configFile: string) {
    this.path = lockPath(configFile)
    this.#configFile = configFile
    this.#turn = join(stateRoom(stateDir, 'accepted'), `${configKey(configFile)}.lock`)
  }

  /** Never throws. */
  look(): LockState {
    const sign = signOf(this.path)
    if (this.#state?.sign === sign) return this.#state
    this.#state = { sign, ...this.#read(sign) }
    return this.#state
  }

  /** Calls back when it is another file; returns how to stop. */
  watch(onChange: () => void): () => void {
    return watchSign(this.path, 'file', onChange)
  }

  /**
   * @param next What it says from now on, of what it says when nobody else can change it; undefined leaves it as it is.
   * @returns false where it can't be written, as in a read-only checkout, and nothing was changed.
   * @throws LockError
   */
  change(next: (content: LockContent) => LockContent | undefined): boolean {
    try {
      makeDirectory(dirname(this.#turn))
      return withLockSync(this.#turn, QUICK, (held) => {
        const { content, error } = this.look()
        if (error !== undefined) throw error
        const after = next(content)
        if (after === undefined) return true
        held.check()
        return this.#write(lockText(after))
      })
    } catch (error) {
      throw this.#asLockError(error)
    }
  }

  faultOf({ line, message, hint }: LockFault): LockError {
    return new LockError(`${this.path}:${line}: ${message}`, { line, hint })
  }

  #read(sign: string): Omit<LockState, 'sign'> {
    if (sign === 'ENOENT') return { content: NO_LOCK }
    try {
      const text = readPlain(realpathSync(this.path), (fd, size) => {
        if (size > MAX_BYTES) throw new Unusable(`is larger than ${MAX_BYTES} bytes`)
        return readFileSync(fd, 'utf8')
      })
      return { content: readLockText(text) }
    } catch (error) {
      // It went away meanwhile.
      if (systemErrorCode(error) === 'ENOENT' && signOf(this.path) === 'ENOENT') return { content: NO_LOCK }
      return { content: NO_LOCK, error: this.#asLockError(error) }
    }
  }

  #write(text: string): boolean {
    const [file, mode] = this.#place()
    try {
      sweepDrafts(file)
      replaceFileSync(file, text, mode)
    } catch (error) {
      if (READ_ONLY.has(systemErrorCode(error) ?? '')) return false
      throw error
    }
    return true
  }

  /** A link stays one. The first one may be read by whoever may read servers.yaml. */
  #place(): readonly [file: string, mode: number] {
    try {
      const file = realpathSync(this.path)
      return [file, statSync(file).mode & 0o777]
    } catch {
      return [
        join(realpathSync(dirname(this.path)), basename(this.path)),
        statSync(this.#configFile).mode & 0o666,
      ]
    }
  }

  #asLockError(error: unknown): LockError {
    if (error instanceof LockError) return error
    if (error instanceof UnusableLock) return this.faultOf(error.fault)
    if (error instanceof LockBusy)
      return new LockError(`${error.holder} is writing ${this.path}`, {
        hint: 'try again when it is done; nothing was changed',
      })
    if (error instanceof Unusable)
      return new LockError(`${this.path} ${error.message}`, {
        hint: `ls -l '${this.path}' shows what is there`,
      })
    const code = systemErrorCode(error)
    if (code === undefined) throw error
    return new LockError(`${this.path} can't be read or written (${code})`, {
      hint: `ls -ld '${this.path}' shows whose it is; make it yours, or make room on its disk`,
    })
  }
}
