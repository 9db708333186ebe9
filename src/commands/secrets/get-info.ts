/**
 * `sidemux secrets get`: shows what is known of one secret of this machine and whether it can be read, never its
 * value.
 */
import { SidemuxError } from '../../errors.ts'
import { MIN_MASKABLE_LENGTH } from '../../secrets/secret.ts'
import { asStoreError } from '../../secrets/store.ts'
import { LocalSecrets } from '../../secrets/stores/local/secrets.ts'
import { stateDir } from '../../state/directory.ts'
import type { Io } from '../io.ts'

const WAIT_MS = 15_000

export async function getInfo(name: string, { json }: { json: boolean }, io: Io): Promise<0 | 1> {
  const local = new LocalSecrets(stateDir(io.env))
  const entry = local.entries().get(name)
  if (entry === undefined) {
    throw new SidemuxError(`no secret "${name}" was set on this machine`, {
      hint: 'run: sidemux secrets list',
    })
  }
  const read = await local.value(name, entry, AbortSignal.timeout(WAIT_MS)).then(
    (value) => ({ outcome: 'ok', length: value.length < MIN_MASKABLE_LENGTH ? 'too short to mask' : 'ok' }),
    (error: unknown) => ({ outcome: asStoreError(error, "it can't be read").message, length: undefined }),
  )
  const info = { name, backend: entry.at, updatedAt: entry.updatedAt, ...read }
  const lines = Object.entries(info).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key.padEnd(10)} ${value}\n`],
  )
  io.stdout.write(json ? `${JSON.stringify(info, undefined, 2)}\n` : lines.join(''))
  return read.outcome === 'ok' ? 0 : 1
}
