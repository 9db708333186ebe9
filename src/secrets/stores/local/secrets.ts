/**
 * The embedded store's secrets by name, on the system's keychain or in the encrypted file of book.ts. Where a
 * value goes is decided when it is set and written down, so that a session without a keychain never reads another value
 * than the desktop wrote: a keychain that can't be reached is an error and no reason to look elsewhere.
 */
import { join } from 'node:path'
import { StoreError } from '../../store.ts'
import { Keyring } from './keyring.ts'
import { LocalBook, type Backend, type Entry } from './book.ts'

export const NAME = /^[A-Za-z0-9_][A-Za-z0-9_./-]{0,127}$/

/** Where a set of secrets is kept: a directory in the state directory, and a service in the keychain. */
export interface Place {
  readonly directory: string
  readonly service: string
}

const SET_BY_HAND: Place = { directory: 'secrets', service: 'sidemux' }

export interface Kept {
  readonly backend: Backend
  /** Why it is not on the keychain, where nobody asked for the file. */
  readonly fallback?: StoreError
}

export class LocalSecrets {
  readonly #book: LocalBook
  readonly #keyring: Keyring

  constructor(stateDir: string, { directory, service }: Place = SET_BY_HAND) {
    this.#book = new LocalBook(join(stateDir, directory))
    this.#keyring = new Keyring(service)
  }

  /** Where its file is. */
  get directory(): string {
    return this.#book.directory
  }

  async entries(): Promise<ReadonlyMap<string, Entry>> {
    return new Map(Object.entries((await this.#book.read()).entries))
  }

  async value(name: string, entry: Entry, signal: AbortSignal): Promise<string> {
    const { at, box } = entry
    const value =
      at === 'file' && box !== undefined
        ? await this.#book.open(name, box)
        : await this.#keyring.get(name, signal)
    if (value !== undefined) return value
    throw new StoreError('not_found', `"${name}" is gone from the keychain`, {
      hint: `run: sidemux secrets set ${name}`,
    })
  }

  /**
   * Without `backend`: where this name is, else where the others are, else the keychain if there is one.
   * @param before Throws where it must not be done any more; asked when nobody else can change anything.
   */
  async set(
    name: string,
    value: string,
    backend: Backend | undefined,
    signal: AbortSignal,
    before: () => void = () => {},
  ): Promise<Kept> {
    let kept: Kept = { backend: 'file' }
    await this.#book.change(async (entries) => {
      before()
      const old = entries.get(name)
      const wanted = backend ?? old?.at ?? [...entries.values()][0]?.at
      kept = wanted === 'file' ? { backend: 'file' } : await this.#toKeychain(name, value, wanted, signal)
      const updatedAt = new Date().toISOString()
      const box = kept.backend === 'file' ? { box: await this.#book.seal(name, value) } : {}
      // Once more: what is only in the file isn't changed yet.
      if (kept.backend === 'file') before()
      entries.set(name, { at: kept.backend, updatedAt, ...box })
      if (old?.at === 'keychain' && kept.backend === 'file')
        await this.#keyring.delete(name, signal).catch(() => {})
    })
    return kept
  }

  /** False when there was none. */
  async delete(name: string, signal: AbortSignal, before: () => void = () => {}): Promise<boolean> {
    let found = false
    await this.#book.change(async (entries) => {
      before()
      const entry = entries.get(name)
      if (entry === undefined) return
      found = true
      if (entry.at === 'keychain') await this.#keyring.delete(name, signal)
      entries.delete(name)
    })
    return found
  }

  async #toKeychain(
    name: string,
    value: string,
    wanted: Backend | undefined,
    signal: AbortSignal,
  ): Promise<Kept> {
    try {
      await this.#keyring.set(name, value, signal)
      return { backend: 'keychain' }
    } catch (error) {
      // A keychain that is there and locked is not replaced by a file behind its owner's back.
      if (wanted !== undefined || !(error instanceof StoreError) || error.code !== 'unavailable') throw error
      return { backend: 'file', fallback: error }
    }
  }
}
