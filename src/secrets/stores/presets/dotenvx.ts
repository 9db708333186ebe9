/**
 * dotenvx: `dotenvx get --strict --overload -f FILE` prints the whole file as JSON, so a batch costs one run. --overload
 * lets the file win over variables of the session, --strict makes a value that can't be decrypted an error.
 */
import { basename, dirname, join } from 'node:path'
import { pickField } from '../../text/json-field.ts'
import { nearestName } from '../../../nearest.ts'
import { resolvePath } from '../../text/read-text.ts'
import { failure, type Store, type StoreAnswer, type StoreReference } from '../../store.ts'
import type { DotenvxOptions } from './dotenvx.options.ts'
import { parseObject } from '../shared/http.ts'
import { openPreset } from './preset.ts'
import type { Settings } from '../settings.ts'

export async function openDotenvx(options: DotenvxOptions, settings: Settings): Promise<Store> {
  const { alias, context } = settings
  const file = resolvePath(await settings.withEnvironment('path', options.path), context.baseDir)
  const keysFile =
    options.keysFile === undefined
      ? undefined
      : resolvePath(await settings.withEnvironment('keysFile', options.keysFile), context.baseDir)
  const keys = keysFile === undefined ? [] : ['--env-keys-file', keysFile]
  const variables: Record<string, string> = {}
  if (options.privateKey !== undefined) {
    variables[keyName(file)] = await settings.text('privateKey', options.privateKey)
  }

  function take(output: string, { path, field }: StoreReference): StoreAnswer {
    const values = parseObject(output)
    if (values === undefined) {
      return failure('unavailable', 'dotenvx printed something else than the values', {
        hint: 'update dotenvx',
      })
    }
    const value = Object.hasOwn(values, path) ? values[path] : undefined
    if (typeof value !== 'string') {
      const near = nearestName(path, Object.keys(values))
      return failure('not_found', `${file} has no ${path}`, {
        hint: near === undefined ? `add it with: dotenvx set ${path}` : `did you mean ${near}?`,
      })
    }
    if (value.startsWith('encrypted:')) {
      return failure('auth', `${path} in ${file} can't be decrypted`, {
        hint: 'set keysFile: or privateKey: on the store',
      })
    }
    return pickField(value, field, `${alias}:${path}`)
  }

  return openPreset(
    {
      type: 'dotenvx',
      program: 'dotenvx',
      failing: 'check that keysFile: or privateKey: of the store fits the file',
      inherits: [],
      variables,
      validate: ({ path }) => (/^[^\s=#/]+$/.test(path) ? [] : [`"${path}" is not a key of a .env file`]),
      args: () => ['get', '--strict', '--overload', '-f', file, ...keys],
      take,
      // `dotenvx rotate` writes both, one after the other.
      files: () => [file, keysFile ?? join(dirname(file), '.env.keys')],
    },
    options,
    settings,
  )
}

/** dotenvx's own rule: .env.production is decrypted by DOTENV_PRIVATE_KEY_PRODUCTION. */
function keyName(file: string): string {
  const [, suffix] = /^\.env\.(.+)$/.exec(basename(file)) ?? []
  return suffix === undefined
    ? 'DOTENV_PRIVATE_KEY'
    : `DOTENV_PRIVATE_KEY_${suffix.replace(/\W/g, '_').toUpperCase()}`
}
