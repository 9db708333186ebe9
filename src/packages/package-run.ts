/**
 * Finds the package that a launcher such as npx or uvx downloads and runs, and whether its version is fixed. Without
 * one, each start runs whatever its author has published last: what was agreed to then isn't what runs. Pure.
 */
import { basename } from 'node:path/posix'

export interface Run {
  readonly command: string
  readonly args: readonly string[]
}

export interface PackageRun {
  readonly launcher: string
  readonly registry: 'npm' | 'pypi'
  /** Without its version. */
  readonly name: string
  /** As it is written; absent where there is none. Only an exact one is `fixed`. */
  readonly version?: string
  readonly fixed: boolean
  /** Which argument names it. */
  readonly at: number
}

interface Launcher {
  readonly registry: PackageRun['registry']
  /** Words behind the command, e.g. `tool run` of uv. */
  readonly words: readonly string[]
  /** Switches that take the package as the next word. */
  readonly from: readonly string[]
  /** Switches that take something else. */
  readonly takes: readonly string[]
}

const NPM: Pick<Launcher, 'registry' | 'from' | 'takes'> = {
  registry: 'npm',
  from: ['-p', '--package'],
  takes: ['-c', '--call', '-w', '--workspace', '--registry', '--cache', '--prefix', '--userconfig'],
}
const PYPI: Pick<Launcher, 'registry' | 'from' | 'takes'> = {
  registry: 'pypi',
  from: ['--from', '--spec'],
  takes: [
    '--with --with-editable --with-requirements --python -p --index --default-index --index-url -i --extra-index-url',
    '--find-links -f --cache-dir --directory --project --config-file --env-file --refresh-package --pip-args',
  ].flatMap((line) => line.split(' ')),
}

const LAUNCHERS: Readonly<Record<string, readonly Launcher[]>> = {
  npx: [{ ...NPM, words: [] }],
  bunx: [{ ...NPM, words: [] }],
  pnpx: [{ ...NPM, words: [] }],
  npm: [
    { ...NPM, words: ['exec'] },
    { ...NPM, words: ['x'] },
  ],
  pnpm: [{ ...NPM, words: ['dlx'] }],
  yarn: [{ ...NPM, words: ['dlx'] }],
  bun: [{ ...NPM, words: ['x'] }],
  uvx: [{ ...PYPI, words: [] }],
  uv: [{ ...PYPI, words: ['tool', 'run'] }],
  pipx: [{ ...PYPI, words: ['run'] }],
}

/** Undefined for a command that downloads nothing, as far as it is known. */
export function packageRun({ command, args }: Run): PackageRun | undefined {
  const program = basename(command.replaceAll('\\', '/'))
    .toLowerCase()
    .replace(/\.(?:cmd|exe|ps1)$/, '')
  const shifted = program === 'cmd' && /^\/c$/i.test(args[0] ?? '') ? 2 : 0
  const name = shifted === 0 ? program : (args[1] ?? '').toLowerCase().replace(/\.cmd$/, '')
  const known = Object.hasOwn(LAUNCHERS, name) ? (LAUNCHERS[name] ?? []) : []
  for (const launcher of known) {
    const { words } = launcher
    if (!words.every((word, index) => args[shifted + index] === word)) continue
    const from = shifted + words.length
    const found = specIn(args, from, launcher)
    if (found === undefined) continue
    const parts = launcher.registry === 'npm' ? npmParts(found.spec) : pypiParts(found.spec)
    if (parts === undefined) return undefined
    return { launcher: [name, ...words].join(' '), registry: launcher.registry, at: found.at, ...parts }
  }
  return undefined
}

/** The same command, but for a package that had no fixed version and has one now. */
export function isPinOf(before: Run, after: Run): boolean {
  const [was, now] = [packageRun(before), packageRun(after)]
  if (was === undefined || now === undefined || was.fixed || !now.fixed) return false
  const isSame = was.name === now.name && was.at === now.at && before.args.length === after.args.length
  return isSame && before.args.every((arg, index) => index === was.at || arg === after.args[index])
}

/** The package with a version of its own, as its launcher wants it. */
export function pinned({ registry, name, launcher }: PackageRun, version: string): string {
  return registry === 'npm' || launcher !== 'pipx run' ? `${name}@${version}` : `${name}==${version}`
}

function specIn(
  args: readonly string[],
  from: number,
  { from: naming, takes }: Launcher,
): { spec: string; at: number } | undefined {
  for (let at = from; at < args.length; at += 1) {
    const arg = args[at] ?? ''
    const [, option = '', value] = /^(--[\w-]+)=(.*)$/s.exec(arg) ?? []
    if (naming.includes(option)) return { spec: value ?? '', at }
    if (naming.includes(arg)) return { spec: args[at + 1] ?? '', at: at + 1 }
    if (takes.includes(arg)) at += 1
    else if (!arg.startsWith('-')) return { spec: arg, at }
  }
  return undefined
}

type Parts = Pick<PackageRun, 'name' | 'version' | 'fixed'>

const EXACT = /^v?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/

/** A path on this machine, or what a reference says, is no package of a registry. */
function npmParts(spec: string): Parts | undefined {
  const [, name = '', version] = /^((?:@[\w.~-]+\/)?[\w.~-]+)(?:@(.+))?$/.exec(spec) ?? []
  if (name !== '' && !/^\.{1,2}$|^~/.test(name)) {
    return {
      name,
      ...(version !== undefined && { version }),
      fixed: version !== undefined && EXACT.test(version),
    }
  }
  return sourceParts(spec)
}

function pypiParts(spec: string): Parts | undefined {
  const [, name = '', version] = /^([\w.-]+(?:\[[\w,.-]*\])?)(?:(?:===?|@)([\w.!+*-]+))?$/.exec(spec) ?? []
  if (name !== '' && !/^\.{1,2}$/.test(name)) {
    const fixed = version !== undefined && /^\d[\w.!+]*$/.test(version)
    return { name, ...(version !== undefined && { version }), fixed }
  }
  return sourceParts(spec)
}

/** From a repository or an address: fixed where a commit is named. */
function sourceParts(spec: string): Parts | undefined {
  if (/^(?:\.{0,2}\/|~|file:|[A-Za-z]:[\\/])/.test(spec) || spec.includes('${') || spec === '')
    return undefined
  return { name: spec, fixed: /[#@][0-9a-f]{40}$/.test(spec) }
}
