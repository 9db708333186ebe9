/** The directory of the state: audit log, pins, log. Directories 0700, files 0600. */
import { chmodSync, lstatSync, mkdirSync, statSync, type Stats } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { SidemuxError, systemErrorCode } from '../errors.ts'
import { checkOwner, Unusable } from './read-own.ts'

export function stateDir(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string {
  const own = env['SIDEMUX_STATE_DIR']
  if (own !== undefined && own !== '') return resolve(own)
  const xdg = env['XDG_STATE_HOME']
  // XDG Base Directory: a relative path there is to be ignored.
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'sidemux')
  const home = env['HOME'] ?? homedir()
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'sidemux')
  return join(home, '.local', 'state', 'sidemux')
}

/** Its own name may be a link, if the user made it one. @throws SidemuxError when it can't be made, or others could write in it. */
export function ensureStateDir(env: NodeJS.ProcessEnv): string {
  const dir = stateDir(env)
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    const { uid, mode } = statSync(dir)
    checkOwner(uid)
    // Who may write in it may put other directories in the place of those in it.
    if (process.platform !== 'win32' && (mode & 0o022) !== 0) {
      if ((mode & 0o1000) !== 0) throw new Unusable('is for everybody')
      chmodSync(dir, mode & 0o755)
    }
  } catch (error) {
    if (error instanceof Unusable)
      throw new SidemuxError(`the state directory ${dir} ${error.message}`, {
        hint: 'set SIDEMUX_STATE_DIR to a directory that you own',
        exitCode: 2,
      })
    const code = systemErrorCode(error) ?? 'unknown error'
    throw new SidemuxError(
      code === 'EEXIST'
        ? `the state directory ${dir} is a file`
        : `the state directory ${dir} can't be made (${code})`,
      {
        hint: 'set SIDEMUX_STATE_DIR to a directory that you own',
        exitCode: 2,
      },
    )
  }
  return dir
}

/** Makes a directory within it, for this user alone. @throws Unusable; a system error. */
export function makeDirectory(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  if ((checkDirectory(dir).mode & 0o077) !== 0) chmodSync(dir, 0o700)
}

/** A link could lead to where others write. @throws Unusable; a system error. */
export function checkDirectory(dir: string): Stats {
  const stat = lstatSync(dir)
  if (!stat.isDirectory()) throw new Unusable('is a link or a file')
  checkOwner(stat.uid)
  return stat
}
