/**
 * Reads what a launch by npx or uvx asks for, so that sidemux can install it once and start it without the launcher. What
 * it can't be sure to do as the launcher does is left to the launcher: other switches, other launchers, a shell's line,
 * and packages that come from a repository, an address or a path. Pure.
 *
 * The rules are those of npm (its npx-cli.js and libnpmexec) and of uv (docs, "Using tools").
 */
import { basename } from 'node:path/posix'
import type { Run } from './package-run.ts'

export interface WantedPackage {
  readonly registry: 'npm' | 'pypi'
  /** What is installed: the package that the launch is about, then what goes with it. */
  readonly specs: readonly [string, ...string[]]
  /** Of the first one, without its version. */
  readonly name: string
  /** The program in it; undefined where the package itself says which. */
  readonly program?: string
  /** For the installer: `--registry=…`. */
  readonly options: readonly string[]
  /** What the server is told. */
  readonly rest: readonly string[]
}

interface Reading {
  readonly words: readonly string[]
  /** Switches that change nothing of what is run. */
  readonly silent: ReadonlySet<string>
  /** By switch what it means, with its value as the next word or behind `=`. */
  readonly valued: Readonly<Record<string, 'package' | 'with' | 'option'>>
  /** What stands behind the package is the server's; else only what stands behind `--`. */
  readonly restIsOpen: boolean
}

const NPM = {
  silent: new Set(['-y', '--yes', '-q', '--quiet', '--silent', '-s']),
  valued: { '-p': 'package', '--package': 'package', '--registry': 'option' },
} as const
const UV = {
  silent: new Set(['-q', '--quiet', '--isolated', '--no-progress', '--refresh']),
  valued: {
    '--from': 'package',
    '--with': 'with',
    '--python': 'option',
    '-p': 'option',
    '--index': 'option',
    '--default-index': 'option',
    '--index-url': 'option',
    '-i': 'option',
    '--extra-index-url': 'option',
  },
} as const
const READINGS: Readonly<Record<string, readonly Reading[]>> = {
  npx: [{ ...NPM, words: [], restIsOpen: true }],
  npm: [
    { ...NPM, words: ['exec'], restIsOpen: false },
    { ...NPM, words: ['x'], restIsOpen: false },
  ],
  uvx: [{ ...UV, words: [], restIsOpen: true }],
  uv: [{ ...UV, words: ['tool', 'run'], restIsOpen: true }],
}

/** Undefined for every launch that is started as it is written. */
export function wantedPackage({ command, args }: Run): WantedPackage | undefined {
  const program = launcherOf(command)
  const isShell = program === 'cmd' && /^\/c$/i.test(args[0] ?? '')
  const name = isShell ? launcherOf(args[1] ?? '') : program
  const words = isShell ? args.slice(2) : args
  const readings = Object.hasOwn(READINGS, name) ? (READINGS[name] ?? []) : []
  for (const reading of readings)
    if (reading.words.every((word, at) => words[at] === word))
      return wantedBy(
        reading,
        words.slice(reading.words.length),
        name === 'npx' || name === 'npm' ? 'npm' : 'pypi',
      )
  return undefined
}

function launcherOf(command: string): string {
  return basename(command.replaceAll('\\', '/'))
    .toLowerCase()
    .replace(/\.(?:cmd|exe|ps1)$/, '')
}

function wantedBy(
  reading: Reading,
  args: readonly string[],
  registry: WantedPackage['registry'],
): WantedPackage | undefined {
  const packages: string[] = []
  const others: string[] = []
  const options: string[] = []
  let at = 0
  for (; at < args.length; at += 1) {
    const arg = args[at] ?? ''
    if (arg === '--' || !arg.startsWith('-')) break
    if (reading.silent.has(arg)) continue
    const [, named = arg, joined] = /^(--[\w-]+)=(.*)$/s.exec(arg) ?? []
    const kind = Object.hasOwn(reading.valued, named) ? reading.valued[named] : undefined
    const value = joined ?? args[(at += 1)]
    if (kind === undefined || value === undefined || value === '') return undefined
    if (kind === 'option') options.push(`${LONG[`${registry} ${named}`] ?? named}=${value}`)
    else (kind === 'package' ? packages : others).push(value)
  }
  const behind = args.slice(args[at] === '--' ? at + 1 : at)
  const rest = reading.restIsOpen || args[at] === '--' ? behind : closed(behind)
  const [first, ...server] = rest ?? []
  if (first === undefined || first === '') return undefined
  const [main, ...more] = packages.length > 0 ? packages : [first]
  if (main === undefined || (registry === 'pypi' && more.length > 0)) return undefined
  const specs = [main, ...more, ...others].map((spec) =>
    registry === 'npm' ? npmSpec(spec) : pypiSpec(spec),
  )
  const [{ name, text } = { name: '', text: undefined }] = specs
  if (text === undefined || specs.some((spec) => spec.text === undefined)) return undefined
  const program = packages.length > 0 ? first : registry === 'pypi' ? name.replace(/\[.*$/, '') : undefined
  if (program !== undefined && !/^[\w@.][\w@.+-]*$/.test(program)) return undefined
  return {
    registry,
    specs: [text, ...specs.slice(1).flatMap((spec) => spec.text ?? [])],
    name,
    ...(program !== undefined && { program }),
    options,
    rest: server,
  }
}

/** `-p` is the package for npx, and the Python for uvx. */
const LONG: Readonly<Record<string, string>> = { 'pypi -p': '--python', 'pypi -i': '--index-url' }

/** npm reads switches behind the package, too, up to the first `--`. */
function closed(words: readonly string[]): readonly string[] | undefined {
  const end = words.indexOf('--')
  const before = end === -1 ? words : words.slice(0, end)
  if (before.some((word) => word.startsWith('-'))) return undefined
  return end === -1 ? before : [...before, ...words.slice(end + 1)]
}

interface Spec {
  readonly name: string
  /** As the installer gets it; undefined for what is left alone. */
  readonly text: string | undefined
}

/** A name with a version, a range or a tag; what npm reads as a path, an address, a repository or another name is none. */
function npmSpec(spec: string): Spec {
  const [, name = '', version] =
    /^((?:@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*)(?:@([^/:]*))?$/i.exec(spec) ?? []
  const isRead = name !== '' && !name.startsWith('-') && !/\.(?:tgz|tar\.gz)$/.test(name)
  return {
    name,
    text: isRead ? (version === undefined || version === '' ? name : `${name}@${version}`) : undefined,
  }
}

const SPECIFIERS = /^(?:===?|~=|!=|[<>]=?)[\w.!+*-]+(?:,(?:===?|~=|!=|[<>]=?)[\w.!+*-]+)*$/

/** `name`, `name[extra]==1.2`, `name@1.2`, `name@latest`. */
function pypiSpec(spec: string): Spec {
  const [, name = '', rest = ''] =
    /^([a-z0-9](?:[\w.-]*[a-z0-9])?(?:\[[\w,.-]*\])?)\s*(.*)$/is.exec(spec) ?? []
  const none = { name, text: undefined }
  if (name === '') return none
  if (rest === '' || rest === '@latest') return { name, text: name }
  const [, at] = /^@([\w.!+*-]+)$/.exec(rest) ?? []
  if (at !== undefined) return { name, text: `${name}==${at}` }
  const together = rest.replaceAll(/\s/g, '')
  return SPECIFIERS.test(together) ? { name, text: `${name}${together}` } : none
}
