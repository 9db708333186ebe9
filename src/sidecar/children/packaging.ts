/**
 * Connects the launches by npx and uvx with the room that installs their packages: what was installed is written down, stands
 * for what a human has agreed to, and then stands in servers.lock, before it starts (promises 5 and 6).
 */
import { dirname } from 'node:path'
import { installed as installedProgram } from '../../confine/confiner/programs.ts'
import type { ServersLock } from '../../catalog/lock/servers-lock.ts'
import { refuseAsWritten } from '../../packages/chosen.ts'
import { skippedScripts, type InstalledPackage } from '../../packages/installed.ts'
import { packageToLock } from '../../packages/locked.ts'
import type { Packages } from '../../packages/packages.ts'
import type { Confinement } from '../../upstream/launch/confined.ts'
import type { Packaging } from '../../upstream/launch/package-wish.ts'
import { processEnvironment } from '../../upstream/process/environment.ts'
import type { Journal } from '../journal.ts'

export interface PackagingDeps {
  packages(): Promise<Packages>
  readonly confinement: Confinement
  readonly journal: Pick<Journal, 'record' | 'attempt'>
  readonly log: Record<'info' | 'warn', (facts: { readonly server: string }, text: string) => void>
  readonly env: NodeJS.ProcessEnv
  readonly lock: Pick<ServersLock, 'packageOf' | 'setPackage'>
  /**
   * @param isFresh it was installed just now, and what was agreed to means that version from now on
   * @throws SidemuxError where nobody has agreed to that version
   */
  settle(server: string, isFresh: boolean): Promise<void>
}

export function packagingOf(deps: PackagingDeps): Packaging {
  const { confinement, journal, log, env, lock } = deps
  const told = new Set<string>()
  const written = async (server: string, installed: InstalledPackage): Promise<void> => {
    const { name, version, integrity, parts, scripts, engines } = installed
    await journal.record('server', {
      phase: 'installed',
      server,
      package: `${name}@${version}`,
      integrity,
      others: parts.length,
      scripts,
    })
    log.info({ server }, `installed ${name}@${version}`)
    const skipped = skippedScripts(installed)
    if (skipped.length > 0)
      log.info({ server }, `install scripts did not run: ${skipped.slice(0, 8).join(', ')}`)
    if (engines !== undefined)
      log.warn({ server }, `${name}@${version} says that it is made for another version of Node`)
  }
  return {
    packages: async () => deps.packages(),
    runScripts: async (spec, launch, tree) => {
      const { runInstallScripts } = await import('../../upstream/launch/install-scripts.ts')
      const { execPath, platform } = process
      const npm = installedProgram('npm', `${dirname(execPath)}:${env['PATH'] ?? ''}`) ?? 'npm'
      await runInstallScripts({
        spec,
        launch,
        tree,
        npm,
        env: processEnvironment({ platform, execPath, parent: env, declared: {}, inherit: [] }),
        confinement,
        execPath,
        signal: (await deps.packages()).closed,
      })
    },
    onFound: async ({ id, launchHash }, { installed, isFresh }) => {
      if (isFresh) await written(id, installed)
      // Also where another sidemux has installed it while this one waited.
      await deps.settle(id, isFresh)
      journal.attempt(`remember the package of ${id}`, () =>
        lock.setPackage(id, launchHash, packageToLock(installed)),
      )
    },
    onAsWritten: ({ id: server, launchHash }, why) => {
      refuseAsWritten(server, lock.packageOf(server, launchHash), why)
      if (told.has(server)) return
      told.add(server)
      log.warn({ server }, `is started as it is written, and not from a package of sidemux: ${why}`)
    },
  }
}
