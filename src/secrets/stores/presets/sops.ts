/**
 * SOPS: `sops --decrypt FILE`. With a field the output is asked for as JSON, whatever the file's own format, and the
 * field is picked from that; so all fields of a file cost one run.
 */
import { pickField } from '../../text/json-field.ts'
import { resolvePath } from '../../text/read-text.ts'
import type { Store } from '../../store.ts'
import { encryptedFiles } from '../local/encrypted-file.ts'
import { openPreset } from './preset.ts'
import type { Settings } from '../settings.ts'
import type { SopsOptions } from './sops.options.ts'

/** Names of files and profiles, by which sops finds a key; none of them is one. */
const INHERITS = [
  'SOPS_AGE_KEY_FILE',
  'SOPS_GPG_EXEC',
  'AWS_PROFILE',
  'AWS_REGION',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AZURE_CONFIG_DIR',
  'CLOUDSDK_CONFIG',
  'GOOGLE_APPLICATION_CREDENTIALS',
]

export async function openSops(options: SopsOptions, settings: Settings): Promise<Store> {
  const { alias, context } = settings
  const files = await encryptedFiles(options.path, settings)
  const variables: Record<string, string> = {}
  if (options.ageKeyFile !== undefined) {
    const given = await settings.withEnvironment('ageKeyFile', options.ageKeyFile)
    variables['SOPS_AGE_KEY_FILE'] = resolvePath(given, context.baseDir)
  }
  return openPreset(
    {
      type: 'sops',
      program: 'sops',
      failing: 'check that sops finds a key that the file is encrypted for',
      inherits: INHERITS,
      variables,
      validate: files.validate,
      args: ({ path, field }) => [
        '--decrypt',
        ...(field === undefined ? [] : ['--output-type', 'json']),
        files.locate(path),
      ],
      take: (output, { path, field }) => pickField(output, field, `${alias}:${path}`),
      files: ({ path }) => [files.locate(path)],
    },
    options,
    settings,
  )
}
