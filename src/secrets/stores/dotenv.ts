/**
 * A store that is a .env file. It is read anew for every resolution, so that an edit counts at the next start of a
 * server without restarting the host, and once for a whole batch.
 */
import { parseEnv } from 'node:util'
import { pickField } from '../json-field.ts'
import { nearestName } from '../nearest.ts'
import type { StoreOptions } from '../options.ts'
import { readText, resolvePath } from '../read-text.ts'
import { asStoreError, failure, type Store, type StoreAnswer, type StoreReference } from '../store.ts'
import type { Settings } from './settings.ts'

export async function openDotenv(
  options: Extract<StoreOptions, { type: 'dotenv' }>,
  settings: Settings,
): Promise<Store> {
  const { alias, context } = settings
  const file = resolvePath(await settings.withEnvironment('path', options.path), context.baseDir)

  function pick(
    values: ReadonlyMap<string, string | undefined>,
    { path, field }: StoreReference,
  ): StoreAnswer {
    const value = values.get(path)
    if (value !== undefined) return pickField(value, field, `${alias}:${path}`)
    const near = nearestName(path, values.keys())
    return failure('not_found', `${file} has no ${path}`, {
      hint:
        near === undefined
          ? `add a line ${path}=… to it`
          : `did you mean ${near}? or add a line ${path}=… to it`,
    })
  }

  return {
    type: 'dotenv',
    validate: ({ path }) => (/^[^\s=#/]+$/.test(path) ? [] : [`"${path}" is not a key of a .env file`]),
    async resolve(references) {
      try {
        const values = new Map(Object.entries(parseEnv(await readText(file))))
        return references.map((reference) => pick(values, reference))
      } catch (error) {
        const failed: StoreAnswer = { ok: false, error: asStoreError(error, `${file} can't be read`) }
        return references.map(() => failed)
      }
    },
    close: () => Promise.resolve(),
  }
}
