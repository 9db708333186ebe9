/**
 * Finds out why the system could not start a process. It uses one code for a missing command, a missing working
 * directory and a missing interpreter, so this looks at the files.
 */
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'

export interface Launching {
  readonly command: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** `interpreter`: the command is there, and what runs it is not. */
export type LaunchFaultPart = 'cwd' | 'command' | 'interpreter' | 'directory'

/** Undefined where the files don't tell. @param code the system's, such as ENOENT */
export function partAtFault(code: string, { command, cwd, env }: Launching): LaunchFaultPart | undefined {
  if (code !== 'ENOENT' && code !== 'EACCES' && code !== 'ENOTDIR') return undefined
  if (!isDirectory(cwd) || !may(cwd, constants.X_OK)) return 'cwd'
  // Windows puts endings behind a name.
  if (process.platform === 'win32') return undefined
  const found = places(command, cwd, env['PATH']).filter((file) => may(file, constants.F_OK))
  if (code === 'ENOENT') return found.some((file) => !isDirectory(file)) ? 'interpreter' : 'command'
  return found.length > 0 && found.every(isDirectory) ? 'directory' : undefined
}

function places(command: string, cwd: string, path = ''): readonly string[] {
  if (command.includes('/')) return [isAbsolute(command) ? command : resolve(cwd, command)]
  return path.split(delimiter).map((dir) => resolve(cwd, join(dir === '' ? '.' : dir, command)))
}

/** False also below a directory that may not be entered. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}
