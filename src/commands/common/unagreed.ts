/**
 * A servers.yaml that came with somebody else's repository may name programs of its stores. No command runs one before a
 * person has agreed to a server that uses it (promise 5); a file that a person chose is taken at its word.
 */
import { storesOf } from '../../config/blame.ts'
import type { Config, ServerConfig } from '../../config/config.ts'
import { launchFactsOf } from '../../config/for-rooms.ts'
import { SidemuxError } from '../../errors.ts'
import { knownPackages } from '../../packages/known.ts'
import { storeFor } from '../../secrets/stores/identity.ts'
import { stateDir } from '../../state/directory.ts'
import { TrustBook } from '../../trust/trust-book.ts'

/** @throws SidemuxError for the first of these servers whose secrets come from such a program */
export async function refuseUnagreed(
  servers: readonly ServerConfig[],
  config: Config,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  if (config.believed || config.trust === 'off') return
  const book = new TrustBook(stateDir(env), config.file)
  const packages = knownPackages(stateDir(env), config.file)
  for (const server of servers) {
    const { id } = server
    const types = storesOf(server).map((alias) => config.stores.get(storeFor(config.stores, alias, id))?.type)
    if (!types.includes('exec')) continue
    const facts = await launchFactsOf(server, config, packages)
    if (book.standing({ id, facts }).kind === 'trusted') continue
    throw new SidemuxError(
      `"${id}" has secrets of a program that this servers.yaml names, and nobody has agreed to that server`,
      {
        hint: `look at it with "sidemux trust ${id}"; or name the file by its whole path with --config, if it is yours`,
        exitCode: 3,
      },
    )
  }
}
