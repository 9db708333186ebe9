/**
 * Finds servers.yaml: `--config`, else `$SIDEMUX_CONFIG`, else ./servers.yaml, else the user's configuration
 * directory. A place that was named is taken at its word: when nothing is there, that is an error and no reason to
 * look further.
 */
import { posix, win32 } from 'node:path'

export interface PlaceFacts {
  readonly path?: string | undefined
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  readonly platform: NodeJS.Platform
  readonly home: string
}

export type Places =
  | { readonly named: string; readonly by: '--config' | '$SIDEMUX_CONFIG' }
  | {
      /** First that in the directory where sidemux was started, which may be anybody's; then that of the user. */
      readonly candidates: readonly [here: string, own: string]
    }

/** Absolute paths. */
export function configPlaces(facts: PlaceFacts): Places {
  const { env, cwd, platform } = facts
  const paths = platform === 'win32' ? win32 : posix
  if (facts.path !== undefined) return { named: paths.resolve(cwd, facts.path), by: '--config' }
  const named = env['SIDEMUX_CONFIG']
  if (named !== undefined && named !== '') return { named: paths.resolve(cwd, named), by: '$SIDEMUX_CONFIG' }
  return {
    candidates: [
      paths.resolve(cwd, 'servers.yaml'),
      paths.resolve(userDirectory(facts), 'sidemux', 'servers.yaml'),
    ],
  }
}

/** The XDG specification ignores a relative path, so that a host's working directory decides nothing. */
function userDirectory({ env, platform, home }: PlaceFacts): string {
  if (platform === 'win32') return env['APPDATA'] ?? win32.join(home, 'AppData', 'Roaming')
  const xdg = env['XDG_CONFIG_HOME']
  if (xdg !== undefined && posix.isAbsolute(xdg)) return xdg
  return platform === 'darwin'
    ? posix.join(home, 'Library', 'Application Support')
    : posix.join(home, '.config')
}
