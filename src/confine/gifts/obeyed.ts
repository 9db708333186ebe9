/**
 * Finds what other programs obey without a question in a directory that a server may write to: hooks and settings of git,
 * tasks of editors, lists of servers and commands of agents, what a shell runs when it comes by. A server that writes there
 * would run something as the user, outside, the next time he works in that directory. So these stay as they are, unless
 * they are given by their own name. What isn't there yet can't be kept from being made. Pure.
 */
import { posix } from 'node:path'
import type { PathFacts } from '../facts.ts'

/** By the directory that holds them. */
const OBEYED: Readonly<Record<string, readonly string[]>> = {
  '': [
    '.bash_login',
    '.bash_logout',
    '.bash_profile',
    '.bashrc',
    '.codex',
    '.cursor',
    '.devcontainer',
    '.envrc',
    '.gemini',
    '.gitconfig',
    '.gitmodules',
    '.husky',
    '.idea',
    '.mcp.json',
    '.profile',
    '.ripgreprc',
    '.vscode',
    '.zlogin',
    '.zprofile',
    '.zshenv',
    '.zshrc',
  ],
  '.git': ['config', 'hooks'],
  '.claude': ['agents', 'commands', 'hooks', 'settings.json', 'settings.local.json', 'skills'],
}
/** A directory of projects has them in each. */
const MAX_DEPTH = 2
const MAX_DIRECTORIES = 300
const MAX_NAMES = 500

/** Paths below a directory, relative to it. */
export function obeyedIn(directory: string, disk: PathFacts): readonly string[] {
  const found: string[] = []
  let level = ['']
  let left = MAX_DIRECTORIES
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth += 1) {
    const next: string[] = []
    for (const at of level) {
      if (left === 0) return found
      left -= 1
      const names = disk.names(posix.join(directory, at))
      found.push(...obeyedAmong(names, posix.join(directory, at), disk).map((path) => posix.join(at, path)))
      if (depth < MAX_DEPTH)
        next.push(...inner(names, posix.join(directory, at), disk).map((name) => posix.join(at, name)))
    }
    level = next
  }
  return found
}

function obeyedAmong(names: readonly string[], directory: string, disk: PathFacts): string[] {
  const there = new Set(names)
  return Object.entries(OBEYED).flatMap(([holder, obeyed]) => {
    if (holder === '') return obeyed.filter((name) => there.has(name))
    if (!there.has(holder) || disk.link(posix.join(directory, holder)) !== undefined) return []
    const inside = new Set(disk.names(posix.join(directory, holder)))
    return obeyed.filter((name) => inside.has(name)).map((name) => posix.join(holder, name))
  })
}

function inner(names: readonly string[], directory: string, disk: PathFacts): readonly string[] {
  return names.slice(0, MAX_NAMES).filter((name) => {
    const path = posix.join(directory, name)
    return (
      !name.startsWith('.') &&
      name !== 'node_modules' &&
      disk.link(path) === undefined &&
      disk.kind(path) === 'directory'
    )
  })
}
