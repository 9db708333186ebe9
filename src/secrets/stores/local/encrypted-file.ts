/**
 * Finds the files of sops and age, and reads a field of what they decrypt to. A file's name is relative to the
 * store's `path` and doesn't leave it, so it is never taken for an option either. `#field` is read from JSON, or else
 * from lines as in a .env file.
 */
import { isAbsolute, join } from 'node:path'
import { strayLines, parseDotenv, sayStrayLines } from '../../text/dotenv-text.ts'
import { pickField } from '../../text/json-field.ts'
import { nearestName } from '../../../nearest.ts'
import { resolvePath } from '../../text/read-text.ts'
import { asStoreError, failure, type StoreAnswer, type StoreReference } from '../../store.ts'
import type { Settings } from '../settings.ts'

export interface Files {
  readonly locate: (path: string) => string
  readonly validate: (reference: StoreReference) => readonly string[]
}

export async function encryptedFiles(path: string | undefined, settings: Settings): Promise<Files> {
  const { baseDir } = settings.context
  const directory =
    path === undefined ? baseDir : resolvePath(await settings.withEnvironment('path', path), baseDir)
  return {
    locate: (path) => join(directory, path),
    validate: ({ path }) =>
      isAbsolute(path) || /^([A-Za-z]:|[/\\])/.test(path) || path.split(/[/\\]/).includes('..')
        ? [`"${path}" leaves ${directory}; write it relative to it and without ..`]
        : [],
  }
}

export function pickFromText(text: string, { path, field }: StoreReference, alias: string): StoreAnswer {
  if (field === undefined || text.trimStart().startsWith('{'))
    return pickField(text, field, `${alias}:${path}`)
  const what = `what ${path} decrypts to`
  let values: ReadonlyMap<string, string>
  try {
    values = parseDotenv(text, what)
  } catch (error) {
    return { ok: false, error: asStoreError(error, `${what} can't be read`) }
  }
  const value = values.get(field)
  if (value !== undefined) return { ok: true, value }
  const near = nearestName(field, values.keys())
  const stray = sayStrayLines(strayLines(text))
  const message = `${what} is neither JSON nor has a line ${field}=…${stray === undefined ? '' : `; ${stray}`}`
  return failure('not_found', message, {
    hint:
      near === undefined ? 'correct the field after the #, or add it to the file' : `did you mean ${near}?`,
  })
}
