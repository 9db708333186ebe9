/**
 * @napi-rs/keyring, an optional peer, and the only file that knows it. On Linux the Secret Service is required by name:
 * left to itself the library falls back to the kernel's keyring, which forgets everything at the next boot. What it
 * throws is told in our words.
 */
import type { AsyncEntry } from '@napi-rs/keyring'
import { abortable } from '../../abort.ts'
import { StoreError } from '../../store.ts'
import { loadPeer } from '../shared/peer.ts'

export class Keyring {
  readonly #service: string

  constructor(service: string) {
    this.#service = service
  }

  /** Undefined when there is no such entry. */
  async get(account: string, signal: AbortSignal): Promise<string | undefined> {
    return (await this.#with(account, signal, (entry) => entry.getPassword(signal))) ?? undefined
  }

  async set(account: string, value: string, signal: AbortSignal): Promise<void> {
    await this.#with(account, signal, (entry) => entry.setPassword(value, signal))
  }

  /** False when there was none. */
  async delete(account: string, signal: AbortSignal): Promise<boolean> {
    return this.#with(account, signal, (entry) => entry.deleteCredential(signal))
  }

  async #with<T>(account: string, signal: AbortSignal, act: (entry: AsyncEntry) => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    const { AsyncEntry } = await loadPeer('@napi-rs/keyring', () => import('@napi-rs/keyring'))
    try {
      const entry = new AsyncEntry(this.#service, account, { linux: { store: 'secret-service' } })
      return await abortable(act(entry), signal)
    } catch (error) {
      signal.throwIfAborted()
      throw explain(error)
    }
  }
}

/** The library's only code is GenericFailure; these words of its sentences are its own and hold no value. */
function explain(error: unknown): StoreError {
  const text = error instanceof Error ? error.message : ''
  if (/dismissed|locked|access|denied|cancel/i.test(text) && !/DBus|D-Bus|ServiceUnknown/i.test(text)) {
    return new StoreError('denied', 'the keychain is locked, or its owner did not let sidemux in', {
      hint: 'unlock the keychain (log in to the desktop), then try again',
    })
  }
  return process.platform === 'linux'
    ? new StoreError('unavailable', 'no Secret Service answers on this machine', {
        hint: 'start gnome-keyring or KWallet in your session and give the host DBUS_SESSION_BUS_ADDRESS; without a desktop use: sidemux secrets set NAME --backend file',
      })
    : new StoreError('unavailable', "the system's keychain can't be used", {
        hint: 'use: sidemux secrets set NAME --backend file',
      })
}
