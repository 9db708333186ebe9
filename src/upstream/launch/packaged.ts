/**
 * Starts what npx or uvx would start, without them: the package that sidemux has installed (packages/), by Node itself or
 * the program in it. So a start costs what the server costs, works without a network, and runs what ran before.
 *
 * It comes before the sandbox (confined.ts), in which the package is there to be read and the server's home stays as it
 * was by the launch as it is written.
 */
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

/** Nothing else is looked at, and what reads their words isn't loaded. */
const LAUNCHER = /(?:^|[/\\])(?:npx|npm|uvx?|cmd)(?:\.(?:cmd|exe|ps1))?$/i

/** What a launch wants installed, by what is written, whatever references bring; undefined for one that wants nothing. */
export async function wishOf({
  command,
  args,
  install,
}: Pick<LocalSpec, 'command' | 'args' | 'install'>): Promise<PackageWish | undefined> {
  if (install === 'off' || !LAUNCHER.test(command.source)) return undefined
  const { wantedPackage } = await import('../../packages/wanted.ts')
  const wanted = wantedPackage({ command: command.source, args: args.map(({ source }) => source) })
  if (wanted === undefined) return undefined
  const { wantedKey } = await import('../../packages/installed.ts')
  const scripts = install === 'scripts'
  return { key: wantedKey(wanted, scripts), scripts }
}

/** @throws SidemuxError where the package can't be had */
export async function packaged(
  launch: Launch,
  spec: CommonSpec & LocalSpec,
  deps: PackagedDeps,
  signal: AbortSignal,
): Promise<Launch> {
  const wish = await wishOf(spec)
  if (wish === undefined) return launch
  return (await import('./from-package.ts')).fromPackage(launch, spec, wish, deps, signal)
}
