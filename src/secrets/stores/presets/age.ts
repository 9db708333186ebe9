/**
 * age: `age --decrypt --identity KEY FILE`. The program and not the age-encryption library: who has such files has the
 * program, which also knows plugins and SSH keys, and the library brings eight packages for one call.
 */
import { resolvePath } from '../../text/read-text.ts'
import type { Store } from '../../store.ts'
import type { AgeOptions } from './age.options.ts'
import { encryptedFiles, pickFromText } from '../local/encrypted-file.ts'
import { openPreset } from './preset.ts'
import type { Settings } from '../settings.ts'

export async function openAge(options: AgeOptions, settings: Settings): Promise<Store> {
  const { alias, context } = settings
  const files = await encryptedFiles(options.path, settings)
  const identity = resolvePath(await settings.withEnvironment('identity', options.identity), context.baseDir)
  return openPreset(
    {
      type: 'age',
      program: 'age',
      failing: 'check that identity: is the key that the file is encrypted for',
      inherits: [],
      variables: {},
      validate: files.validate,
      args: ({ path }) => ['--decrypt', '--identity', identity, files.locate(path)],
      take: (output, reference) => pickFromText(output, reference, alias),
      files: ({ path }) => [files.locate(path)],
    },
    options,
    settings,
  )
}
