/**
 * Finds what a confined server has of the user's: what its launch shows that it needs, and what its entry gives it.
 *
 * - A home is given only by who names it. A file that lies in it, or is to be made in it, is no such word.
 * - The system is nobody's to give: a path of it is read and never written to.
 * - A server that may write to a directory can put a link there, to whatever of the user's it wants at its next start. So
 *   no path is followed over a link that stands where it could write.
 *
 * Pure.
 */
import { posix } from 'node:path'
import type { PathFacts, ProfileFacts } from '../facts.ts'
import { givenPaths } from './given-paths.ts'
import { packageSettings } from './package-settings.ts'
import { packageOf, startedPrograms } from './package-root.ts'
import { isWithin } from '../paths.ts'
import { runtimeOf } from './runtime.ts'
import { isOfSystem } from '../system.ts'
import { isProgramFolder } from '../words.ts'

/**
 * Programs that servers start or run on, where their installers keep them in a home. Nothing of a person is in them, and
 * a server that starts `git`, `gh` or another Node finds it as it would without sidemux.
 */
const PROGRAMS = [
  '.asdf',
  '.bun/bin',
  '.bun/install/global',
  '.cache/ms-playwright',
  '.cache/puppeteer',
  '.cargo/bin',
  '.config/yarn/global',
  '.deno/bin',
  '.dotnet',
  '.local/bin',
  '.local/lib',
  '.local/pipx/venvs',
  '.local/share/fnm',
  '.local/share/mise/installs',
  '.local/share/mise/shims',
  '.local/share/pipx/venvs',
  '.local/share/pnpm',
  '.local/share/uv/python',
  '.local/share/uv/tools',
  '.local/state/nix/profiles',
  '.npm-global',
  '.nvm/versions',
  '.pyenv',
  '.rbenv',
  '.rustup/toolchains',
  '.sdkman/candidates',
  '.volta',
  'go/bin',
  'miniconda3',
  'miniforge3',
  'anaconda3',
]
/** What every program keeps its things in; to give one of these is to give what all of them know. */
const OF_ALL = ['.config', '.cache', '.local', '.local/share', '.local/state']
/** Of a path with links, as the system has it. */
const MAX_STEPS = 256

export interface Gift {
  /** Where it stands inside. */
  readonly path: string
  /** Where it stands outside, without links. */
  readonly from: string
  readonly how: 'read' | 'write'
}

export function giftsOf(facts: ProfileFacts, home: string, disk: PathFacts): readonly Gift[] {
  const { launch, added, execPath } = facts
  const named = givenPaths(launch, disk)
  const homes = [home, disk.real(home) ?? home]
  // All that may turn out to be writable, whichever of it is given in the end.
  const writable = [
    ...named.filter(({ how }) => how === 'write').map(({ path }) => path),
    ...added.write,
    ...(launch.isCwdGiven ? [launch.cwd] : []),
  ].flatMap((path) => disk.real(path) ?? [])
  const isSafe = (path: string): boolean =>
    !isSteered(path, writable, disk) && !isPlanted(path, home, facts.home, disk)
  const found = new Map<string, Gift>()
  const ofAll = new Set(homes.flatMap((one) => [one, ...OF_ALL.map((name) => posix.join(one, name))]))
  const give = (path: string, how: 'read' | 'write', isMeant: boolean): void => {
    const from = disk.real(path)
    if (from === undefined || !isSafe(path)) return
    if (homes.some((one) => isTooMuch(from, one) || isTooMuch(path, one)) || (!isMeant && ofAll.has(from)))
      return
    for (const at of new Set([from, path]))
      found.set(at, { path: at, from, how: found.get(at)?.how === 'write' ? 'write' : how })
  }
  const programs = [launch.command, ...startedPrograms(launch, disk)].filter(isSafe)
  for (const program of [execPath, ...programs])
    for (const path of runtimeOf(program, home, disk)) give(path, 'read', false)
  for (const file of programs) for (const path of packageOf(file, home, disk)) give(path, 'read', false)
  for (const path of PROGRAMS) give(posix.join(home, path), 'read', false)
  for (const path of [...searchedFolders(launch), ...ownFolder(launch)]) give(path, 'read', false)
  give(launch.cwd, launch.isCwdGiven ? 'write' : 'read', launch.isCwdGiven)
  for (const path of [...added.write, ...added.devices]) give(path, 'write', true)
  for (const path of added.read) give(path, 'read', true)
  for (const path of packageSettings(launch, disk).read) give(path, 'read', true)
  for (const { path, how, isMeant } of named)
    give(path, isOfSystem(disk.real(path) ?? path) ? 'read' : how, isMeant)
  const all = [...found.values()]
  return all.filter(
    ({ path, how }) =>
      !(how === 'read' && isOfSystem(path)) &&
      // What lies in something that is given as well is there already, links too, and a link stays one.
      !all.some(
        (other) =>
          other.path !== path && isWithin(path, other.path) && (other.how === 'write' || how === 'read'),
      ),
  )
}

/** Of a program that is a link in a `bin`, so that it stays one: a script finds its own files by where it lies. */
function ownFolder({ command }: ProfileFacts['launch']): readonly string[] {
  const folder = posix.dirname(command)
  return isProgramFolder(folder) ? [folder] : []
}

/** Where programs are looked for; what lies beside is found by what it is (PROGRAMS). */
function searchedFolders({ env }: ProfileFacts['launch']): readonly string[] {
  return (env['PATH'] ?? '').split(':').filter((path) => path.startsWith('/') && isProgramFolder(path))
}

/**
 * Its place inside lies behind a link in the home that the server has for itself, so it may have put that there. One that
 * leads to the very thing is none of its doing, and does no harm (landlock/rules.ts makes them).
 */
export function isPlanted(path: string, home: string, own: string, disk: PathFacts): boolean {
  if (!isWithin(path, home) || path === home) return false
  const parts = posix.relative(home, path).split('/')
  return parts.some((_, at) => {
    const step = parts.slice(0, at + 1)
    const target = disk.link(posix.join(own, ...step))
    return target !== undefined && target !== disk.real(posix.join(home, ...step))
  })
}

/** The path leads over a link that stands where the server may write. */
function isSteered(path: string, writable: readonly string[], disk: PathFacts): boolean {
  const rest = path.split('/').filter((part) => part !== '')
  let at = '/'
  for (let steps = 0; rest.length > 0 && steps < MAX_STEPS; steps += 1) {
    const next = posix.join(at, rest.shift() ?? '')
    const target = disk.link(next)
    if (target === undefined) {
      at = next
      continue
    }
    if (writable.some((directory) => isWithin(next, directory))) return true
    rest.unshift(...target.split('/').filter((part) => part !== ''))
    if (target.startsWith('/')) at = '/'
  }
  return rest.length > 0
}

/** Nobody means to give the root of the disk, all homes or sidemux's own view of the system. */
function isTooMuch(path: string, home: string): boolean {
  return (
    path === '/' ||
    ['/proc', '/dev', '/run', '/tmp', '/home', '/var'].includes(path) ||
    home.startsWith(`${path}/`)
  )
}
