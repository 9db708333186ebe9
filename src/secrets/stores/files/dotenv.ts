/**
 * A store that is a .env file. It is read anew for every resolution, so that an edit counts at the next start of a
 * server without restarting the host, and once for a whole batch.
 */
import { dirname } from 'node:path'
import { parseEnv } from 'node:util'
import { pickField } from '../../json-field.ts'
import { nearestName } from '../../nearest.ts'
import type { StoreOptions } from '../../options.ts'
import { readText, resolvePath } from '../../read-text.ts'
import { replaceFile } from '../../../state/replace.ts'
import { asStoreError, failure, StoreError, type StoreAnswer, type StoreReference } from '../../store.ts'
import type { Settings } from '../settings.ts'
import { watchDirectories } from '../shared/watch-directory.ts'
import type { WritableStore } from '../writable.ts'

export async function openDotenv(
  options: Extract<StoreOptions, { type: 'dotenv' }>,
  settings: Settings,
): Promise<WritableStore> {
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
    nameFor: (name) => name.replace(/\W/g, '_').toUpperCase(),
    async put(path, value) {
      const before = await readText(file).catch((error: unknown) => {
        if (error instanceof StoreError && error.code === 'not_found') return ''
        throw error
      })
      const gap = before === '' || before.endsWith('\n') ? '' : '\n'
      const after = `${before}${gap}${path}=${quote(value)}\n`
      if (parseEnv(after)[path] !== value) {
        throw new StoreError('invalid_reference', `a .env file can't hold that value as ${path}`, {
          hint: 'choose another store with --to',
        })
      }
      await replaceFile(file, after)
    },
    watch(references, onChange) {
      const keys = [...new Set(references.map(({ path }) => path))]
      const read = async (): Promise<string> => {
        const values = new Map(Object.entries(parseEnv(await readText(file))))
        return JSON.stringify(keys.map((key) => values.get(key) ?? ''))
      }
      const directories = [dirname(file)]
      return watchDirectories({ directories, items: [file], read, onChange, intervalMs: context.pollMs })
    },
    close: () => Promise.resolve(),
  }
}

/** .env files know no escapes but in double quotes, so the quote that isn't in the value is taken. */
function quote(value: string): string {
  if (/^[\w.@%+=:,/-]+$/.test(value)) return value
  const mark = ["'", '"', '`'].find((mark) => !value.includes(mark)) ?? "'"
  return mark + value + mark
}
