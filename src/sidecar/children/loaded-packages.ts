/** Loads what installs packages, and what connects launches with it (packaging.ts), once a server runs a package of npm or PyPI. */
import type { ServersLock } from '../../catalog/lock/servers-lock.ts'
import type { Packages } from '../../packages/packages.ts'
import type { Packaging } from '../../upstream/launch/package-wish.ts'
import { visibleLine } from '../../visible.ts'
import type { PackagingDeps } from './packaging.ts'

export interface LoadedPackagesDeps extends Omit<PackagingDeps, 'packages'> {
  readonly stateDir: string
  readonly configFile: () => string
  readonly lock: Pick<ServersLock, 'packageOf' | 'setPackage'>
}

export class LoadedPackages {
  readonly #deps: LoadedPackagesDeps
  #opened: Promise<Packages> | undefined
  #connected: Promise<Packaging> | undefined

  constructor(deps: LoadedPackagesDeps) {
    this.#deps = deps
  }

  async packaging(): Promise<Packaging> {
    this.#connected ??= import('./packaging.ts').then(({ packagingOf }) =>
      packagingOf({ ...this.#deps, packages: async () => this.#packages() }),
    )
    return this.#connected
  }

  async #packages(): Promise<Packages> {
    const { stateDir, configFile, lock, log } = this.#deps
    this.#opened ??= import('../../packages/packages.ts').then(
      (room) =>
        new room.Packages({
          stateDir,
          configFile: configFile(),
          now: Date.now,
          inLock: (id, launchHash) => lock.packageOf(id, launchHash),
          onInstalling: (id, spec) =>
            log.info({ server: id }, `installs ${visibleLine(spec)}, once; the next starts do without it`),
        }),
    )
    return this.#opened
  }

  async close(): Promise<void> {
    await (await this.#opened)?.close()
  }
}
