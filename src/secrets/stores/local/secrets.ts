/**
 * The embedded store's secrets by name, on the system's keychain or in the encrypted file of book.ts. Where a
 * value goes is decided when it is set and written down, so that a session without a keychain never reads another value
 * than the desktop wrote: a keychain that can't be reached is an error and no reason to look elsewhere.
 */
import { BookError } from '../../../state/book-error.ts'
import type { Book } from '../../../state/book.ts'
import { StoreError } from '../../store.ts'
import { localBook, localBox } from './book.ts'
import type { Backend, LocalBookName, LocalEntries, LocalEntry } from './book.ts'
import { Keyring } from './keyring.ts'
import type { SecretBox } from './secret-box.ts'

export const NAME = /^[A-Za-z0-9_][A-Za-z0-9_./-]{0,127}$/

/** The service in the keychain. */
const SERVICES = { secrets: 'sidemux', logins: 'sidemux login' } as const

export interface KeptSecret {
  readonly backend: Backend
  /** Why it is not on the keychain, where nobody asked for the file. */
  readonly fallback?: StoreError
}

export class LocalSecrets {
  readonly #book: Book<LocalEntries>
  readonly #box: SecretBox
  readonly #keyring: Keyring

  constructor(stateDir: string, name: LocalBookName = 'secrets') {
    this.#book = localBook(stateDir, name)
    this.#box = localBox(stateDir, name)
    this.#keyring = new Keyring(SERVICES[name])
  }

  /** Where what no keychain takes is kept. */
  get directory(): string {
    return this.#book.directory
  }

  /** Another one after each change, also of one in the keychain. */
  sign(): string {
    return this.#book.sign()
  }

  /** Calls back after each change, whoever made it; returns how to stop. */
  watch(onChange: () => void): () => void {
    return this.#book.watch(onChange)
  }

  /** Empty when nothing was ever set. @throws StoreError */
  entries(): LocalEntries {
    try {
      return this.#book.read() ?? new Map()
    } catch (error) {
      throw ofStore(error)
    }
  }

  async value(name: string, entry: LocalEntry, signal: AbortSignal): Promise<string> {
    const { at, box } = entry
    const value =
      at === 'file' && box !== undefined
        ? await this.#box.open(name, box)
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
  ): Promise<KeptSecret> {
    let kept: KeptSecret = { backend: 'file' }
    await this.#change(async (entries) => {
      before()
      const old = entries.get(name)
      const wanted = backend ?? old?.at ?? [...entries.values()][0]?.at
      kept = wanted === 'file' ? { backend: 'file' } : await this.#toKeychain(name, value, wanted, signal)
      const updatedAt = new Date().toISOString()
      const entry: LocalEntry =
        kept.backend === 'file'
          ? { at: 'file', updatedAt, box: await this.#box.seal(name, value) }
          : { at: 'keychain', updatedAt }
      // Once more: what is only in the file isn't changed yet.
      if (kept.backend === 'file') before()
      entries.set(name, entry)
      if (old?.at === 'keychain' && kept.backend === 'file')
        await this.#keyring.delete(name, signal).catch(() => {})
      return true
    })
    return kept
  }

  /** False when there was none. */
  async delete(name: string, signal: AbortSignal, before: () => void = () => {}): Promise<boolean> {
    let found = false
    await this.#change(async (entries) => {
      before()
      const entry = entries.get(name)
      if (entry === undefined) return false
      found = true
      if (entry.at === 'keychain') await this.#keyring.delete(name, signal)
      return entries.delete(name)
    })
    return found
  }

  /** @param edit Whether there is anything to write; may run again, on what another process wrote meanwhile. */
  async #change(edit: (entries: Map<string, LocalEntry>) => Promise<boolean>): Promise<void> {
    try {
      await this.#book.changeSlowly(async (before) => {
        const entries = new Map(before)
        return (await edit(entries)) ? entries : undefined
      })
    } catch (error) {
      throw ofStore(error)
    }
  }

  async #toKeychain(
    name: string,
    value: string,
    wanted: Backend | undefined,
    signal: AbortSignal,
  ): Promise<KeptSecret> {
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

function ofStore(error: unknown): unknown {
  if (!(error instanceof BookError)) return error
  const { message, hint } = error
  return new StoreError('unavailable', message, hint === undefined ? {} : { hint })
}
