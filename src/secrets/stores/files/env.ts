/** A store of the variables that sidemux itself was started with. */
import { variable } from '../../../json/named.ts'
import { pickField } from '../../text/json-field.ts'
import { failure, type Store, type StoreAnswer, type StoreReference } from '../../store.ts'
import type { StoreOptions } from '../options.ts'
import type { Settings } from '../settings.ts'

export function openEnv(_options: Extract<StoreOptions, { type: 'env' }>, settings: Settings): Store {
  const { alias, context } = settings

  function read({ path, field }: StoreReference): StoreAnswer {
    const value = variable(context.env, path)
    if (value !== undefined) return pickField(value, field, `${alias}:${path}`)
    return failure('not_found', `the environment variable ${path} is not set`, {
      hint: `set ${path} where the host starts sidemux`,
    })
  }

  return {
    type: 'env',
    validate: ({ path }) =>
      /^[^\s=/]+$/.test(path) ? [] : [`"${path}" is not the name of an environment variable`],
    resolve: (references) => Promise.resolve(references.map(read)),
    filesInClear: () => [],
    close: () => Promise.resolve(),
  }
}
