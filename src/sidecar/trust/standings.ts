/** Tells how the servers of a servers.yaml stand in the book of trusted launches, and what a person is shown of those that wait. */
import { launchFactsOf } from '../../config/for-rooms.ts'
import type { Config, ServerConfig } from '../../config/config.ts'
import type { KnownPackages } from '../../packages/known.ts'
import type { ServerFacts, Standing, TrustBook } from '../../trust/trust-book.ts'
import type { WaitingServer } from '../../trust/waiting.ts'

export class Standings {
  readonly #book: TrustBook
  readonly #packages: KnownPackages

  constructor(book: TrustBook, packages: KnownPackages) {
    this.#book = book
    this.#packages = packages
  }

  async factsOf(server: ServerConfig, config: Config): Promise<ServerFacts> {
    return { id: server.id, facts: await launchFactsOf(server, config, this.#packages) }
  }

  /** @throws BookError, as all of these */
  async of(server: ServerConfig, config: Config): Promise<Standing> {
    return this.#book.standing(await this.factsOf(server, config))
  }

  /** Ids of those to whose launch somebody has agreed. */
  async trusted(config: Config): Promise<ReadonlySet<string>> {
    const all = await Promise.all(
      config.servers.map(async (server) =>
        (await this.of(server, config)).kind === 'trusted' ? [server.id] : [],
      ),
    )
    return new Set(all.flat())
  }

  /** Those that wait, in the order of the file. @param running ids of servers that go on by an earlier launch */
  async waiting(config: Config, running: ReadonlySet<string>): Promise<readonly WaitingServer[]> {
    if (config.trust === 'off') return []
    const all = await Promise.all(
      config.servers.map(async (server): Promise<readonly WaitingServer[]> => {
        const { id } = server
        const { facts } = await this.factsOf(server, config)
        const standing = this.#book.standing({ id, facts })
        if (standing.kind === 'trusted') return []
        const { isNew, changes, denied } = standing
        return [{ id, facts, isNew, changes, denied, runs: running.has(id) }]
      }),
    )
    return all.flat()
  }
}
