/**
 * Finds what belongs to the scripts of a launch, so that their own files and what they import can be read:
 *
 * - the directory with its package.json or pyproject.toml, and the `node_modules` above it;
 * - of a package in a `node_modules` the directory that holds this, as what it imports lies beside it;
 * - of a script without a package the directory that it lies in. Where that is a home, or one of the directories in
 *   which people keep everything (~/Downloads), only the code in it.
 *
 * Pure.
 */
import { posix } from 'node:path'
import { above, depth, isWithin } from '../paths.ts'
import type { ConfinedLaunch, PathFacts } from '../facts.ts'
import { isProgramFolder, isScript, shellWords, wordsOf } from '../words.ts'

const MARKS = ['package.json', 'pyproject.toml', 'setup.py', 'deno.json', 'deno.jsonc', 'Gemfile']

/** Paths to give read-only, of a script or a program. */
export function packageOf(file: string, home: string, disk: PathFacts): readonly string[] {
  const real = disk.real(file)
  if (real === undefined) return []
  if (disk.kind(real) === 'directory') return rootsOf(posix.join(real, 'x'), home, disk)
  return disk.kind(real) === 'file' ? [real, ...rootsOf(real, home, disk)] : []
}

/** What a launch starts or loads beside its command: scripts, and what a shell's line or NODE_OPTIONS names. */
export function startedPrograms(launch: ConfinedLaunch, disk: PathFacts): readonly string[] {
  const { cwd, env, declared } = launch
  const loaded = declared.includes('NODE_OPTIONS')
    ? shellWords(env['NODE_OPTIONS'] ?? '').filter(isScript)
    : []
  return [...wordsOf(launch).flatMap(({ text, isProgram }) => (isProgram ? [text] : [])), ...loaded].flatMap(
    (word) => {
      const path = posix.resolve(cwd, word.replace(/^-{1,2}[\w-]+=/, ''))
      return disk.kind(path) === undefined ? [] : [path]
    },
  )
}

function rootsOf(file: string, home: string, disk: PathFacts): string[] {
  if (file.includes('/node_modules/')) {
    // pnpm and workspaces link packages, and what they link to lies in a node_modules further up.
    const holders = above(file).filter((directory) => posix.basename(directory) === 'node_modules')
    return holders.slice(-1)
  }
  const root = above(file).find(
    (directory) =>
      // A package.json in a home doesn't make the home a package.
      directory !== home && MARKS.some((mark) => disk.kind(posix.join(directory, mark)) === 'file'),
  )
  if (root === undefined || isWithin(home, root)) return besides(posix.dirname(file), home, disk)
  const hoisted = above(root)
    .map((directory) => posix.join(directory, 'node_modules'))
    .filter((directory) => disk.kind(directory) === 'directory')
  return [root, ...hoisted]
}

/** What a script without a package may import. */
function besides(directory: string, home: string, disk: PathFacts): string[] {
  const isOfAll =
    isWithin(home, directory) || (isWithin(directory, home) && depth(directory) - depth(home) < 2)
  if (!isOfAll) return isProgramFolder(directory) ? [] : [directory]
  return disk.names(directory).flatMap((name) => {
    const path = posix.join(directory, name)
    const isCode =
      isScript(name) || name === 'node_modules' || disk.kind(posix.join(path, '__init__.py')) === 'file'
    return isCode && !name.startsWith('.') ? [path] : []
  })
}
