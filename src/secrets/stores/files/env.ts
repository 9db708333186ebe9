/** A store of the variables that sidemux itself was started with; `prefix` lets one host entry hold several sets. */
import { pickField } from '../../json-field.ts'
import { failure, type Store, type StoreAnswer, type StoreReference } from '../../store.ts'
import type { StoreOptions } from '../../options.ts'
import type { Settings } from '../settings.ts'

export async function openEnv(
  options: Extract<StoreOptions, { type: 'env' }>,
  settings: Settings,
): Promise<Store> {
  const prefix =
    options.prefix === undefined || options.prefix === ''
      ? ''
      : await settings.withEnvironment('prefix', options.prefix)
  const { env } = settings.context

  function read({ path, field }: StoreReference): StoreAnswer {
    const name = prefix + path
    const value = env[name]
    if (value !== undefined) return pickField(value, field, `${settings.alias}:${path}`)
    return failure('not_found', `the environment variable ${name} is not set`, {
      hint: `set ${name} where the host starts sidemux`,
    })
  }

  return {
    type: 'env',
    validate: ({ path }) =>
      /^[^\s=/]+$/.test(path) ? [] : [`"${path}" is not the name of an environment variable`],
    resolve: (references) => Promise.resolve(references.map(read)),
    close: () => Promise.resolve(),
  }
}
