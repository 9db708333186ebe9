/**
 * Installs an npm package with npm itself: it knows registries, logins, proxies and caches, and checks what it gets
 * against the registry's word. No script of a package runs here; those that were asked for run afterwards, confined.
 */
import { existsSync, openSync, readFileSync, readSync, closeSync, realpathSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { askedFor, refuseOther, specsFor, unfit } from '../chosen.ts'
import { notInstalled, NotInstalled } from '../install-error.ts'
import type { InstallOrder, InstalledParts } from '../order.ts'
import { runInstaller } from '../run-installer.ts'
import { isInRange } from './in-range.ts'
import { partsInLock } from './lock-file.ts'
import { programOf, readManifest, startOf, type PackageManifest } from './program.ts'

/** sidemux tries again itself, and says meanwhile why it waits. */
const BOUNDS = ['--fetch-retries=1', '--fetch-retry-mintimeout=300', '--fetch-retry-maxtimeout=1000']
const QUIET = [
  '--no-audit',
  '--no-fund',
  '--no-update-notifier',
  '--no-progress',
  '--loglevel=warn',
  '--color=false',
]
const HERE = ['--no-global', '--package-lock', '--save', '--save-exact', '--install-links']
const BIN = 'node_modules/.bin'

/** @throws NotInstalled */
export async function installNpm(order: InstallOrder): Promise<InstalledParts> {
  const { tree, wanted, installer, env, signal, held } = order
  if (held !== undefined && !(await isInRange(order, held.locked.version))) throw unfit(order, held)
  const asked = askedFor(order)
  await writeFile(join(tree, 'package.json'), '{ "name": "sidemux-package", "private": true }\n')
  const args = [
    'install',
    '--ignore-scripts',
    `--prefix=${tree}`,
    ...HERE,
    ...QUIET,
    ...BOUNDS,
    ...wanted.options,
  ]
  const end = await runInstaller({
    program: installer,
    args: [...args, '--', ...specsFor(order)],
    cwd: tree,
    env,
    signal,
  })
  if (!end.ok) throw notInstalled(asked, 'npm', end.said)
  const parts = partsInLock(textOf(join(tree, 'package-lock.json')))
  const path = `node_modules/${wanted.name}`
  const main = parts?.find((part) => part.path === path)
  const manifest = readManifest(textOf(join(tree, path, 'package.json')))
  if (parts === undefined || main === undefined || manifest === undefined)
    throw notInstalled(asked, 'npm', '')
  refuseOther(order, main)
  const file = programIn(tree, order, manifest)
  await order.runScripts?.(tree)
  const engines = isUnfit(end.said, manifest) ? manifest.engines?.node : undefined
  return {
    // As its registry names it; its own word may be another.
    version: main.version,
    integrity: main.integrity,
    parts: parts.filter((part) => part !== main),
    own: main,
    start: startOf(file, firstLine(join(tree, file)), BIN),
    ...(engines !== undefined && { engines: engines.slice(0, 64) }),
  }
}

/** @throws NotInstalled where there is no such program in it, or it doesn't say which is the server. */
function programIn(tree: string, { wanted, server }: InstallOrder, main: PackageManifest): string {
  const { program, name } = wanted
  // Beside the package that is named others may have been, and the program be in one of those.
  const linked = program === undefined ? undefined : join(tree, BIN, program)
  const own = programOf(main, program)
  const file =
    own !== undefined
      ? join(tree, 'node_modules', name, own)
      : linked !== undefined && existsSync(linked)
        ? realpathSync(linked)
        : undefined
  if (file === undefined || !existsSync(file))
    throw new NotInstalled(
      `"${server}" is not started: ${name} has no program ${program === undefined ? 'that is the only one, or has its name' : `"${program}"`}.`,
      program === undefined
        ? `Name it: args: [-y, -p, ${JSON.stringify(name)}, PROGRAM].`
        : 'See which programs the package has: npm view NAME bin.',
      false,
    )
  return relative(realpathSync(tree), realpathSync(file)).replaceAll('\\', '/')
}

/** npm judges it by the Node that it runs on, which is the one that runs the server. */
function isUnfit(said: string, { name, version }: PackageManifest): boolean {
  return said.includes('EBADENGINE') && said.includes(`package: '${name}@${version}'`)
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function firstLine(file: string): string {
  const bytes = Buffer.alloc(256)
  const fd = openSync(file, 'r')
  try {
    const length = readSync(fd, bytes, 0, bytes.length, 0)
    return bytes.toString('latin1', 0, length).split('\n')[0] ?? ''
  } finally {
    closeSync(fd)
  }
}
