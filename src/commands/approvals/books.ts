/** The grants of the servers.yaml that is chosen here and of those that running sidecars use. */
import { GrantBook } from '../../approval/grants/grant-book.ts'
import type { Grant } from '../../approval/grants/grants.ts'
import { readConfigFile } from '../../config/file/file.ts'
import { runningSidecars } from '../../dashboard/neighbours/client.ts'
import { SidemuxError } from '../../errors.ts'
import { stateDir } from '../../state/directory.ts'
import type { Io } from '../io.ts'

export interface KeptGrant {
  readonly config: string
  readonly grant: Grant
  readonly book: GrantBook
}

export interface Books {
  readonly kept: readonly KeptGrant[]
  /** What could not be read. */
  readonly problems: readonly SidemuxError[]
}

export async function openBooks(path: string | undefined, io: Io): Promise<Books> {
  const dir = stateDir(io.env)
  const files = new Set([await chosenFile(path, io)].filter((file) => file !== undefined))
  for (const { config } of await runningSidecars(dir)) files.add(config)
  const problems: SidemuxError[] = []
  const kept = [...files].flatMap((config) => {
    const book = new GrantBook({
      stateDir: dir,
      configFile: config,
      now: Date.now,
      onError: (error) => problems.push(error),
    })
    return book.list().map((grant) => ({ config, grant, book }))
  })
  return { kept, problems }
}

/** Only a file that was named has to be there. */
async function chosenFile(path: string | undefined, { env, cwd }: Io): Promise<string | undefined> {
  try {
    return (await readConfigFile({ path, env, cwd })).file
  } catch (error) {
    if (path !== undefined || !(error instanceof SidemuxError)) throw error
    return undefined
  }
}
