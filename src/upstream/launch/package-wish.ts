/** Says what a launch may want of packages, and what of them it is handed; who installs them stands below (packages/). */
import type { FoundPackage, Packages } from '../../packages/packages.ts'
import type { Launch } from '../process/process-launch.ts'
import type { LocalDeps } from './local.ts'
import type { CommonSpec, LocalSpec } from './spec.ts'

export interface Packaging {
  /** Loaded where a launch wants one. */
  packages(): Promise<Packages>
  /** Runs the install scripts of what lies in `tree`, confined as the server is. @throws NotInstalled */
  runScripts(spec: CommonSpec & LocalSpec, launch: Launch, tree: string): Promise<void>
  /** It is started next. Awaited. @throws SidemuxError where nobody has agreed to that version */
  onFound(spec: CommonSpec, found: FoundPackage): Promise<void>
  /**
   * It is started as it is written, although sidemux would have installed it.
   *
   * @throws SidemuxError where it may not be
   */
  onAsWritten(spec: CommonSpec, why: string): void
}

export type PackagedDeps = Pick<LocalDeps, 'environment' | 'platform' | 'execPath'> & {
  /** Loaded where a launch wants a package. */
  packaging(): Promise<Packaging>
}

export interface PackageWish {
  /** Names it, however references in it are resolved. */
  readonly key: string
  /** Install scripts are to run. */
  readonly scripts: boolean
}
