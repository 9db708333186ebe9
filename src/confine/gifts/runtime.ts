/**
 * Finds what a program needs beside itself: an interpreter that is installed in somebody's home (nvm, pyenv, uv, asdf,
 * mise, volta, a virtual environment) has its libraries in the directory above its `bin`. Pure.
 */
import { posix } from 'node:path'
import { above, depth, isWithin } from '../paths.ts'
import type { PathFacts } from '../facts.ts'

/** What stands beside `bin` in an installation. */
const PARTS = ['lib', 'lib64', 'libexec', 'include', 'pyvenv.cfg', 'Frameworks']
/** Installations are at least so deep in a home: `~/.local` is none, though it has a `bin` and a `lib`. */
const LEAST_DEPTH = 2
const MANAGED = ['versions', 'installs']
const MAX_LINKS = 8

/** Paths to give read-only, each with what is below it. */
export function runtimeOf(program: string, home: string, disk: PathFacts): readonly string[] {
  const found: string[] = []
  let at = program
  for (let step = 0; step < MAX_LINKS; step += 1) {
    found.push(...installationOf(at, home, disk))
    const next = disk.link(at)
    if (next === undefined) break
    at = posix.resolve(posix.dirname(at), next)
  }
  const real = disk.real(program)
  return real === undefined ? found : [...found, ...installationOf(real, home, disk)]
}

function installationOf(program: string, home: string, disk: PathFacts): string[] {
  const bin = posix.dirname(program)
  const prefix = posix.dirname(bin)
  // pyenv, rbenv and asdf find the version behind a shim in a folder beside it.
  const isShim = posix.basename(bin) === 'shims' && !isWithin(home, prefix)
  if (isShim && MANAGED.some((part) => disk.kind(posix.join(prefix, part)) === 'directory')) return [prefix]
  const isDeepEnough =
    !isWithin(prefix, home) ||
    depth(prefix) - depth(home) >= LEAST_DEPTH ||
    disk.kind(posix.join(prefix, 'pyvenv.cfg')) === 'file'
  const isInstallation =
    posix.basename(bin) === 'bin' &&
    isDeepEnough &&
    !isWithin(home, prefix) &&
    PARTS.some((part) => disk.kind(posix.join(prefix, part)) !== undefined)
  if (!isInstallation) return [program]
  return [prefix, ...baseOf(prefix, disk)]
}

/** A virtual environment names the Python that it was made with. */
function baseOf(prefix: string, disk: PathFacts): string[] {
  const home = /^home\s*=\s*(\/.*)$/m.exec(disk.text(posix.join(prefix, 'pyvenv.cfg')) ?? '')?.[1]?.trim()
  if (home === undefined) return []
  const base = posix.dirname(disk.real(home) ?? home)
  return above(base).length === 0 ? [] : [base]
}
