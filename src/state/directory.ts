/** Where state lives (contract: Command line): audit log, pins, log. Directories 0700, files 0600. */
import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { SidemuxError, systemErrorCode } from '../errors.ts'

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

/** @throws SidemuxError when it can't be made. */
export function ensureStateDir(env: NodeJS.ProcessEnv): string {
  const dir = stateDir(env)
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
  } catch (error) {
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
