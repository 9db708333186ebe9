/**
 * pass: `pass show NAME`. By its convention the first line is the password, and further lines are `key: value`, which
 * `#key` reads; a PEM is one value with all of its lines. Watched are the encrypted files, so that gpg is asked only when one of them is another.
 */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { failure, type Store, type StoreAnswer, type StoreReference } from '../../store.ts'
import { resolvePath } from '../../text/read-text.ts'
import type { PassOptions } from './pass.options.ts'
import { openPreset } from './preset.ts'
import type { Settings } from '../settings.ts'

export async function openPass(options: PassOptions, settings: Settings): Promise<Store> {
  const { alias, context } = settings
  const given =
    options.directory === undefined
      ? undefined
      : resolvePath(await settings.withEnvironment('directory', options.directory), context.baseDir)
  const directory =
    given ?? context.env['PASSWORD_STORE_DIR'] ?? join(context.env['HOME'] ?? homedir(), '.password-store')
  return openPreset(
    {
      type: 'pass',
      program: 'pass',
      failing: 'check that the entry exists and gpg can decrypt it',
      inherits: [],
      variables: given === undefined ? {} : { PASSWORD_STORE_DIR: given },
      validate: ({ path }) =>
        path.startsWith('/') || path.split('/').includes('..') ? [`"${path}" leaves the password store`] : [],
      args: ({ path }) => ['show', path],
      take: (output, reference) => take(output, reference, alias),
      files: ({ path }) => [join(directory, `${path}.gpg`)],
      add: ({ path }) => `pass insert ${path}`,
    },
    options,
    settings,
  )
}

function take(output: string, { path, field }: StoreReference, alias: string): StoreAnswer {
  const [password = '', ...lines] = output.split(/\r?\n/)
  if (field === undefined) return { ok: true, value: isPem(password) ? output : password }
  const line = lines.find((line) => line.startsWith(`${field}:`))
  if (line !== undefined) return { ok: true, value: line.slice(field.length + 1).trim() }
  return failure('not_found', `${alias}:${path} has no line "${field}:" after its first`, {
    hint: `add it with: pass edit ${path}`,
  })
}

function isPem(line: string): boolean {
  return /^-----BEGIN [A-Z0-9 ]+-----$/.test(line)
}
