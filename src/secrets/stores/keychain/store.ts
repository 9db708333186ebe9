/**
 * The operating system's keychain: an entry is a service, which the store names, and an account, which is a reference's
 * path. Reading may make the system ask its user to unlock; the deadline ends the waiting.
 */
import { pickField } from '../../text/json-field.ts'
import { asStoreError, failure, type Store, type StoreAnswer, type StoreReference } from '../../store.ts'
import { Keyring } from '../local/keyring.ts'
import type { KeychainOptions } from './options.ts'
import type { Settings } from '../settings.ts'
import { watchWhenAsked } from '../shared/watch-reading.ts'
import type { WritableStore } from '../writable.ts'

export async function openKeychain(options: KeychainOptions, settings: Settings): Promise<WritableStore> {
  const { alias } = settings
  const service = await settings.withEnvironment('service', options.service ?? 'sidemux')
  const keyring = new Keyring(service)

  async function read({ path, field }: StoreReference, signal: AbortSignal): Promise<StoreAnswer> {
    try {
      const value = await keyring.get(path, signal)
      if (value !== undefined) return pickField(value, field, `${alias}:${path}`)
      return failure('not_found', `the keychain has no entry "${path}" of service "${service}"`, {
        hint: 'add it in the keychain of your system, or correct the reference',
      })
    } catch (error) {
      return { ok: false, error: asStoreError(error, "the keychain can't be read") }
    }
  }

  const resolve: Store['resolve'] = (references, { signal }) =>
    Promise.all(references.map((reference) => read(reference, signal)))

  return {
    type: 'keychain',
    validate: () => [],
    resolve,
    ...watchWhenAsked(resolve, settings.context.pollMs),
    put: (path, value, signal) => keyring.set(path, value, signal),
    close: () => Promise.resolve(),
  }
}
