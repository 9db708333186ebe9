/** Keeps a value on this machine, for `${local:NAME}`. */
import { dirname } from 'node:path'
import { renderError } from '../../errors.ts'
import { MIN_MASKABLE_LENGTH } from '../../secrets/secret.ts'
import type { Backend } from '../../secrets/stores/local/book.ts'
import { LocalSecrets } from '../../secrets/stores/local/secrets.ts'
import { ensureStateDir } from '../../state/directory.ts'
import type { Io } from '../io.ts'
import { readValue } from './read-value.ts'

const WAIT_MS = 60_000

export async function set(name: string, backend: Backend | undefined, io: Io): Promise<0> {
  const local = new LocalSecrets(ensureStateDir(io.env))
  const value = await readValue(name, io)
  const kept = await local.set(name, value, backend, AbortSignal.timeout(WAIT_MS))
  if (kept.fallback !== undefined) {
    io.stderr.write(`no keychain was used: ${renderError(kept.fallback)}\n`)
  }
  if (value.length < MIN_MASKABLE_LENGTH) {
    io.stderr.write(
      `${name} is shorter than ${MIN_MASKABLE_LENGTH} characters and can't be masked in results and logs\n`,
    )
  }
  io.stdout.write(`${name} is kept ${placeOf(kept.backend, local)}; refer to it as \${local:${name}}\n`)
  io.stdout.write('with this in servers.yaml: secrets: { local: { type: local } }\n')
  return 0
}

function placeOf(backend: Backend, local: LocalSecrets): string {
  return backend === 'keychain' ? "in the system's keychain" : `encrypted in ${dirname(local.directory)}`
}
