/** Looks at files to find out whether a program is sidemux. Links are followed; nothing is run or changed. */
import { readFileSync, realpathSync, statSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'

/** The same file, however it is named; one that was replaced meanwhile has kept its name. */
export interface FileIdentity {
  readonly path: string
  readonly inode: string
}

export function identityOfFile(path: string): FileIdentity | undefined {
  try {
    const real = realpathSync(path)
    const { dev, ino } = statSync(real)
    return { path: real, inode: `${dev}:${ino}` }
  } catch {
    return undefined
  }
}

export function isSameFile(a: FileIdentity, b: FileIdentity): boolean {
  return a.path === b.path || (a.inode === b.inode && !a.inode.endsWith(':0'))
}

/** Whether this is the program of an installed sidemux, or the folder of one, by what its package says. */
export function isSidemuxFile(path: string): boolean {
  const file = identityOfFile(path)?.path
  if (file === undefined) return false
  let directory = file
  for (let up = 0; up < 5; up++) {
    const manifest = readJson(join(directory, 'package.json'))
    if (manifest !== undefined) {
      if (manifest['name'] !== 'sidemux') return false
      const { sidemux } = (manifest['bin'] ?? {}) as Record<string, unknown>
      return directory === file || identityOfFile(resolve(directory, String(sidemux)))?.path === file
    }
    if (dirname(directory) === directory) return false
    directory = dirname(directory)
  }
  return false
}

/** As a shell finds it. */
export function lookUp(name: string, path: string, cwd: string): string | undefined {
  for (const directory of path.split(delimiter)) {
    const file = resolve(cwd, directory, name)
    if (directory !== '' && identityOfFile(file) !== undefined) return file
  }
  return undefined
}

const MAX_SCRIPT = 64 * 1024

/** Undefined for what begins as no script of a shell does, or is longer than people write one. */
export function scriptOf(path: string): string | undefined {
  try {
    const stats = statSync(path)
    if (!stats.isFile() || stats.size > MAX_SCRIPT) return undefined
    const text = readFileSync(path, 'utf8')
    return /^#!.*\b(?:ba|da|z|k|a)?sh\b/.test(text) || /\.(?:sh|cmd|bat)$/.test(path) ? text : undefined
  } catch {
    return undefined
  }
}

function readJson(path: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
