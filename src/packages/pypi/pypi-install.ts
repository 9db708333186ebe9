/**
 * Installs a package of PyPI with uv: an environment of its own, which can be moved, and in it exactly the versions and
 * files that uv has resolved, by their hashes. Only what is built already is taken, since to build one runs its code.
 */
import { existsSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { askedFor, refuseOther, specsFor } from '../chosen.ts'
import { notInstalled, NotInstalled } from '../install-error.ts'
import type { InstallOrder, InstalledParts } from '../order.ts'
import { runInstaller } from '../run-installer.ts'
import { partsInRequirements, pypiName } from './requirements.ts'

const VENV = 'venv'
const BIN = process.platform === 'win32' ? `${VENV}/Scripts` : `${VENV}/bin`
const QUIET = ['--quiet', '--no-progress']

/** @throws NotInstalled */
export async function installPypi(order: InstallOrder): Promise<InstalledParts> {
  const { tree, wanted, server } = order
  const python = wanted.options.filter((option) => option.startsWith('--python='))
  const indexes = wanted.options.filter((option) => !option.startsWith('--python='))
  const own = join(tree, BIN, process.platform === 'win32' ? 'python.exe' : 'python')
  const [input, resolved] = [join(tree, 'requirements.in'), join(tree, 'requirements.txt')]
  // Beside what is asked for, so that uv itself refuses a version that isn't.
  const specs = [...new Set([...wanted.specs, ...specsFor(order)])]
  await writeFile(input, `${specs.join('\n')}\n`)
  await uv(order, ['venv', '--relocatable', '--no-project', ...python, join(tree, VENV)])
  const compile = ['pip', 'compile', '--generate-hashes', '--no-header', '--no-annotate', '--no-build']
  await uv(order, [...compile, `--python=${own}`, `--output-file=${resolved}`, ...indexes, input])
  // How it was asked for makes no other package of it.
  await rm(input)
  const install = [
    'pip',
    'install',
    '--require-hashes',
    '--no-build',
    '--link-mode=copy',
    '--compile-bytecode',
  ]
  const parts = partsInRequirements(textOf(resolved))
  const main = parts.find(({ path }) => path === pypiName(wanted.name))
  if (main === undefined) throw notInstalled(askedFor(order), 'uv', '')
  refuseOther(order, main)
  await uv(order, [...install, `--python=${own}`, ...indexes, `--requirement=${resolved}`])
  const program = wanted.program ?? main.path
  const file = `${BIN}/${program}${process.platform === 'win32' ? '.exe' : ''}`
  if (!existsSync(join(tree, file)))
    throw new NotInstalled(
      `"${server}" is not started: ${wanted.name} has no program "${program}".`,
      'Name the one that is the server: args: [--from, PACKAGE, PROGRAM].',
      false,
    )
  return {
    version: main.version,
    integrity: main.integrity,
    own: main,
    parts: parts.filter((part) => part !== main),
    start: { by: 'itself', flags: [], file, bin: BIN },
  }
}

async function uv(order: InstallOrder, words: string[]): Promise<void> {
  const { tree, installer, env, signal } = order
  const end = await runInstaller({ program: installer, args: [...words, ...QUIET], cwd: tree, env, signal })
  if (!end.ok) throw notInstalled(askedFor(order), 'uv', end.said)
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
