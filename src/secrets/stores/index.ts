/**
 * Opens a store from its settings. Each adapter is loaded only when a store of its type is configured. So nobody pays
 * for, or runs, a back end's library without using it.
 */
import type { StoreOptions } from './options.ts'
import { asStoreError, type Store, type StoreError } from '../store.ts'
import { prefixed, prefixOf } from './prefixed.ts'
import { Settings, type OpenContext } from './settings.ts'
import { keeping } from './shared/wishes.ts'

export type { OpenContext } from './settings.ts'

/** @throws StoreError when a setting can't be resolved or makes no sense. */
export async function openStore(alias: string, options: StoreOptions, context: OpenContext): Promise<Store> {
  const poll = 'poll' in options ? options.poll : undefined
  const settings = new Settings(alias, poll === undefined ? context : { ...context, pollMs: poll })
  const prefix = await prefixOf(options, settings)
  const store = keeping(await openWith(options, settings), settings.wishes)
  return prefixed(store, options.type, settings.alias, prefix)
}

/** What its settings have opened ends with it. */
async function openWith(options: StoreOptions, settings: Settings): Promise<Store> {
  try {
    const store = await openByType(options, settings)
    return { ...store, close: () => store.close().finally(() => settings.close()) }
  } catch (error) {
    settings.close()
    throw error
  }
}

async function openByType(options: StoreOptions, settings: Settings): Promise<Store> {
  if (options.type === 'env') return (await import('./files/env.ts')).openEnv(options, settings)
  if (options.type === 'dotenv') return (await import('./files/dotenv.ts')).openDotenv(options, settings)
  if (options.type === 'file') return (await import('./files/file.ts')).openFile(options, settings)
  if (options.type === 'exec') return (await import('./exec/store.ts')).openExec(options, settings)
  if (options.type === 'age') return (await import('./presets/age.ts')).openAge(options, settings)
  if (options.type === 'aws-sm') return (await import('./aws/store.ts')).openAwsSm(options, settings)
  if (options.type === 'azure-kv') return (await import('./azure/store.ts')).openAzureKv(options, settings)
  if (options.type === 'bws') return (await import('./presets/bws.ts')).openBws(options, settings)
  if (options.type === 'doppler') return (await import('./doppler/store.ts')).openDoppler(options, settings)
  if (options.type === 'dotenvx') return (await import('./presets/dotenvx.ts')).openDotenvx(options, settings)
  if (options.type === 'gcp-sm') return (await import('./gcp/store.ts')).openGcpSm(options, settings)
  if (options.type === 'keychain')
    return (await import('./keychain/store.ts')).openKeychain(options, settings)
  if (options.type === 'local') return (await import('./local/store.ts')).openLocal(options, settings)
  if (options.type === 'op') return (await import('./presets/op.ts')).openOp(options, settings)
  if (options.type === 'pass') return (await import('./presets/pass.ts')).openPass(options, settings)
  if (options.type === 'sops') return (await import('./presets/sops.ts')).openSops(options, settings)
  if (options.type === 'vault') return (await import('./vault/store.ts')).openVault(options, settings)
  return (await import('./infisical/store.ts')).openInfisical(options, settings)
}

/** All of them. One that can't be opened answers with why, so that only the servers that need it stay down. */
export async function openStores(
  stores: ReadonlyMap<string, StoreOptions>,
  context: OpenContext,
): Promise<ReadonlyMap<string, Store>> {
  const opened = [...stores].map(async ([alias, options]): Promise<[string, Store]> => {
    try {
      return [alias, await openStore(alias, options, context)]
    } catch (error) {
      return [alias, unopened(options.type, asStoreError(error, `store "${alias}" can't be opened`))]
    }
  })
  return new Map(await Promise.all(opened))
}

function unopened(type: string, error: StoreError): Store {
  return {
    type,
    validate: () => [],
    resolve: (references) => Promise.resolve(references.map(() => ({ ok: false, error }))),
    lease: () => Promise.reject(error),
    close: () => Promise.resolve(),
  }
}
