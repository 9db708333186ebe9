/** Asks the real file system for profile.ts. Never throws: what can't be looked at isn't there. */
import { lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import type { PathFacts } from './facts.ts'

const MAX_TEXT = 64 * 1024
const MOMENT_MS = 2000
const OTHERS_READ = 0o004

export const realFiles: PathFacts = {
  kind: (path) => {
    const found = attempt(() => statSync(path, { throwIfNoEntry: false }))
    return found === undefined
      ? undefined
      : found.isDirectory()
        ? 'directory'
        : found.isFile()
          ? 'file'
          : 'other'
  },
  link: (path) => attempt(() => (lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined)),
  text: (path) => attempt(() => (statSync(path).size > MAX_TEXT ? undefined : readFileSync(path, 'utf8'))),
  real: (path) => attempt(() => realpathSync(path)),
  names: (directory) => attempt(() => readdirSync(directory)) ?? [],
  isPublic: (path) => ((attempt(() => statSync(path).mode) ?? 0) & OTHERS_READ) !== 0,
}

/**
 * The same, with what was seen within the last moments, since servers start together. Not for what a server can change.
 */
export const systemFiles: PathFacts = {
  kind: remembered((path) => realFiles.kind(path)),
  link: remembered((path) => realFiles.link(path)),
  text: (path) => realFiles.text(path),
  real: remembered((path) => realFiles.real(path)),
  names: remembered((path) => realFiles.names(path)),
  isPublic: remembered((path) => realFiles.isPublic(path)),
}

function remembered<T>(look: (path: string) => T): (path: string) => T {
  const seen = new Map<string, T>()
  let until = 0
  return (path) => {
    if (performance.now() > until) {
      seen.clear()
      until = performance.now() + MOMENT_MS
    }
    const known = seen.get(path)
    if (known !== undefined || seen.has(path)) return known as T
    const found = look(path)
    seen.set(path, found)
    return found
  }
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}
