/** Says under which facts a greeting is kept, and where: `serve` keeps it, and the next start looks for it. */
import type { GreetingFacts } from '../../downstream/greeting.ts'
import { lockPath } from '../../catalog/lock/lock-path.ts'
import type { ListingHost } from '../../downstream/rooms.ts'
import { sha256 } from '../../json/canonical.ts'
import { newestNumber } from '../../state/generations.ts'
import { configKey, stateBook, stateFile, stateRoom } from '../../state/paths.ts'
import { version } from '../../version.ts'
import { signOf } from '../../watch/sign.ts'
import type { ConfigVerbOptions } from './choice.ts'

/** What the next start has to find as it was, to be greeted alike. @throws where it can't be told what was agreed to */
export function greetingFacts(
  choice: ConfigVerbOptions,
  env: NodeJS.ProcessEnv,
  { path, hash, dir }: { readonly path: string; readonly hash: string; readonly dir: string },
): GreetingFacts {
  return {
    version,
    config: path,
    hash,
    environment: choice.environment ?? env['SIDEMUX_ENVIRONMENT'],
    profile: choice.profile,
    surface: choice.surface,
    lock: signOf(lockPath(path)),
    frozen: choice.frozen === true,
    trust: newestNumber(stateBook(dir, 'trust', { config: configKey(path) })),
  }
}

/** Where all of them are. */
export function greetingRoom(dir: string): string {
  return stateRoom(dir, 'greeting')
}

/** One for each servers.yaml and choice, and one more for the lists of each host. */
export function greetingFile(
  dir: string,
  { config, environment, profile, surface }: GreetingFacts,
  host?: ListingHost,
): string {
  const named = JSON.stringify([config, environment ?? null, profile ?? null, surface ?? null, host ?? null])
  return stateFile(dir, 'greeting', { greeting: sha256(named).slice(0, 16) })
}
