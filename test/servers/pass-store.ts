/** A store of the real pass, with a key of the real gpg that asks for no passphrase. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

export interface PassStore {
  readonly insert: (path: string, text: string) => void
  /** Ends what gpg started. */
  readonly end: () => void
}

/**
 * Makes `store` in a directory, and the keys beside it.
 * @param env with PATH and HOME; it gets GNUPGHOME, as whoever reads the store needs it
 */
export function passStore(dir: string, env: NodeJS.ProcessEnv): PassStore {
  const home = join(dir, 'gnupg')
  mkdirSync(home, { mode: 0o700 })
  Object.assign(env, { GNUPGHOME: home })
  const own = { ...env, PASSWORD_STORE_DIR: join(dir, 'store') }
  const run = (program: string, args: string[], input = ''): void =>
    void execFileSync(program, args, { env: own, input, stdio: 'pipe' })
  const user = 'sidemux test <test@sidemux.example>'
  run('gpg', [
    '--batch',
    '--passphrase',
    '',
    '--quick-generate-key',
    user,
    'future-default',
    'default',
    'never',
  ])
  run('pass', ['init', 'test@sidemux.example'])
  return {
    insert: (path, text) => run('pass', ['insert', '--force', '--multiline', path], text),
    end: () => void spawnSync('gpgconf', ['--homedir', home, '--kill', 'all']),
  }
}
