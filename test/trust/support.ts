/** Launches as servers.yaml has them, for the tests of launch trust; no file is read. */
import type { Config } from '../../src/config/config.ts'
import { launchFactsOf } from '../../src/config/for-rooms.ts'
import { resolveConfig } from '../../src/config/resolve.ts'
import type { LaunchFacts } from '../../src/trust/facts.ts'

export function configOf(content: Readonly<Record<string, unknown>>): Config {
  const position = () => ({ line: 1, col: 1 })
  return resolveConfig({ version: 1, ...content }, { file: '/w/servers.yaml', hash: '', position }).config
}

/** Of the server `a` of a file that has this beside it. */
export async function factsOfEntry(
  entry: Readonly<Record<string, unknown>>,
  beside: Readonly<Record<string, unknown>> = {},
  installed?: string,
): Promise<LaunchFacts> {
  const config = configOf({ ...beside, servers: { a: entry } })
  const [server] = config.servers
  if (server === undefined) throw new Error('there is no such entry')
  return launchFactsOf(server, config, async () => installed)
}
