/** Says which versions of packages the servers run that npx or uvx would run, for `check` and `tools`. It asks no registry. */
import type { ServersLock } from '../../catalog/lock/servers-lock.ts'
import type { Config } from '../../config/config.ts'
import { launchSpec } from '../../config/for-rooms.ts'
import { skippedScripts } from '../../packages/installed.ts'
import { isAsLocked } from '../../packages/locked.ts'
import { PackageBook } from '../../packages/package-book.ts'
import { stateDir } from '../../state/directory.ts'
import { wishOf } from '../../upstream/launch/packaged.ts'
import { visibleLine } from '../../visible.ts'

export interface PackageShown {
  readonly server: string
  readonly package: string
  readonly version: string
  readonly integrity: string
  /** The version that servers.lock holds, where what is installed is not what it holds: that runs from the next start on. */
  readonly locked?: string
  /** How many came with it. */
  readonly others: number
  /** Install scripts that did not run. */
  readonly skippedScripts: readonly string[]
}

/** Those that are installed; a book that can't be read is said where a server is to start. */
export async function packagesShown(
  config: Config,
  env: NodeJS.ProcessEnv,
  lock?: Pick<ServersLock, 'packageOf'>,
): Promise<readonly PackageShown[]> {
  const book = new PackageBook(stateDir(env), config.file)
  const all = await Promise.all(
    config.servers.map(async (server): Promise<readonly PackageShown[]> => {
      const spec = launchSpec(server, config)
      const wish = spec.kind === 'remote' ? undefined : await wishOf(spec)
      if (wish === undefined) return []
      try {
        const installed = book.of(server.id)
        if (installed?.wanted !== wish.key) return []
        const { name, version, integrity, parts } = installed
        const skipped = skippedScripts(installed)
        const locked = lock?.packageOf(server.id, server.launchHash).locked
        return [
          {
            server: server.id,
            package: name,
            version,
            integrity,
            ...(locked !== undefined && !isAsLocked(installed, locked) && { locked: locked.version }),
            others: parts.length,
            skippedScripts: skipped,
          },
        ]
      } catch {
        return []
      }
    }),
  )
  return all.flat()
}

const MOST = 3

export function packageLines(shown: readonly PackageShown[]): readonly string[] {
  return shown.map(({ server, package: name, version, locked, skippedScripts: skipped }) => {
    if (locked !== undefined)
      return visibleLine(
        `${server} has ${name} ${version}, and servers.lock holds ${locked === version ? 'other contents of it' : locked}: that is installed at its next start`,
      )
    const more = skipped.length > MOST ? ` and ${skipped.length - MOST} more` : ''
    const scripts =
      skipped.length === 0
        ? ''
        : `; install scripts of ${skipped.slice(0, MOST).join(', ')}${more} did not run`
    return visibleLine(`${server} runs ${name} ${version} until "sidemux update ${server}"${scripts}`)
  })
}
