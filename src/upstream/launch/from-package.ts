/**
 * Installs what a launch by npx or uvx asks for, or finds it installed, and makes the launch of the program in it
 * (packaged.ts). Loaded where there is such a launch.
 */
import { delimiter, dirname, join } from 'node:path'
import { installed as installedProgram } from '../../confine/confiner/programs.ts'
import { isExecutable } from '../../executable.ts'
import { dataPlace } from '../../packages/habits.ts'
import { skippedScripts, type InstalledPackage } from '../../packages/installed.ts'
import type { InstallerSurroundings } from '../../packages/order.ts'
import type { FoundPackage, PackageOrder } from '../../packages/packages.ts'
import { wantedPackage, type WantedPackage } from '../../packages/wanted.ts'
import { AUTHORITY_VARIABLES, PROXY_VARIABLES } from '../process/company.ts'
import { processEnvironment } from '../process/environment.ts'
import type { Launch } from '../process/process-launch.ts'
import type { PackagedDeps, PackageWish } from './package-wish.ts'
import type { CommonSpec, LocalSpec } from './spec.ts'

type Spec = CommonSpec & LocalSpec

/** @throws SidemuxError where the package can't be had */
export async function fromPackage(
  launch: Launch,
  spec: Spec,
  wish: PackageWish,
  deps: PackagedDeps,
  signal: AbortSignal,
): Promise<Launch> {
  const order = await packageOrder(launch, spec, wish, deps)
  if (order === undefined) return launch
  const packaging = await deps.packaging()
  const found = await (await packaging.packages()).find(order, signal)
  await packaging.onFound(spec, found)
  return startedFrom(launch, order.wanted, found)
}

/** What is to be installed for a launch; undefined where it is started as it is written. @throws SidemuxError where it may not be */
export async function packageOrder(
  launch: Launch,
  spec: Spec,
  wish: PackageWish,
  deps: PackagedDeps,
): Promise<PackageOrder | undefined> {
  const { environment, platform, execPath } = deps
  const wanted = wantedPackage(launch)
  if (wanted === undefined) return undefined
  const packaging = await deps.packaging()
  const base = processEnvironment({
    platform,
    execPath,
    parent: environment,
    declared: {},
    inherit: [...PROXY_VARIABLES, ...AUTHORITY_VARIABLES],
  })
  const given = [...spec.env.keys(), ...spec.inheritEnv]
  const facts = {
    own: environment,
    base,
    declared: Object.fromEntries(Object.entries(launch.env).filter(([name]) => given.includes(name))),
    cwd: launch.cwd,
  }
  const program = wanted.registry === 'npm' ? 'npm' : 'uv'
  const installer =
    platform === 'win32'
      ? program
      : installedProgram(program, `${dirname(execPath)}:${environment['PATH'] ?? ''}`)
  if (installer === undefined) {
    packaging.onAsWritten(spec, `sidemux finds no ${program} on this machine`)
    return undefined
  }
  if (wanted.registry === 'npm') {
    // uvx runs nothing of a project (docs of uv, "Using tools").
    const { isOfProject } = await import('../../packages/npm/npm-settings.ts')
    if (isOfProject(launch.cwd, wanted.name, wanted.program ?? wanted.specs[0])) {
      packaging.onAsWritten(spec, `${wanted.name} is installed in the directory that it runs in`)
      return undefined
    }
  }
  return {
    server: spec.id,
    launchHash: spec.launchHash,
    wanted,
    installer,
    env: await environmentFor(wanted, facts),
    ...wish,
    ...(wish.scripts && { runScripts: async (tree: string) => packaging.runScripts(spec, launch, tree) }),
  }
}

async function environmentFor(
  { registry }: WantedPackage,
  facts: InstallerSurroundings,
): Promise<Record<string, string>> {
  if (registry === 'npm') return (await import('../../packages/npm/npm-settings.ts')).npmEnvironment(facts)
  return (await import('../../packages/pypi/uv-settings.ts')).uvEnvironment(facts)
}

/** The launch of the program that lies in the package. */
export function startedFrom(
  launch: Launch,
  { rest }: WantedPackage,
  { installed, tree }: FoundPackage,
): Launch {
  const { start, name } = installed
  const file = join(tree, start.file)
  const path = [join(tree, start.bin), launch.env['PATH'] ?? ''].filter((one) => one !== '').join(delimiter)
  const data = dataPlace(name, launch.env)
  const home = launch.env['HOME'] ?? launch.env['USERPROFILE'] ?? tree
  const mind = mindOf(installed)
  return {
    ...launch,
    command: start.by === 'node' ? nodeIn(launch.env['PATH'] ?? '') : file,
    args: start.by === 'node' ? [...start.flags, file, ...rest] : rest,
    env: {
      ...launch.env,
      PATH: path,
      ...(data !== undefined && { [data.variable]: join(home, data.file) }),
      // Python would keep what it has compiled beside the package.
      ...(installed.registry === 'pypi' && { PYTHONDONTWRITEBYTECODE: '1' }),
    },
    installed: {
      tree,
      written: { command: launch.command, args: launch.args },
      ...(mind !== undefined && { mind }),
    },
  }
}

/** That of sidemux, since its directory stands first; sidemux itself may be no Node. */
function nodeIn(path: string): string {
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  return (
    path
      .split(delimiter)
      .filter((folder) => folder !== '')
      .map((folder) => join(folder, name))
      .find((file) => isExecutable(file)) ?? name
  )
}

/** What may be the reason where it doesn't start. */
function mindOf(installed: InstalledPackage): string | undefined {
  const skipped = skippedScripts(installed)
  const words = [
    ...(skipped.length === 0
      ? []
      : [
          `install scripts of ${skipped.slice(0, 3).join(', ')}${skipped.length > 3 ? ' and others' : ''} did not run: if it needs them, write "install: scripts" for it in servers.yaml`,
        ]),
    ...(installed.engines === undefined
      ? []
      : [`it says that it is made for Node ${installed.engines}, and runs on ${process.version}`]),
  ]
  return words.length === 0 ? undefined : `Mind: ${words.join('; ')}.`
}
