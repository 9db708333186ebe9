/** The names of this machine's secrets, where each is and since when; no value is read for it. */
import { LocalSecrets } from '../../secrets/stores/local/secrets.ts'
import { stateDir } from '../../state/directory.ts'
import type { Io } from '../io.ts'
import { table } from '../common/table.ts'

export async function listSecrets({ json }: { json: boolean }, io: Io): Promise<0> {
  const entries = new LocalSecrets(stateDir(io.env)).entries()
  const rows = [...entries].map(([name, { at, updatedAt }]) => ({ name, backend: at, updatedAt }))
  if (json) io.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`)
  else if (rows.length === 0) io.stdout.write('none; set one with: sidemux secrets set NAME\n')
  else
    io.stdout.write(
      table(
        ['name', 'backend', 'updated'],
        rows.map((row) => [row.name, row.backend, row.updatedAt]),
      ),
    )
  return 0
}
