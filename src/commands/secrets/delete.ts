/** Forgets a secret of this machine. */
import { SidemuxError } from '../../errors.ts'
import { LocalSecrets } from '../../secrets/stores/local/secrets.ts'
import { stateDir } from '../../state/directory.ts'
import type { Io } from '../io.ts'

const WAIT_MS = 60_000

export async function remove(name: string, io: Io): Promise<0> {
  const local = new LocalSecrets(stateDir(io.env))
  // Asked first, so that nothing is created where nothing was ever set.
  const known = local.entries().has(name) && (await local.delete(name, AbortSignal.timeout(WAIT_MS)))
  if (!known) {
    throw new SidemuxError(`no secret "${name}" was set on this machine`, {
      hint: 'run: sidemux secrets list',
    })
  }
  io.stdout.write(`${name} is deleted\n`)
  return 0
}
