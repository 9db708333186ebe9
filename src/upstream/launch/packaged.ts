/**
 * Starts what npx or uvx would start, without them: the package that sidemux has installed (packages/), by Node itself or
 * the program in it. So a start costs what the server costs, works without a network, and runs what ran before.
 *
 * It comes before the sandbox (confined.ts), in which the package is there to be read and the server's home stays as it
 * was by the launch as it is written.
 */
import type { Launch } from '../process/process-launch.ts'
import type { PackagedDeps, PackageWish } from './package-wish.ts'
import type { CommonSpec, LocalSpec } from './spec.ts'

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
