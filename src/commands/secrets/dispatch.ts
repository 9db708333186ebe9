/** `sidemux secrets ACTION`: which words and options each action takes. */
import { SidemuxError } from '../../errors.ts'
import type { Io } from '../io.ts'
import type { SecretsOptions } from './options.ts'

const ACTIONS = ['check', 'set', 'get-info', 'delete', 'list', 'migrate', 'policy']
const NAMED = ['set', 'get-info', 'delete']

export async function secrets(words: readonly string[], options: SecretsOptions, io: Io): Promise<0 | 1> {
  const [action = 'check', name, extra] = words
  if (!ACTIONS.includes(action))
    throw usage(`there is no "secrets ${action}"`, `use one of ${ACTIONS.join(', ')}`)
  if (NAMED.includes(action) !== (name !== undefined) || extra !== undefined) {
    // What follows a name could be the value that somebody typed there.
    throw usage(
      NAMED.includes(action)
        ? `"secrets ${action}" takes exactly one name`
        : `"secrets ${action}" takes no further words`,
      action === 'set'
        ? 'the value is asked for, or read from standard input; on a command line others can read it'
        : 'run "sidemux secrets --help"',
    )
  }
  refuseOthers(action, options)
  if (action === 'check') return (await import('./check.ts')).checkSecrets(options, io)
  if (action === 'migrate') return (await import('./migrate.ts')).migrate(options, io)
  if (action === 'policy') return (await import('./policy.ts')).policy(options, io)
  if (action === 'list') return (await import('./list.ts')).listSecrets(options, io)
  const given = checkName(name ?? '')
  if (action === 'set') return (await import('./set.ts')).set(given, checkBackend(options.backend), io)
  if (action === 'get-info') return (await import('./get-info.ts')).getInfo(given, options, io)
  return (await import('./delete.ts')).remove(given, io)
}

function refuseOthers(action: string, { to, write, backend, format, server }: SecretsOptions): void {
  if ((format !== undefined || server !== undefined) && action !== 'policy')
    throw usage('--format and --server belong to "secrets policy"', 'run "sidemux secrets --help"')
  if ((to !== undefined || write) && action !== 'migrate')
    throw usage(`--to and --write belong to "secrets migrate"`, 'run "sidemux secrets --help"')
  if (backend !== undefined && action !== 'set')
    throw usage('--backend belongs to "secrets set"', 'run "sidemux secrets --help"')
}

function checkName(name: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_./-]{0,127}$/.test(name)) return name
  throw usage(
    'that is not a name of a secret',
    'letters, digits and _ . / - only, for example github/TOKEN; the value is asked for',
  )
}

function checkBackend(backend: string | undefined): 'keychain' | 'file' | undefined {
  if (backend === undefined || backend === 'keychain' || backend === 'file') return backend
  throw usage('there is no such backend', 'use --backend keychain or --backend file')
}

function usage(message: string, hint: string): SidemuxError {
  return new SidemuxError(message, { hint, exitCode: 2 })
}
