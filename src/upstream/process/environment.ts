/**
 * Builds the environment of a child (promise 2): a short allowlist, the variables that its entry declares, and
 * nothing else.
 *
 * - Allowlist, POSIX: who and where the user is (HOME LOGNAME USER SHELL), the terminal type (TERM), the language
 *   and time zone (LANG LC_ALL LC_CTYPE TZ), where temporary files go (TMPDIR), and PATH. None of them is a
 *   credential or changes which code a program loads. Not among them, on purpose: NODE_OPTIONS, LD_*, DYLD_*,
 *   npm_config_*, proxies, SSH_AUTH_SOCK, XDG_*, DISPLAY.
 * - Allowlist, Windows: the variables without which programs don't start or find the user's directories.
 * - `inherit` names are handed over from the sidecar's own environment, because the operator said so.
 * - What is declared wins over what is inherited.
 * - PATH begins with the directory of the running Node, so that `#!/usr/bin/env node` finds the Node that the
 *   sidecar was started with; then comes the declared PATH, else the parent's. Empty entries, which mean the
 *   working directory, are left out.
 * - Exported shell functions (values that begin with `() {`) aren't handed over. Windows names ignore case.
 */
import { posix, win32 } from 'node:path'

const POSIX_NAMES = 'HOME LOGNAME USER SHELL TERM LANG LC_ALL LC_CTYPE TZ TMPDIR PATH'.split(' ')
const WINDOWS_NAMES = (
  'APPDATA COMSPEC HOMEDRIVE HOMEPATH LOCALAPPDATA PATH PATHEXT PROCESSOR_ARCHITECTURE PROGRAMDATA PROGRAMFILES ' +
  'PROGRAMFILES(X86) PROGRAMW6432 SYSTEMDRIVE SYSTEMROOT TEMP TMP USERNAME USERPROFILE WINDIR'
).split(' ')

export interface EnvironmentFacts {
  readonly platform: NodeJS.Platform
  /** The sidecar's own environment. */
  readonly parent: NodeJS.ProcessEnv
  /** The running Node. */
  readonly execPath: string
  /** `env:` of the entry, resolved. */
  readonly declared: Readonly<Record<string, string>>
  /** `inheritEnv:` of the entry. */
  readonly inherit: readonly string[]
}

export function processEnvironment(facts: EnvironmentFacts): Record<string, string> {
  const windows = facts.platform === 'win32'
  const fold = (name: string): string => (windows ? name.toUpperCase() : name)
  const parent = new Map<string, string>()
  for (const [name, value] of Object.entries(facts.parent)) {
    if (value !== undefined && !value.startsWith('() {')) parent.set(fold(name), value)
  }

  const child = new Map<string, readonly [name: string, value: string]>()
  for (const name of [...(windows ? WINDOWS_NAMES : POSIX_NAMES), ...facts.inherit]) {
    const value = parent.get(fold(name))
    if (value !== undefined) child.set(fold(name), [name, value])
  }
  for (const [name, value] of Object.entries(facts.declared)) child.set(fold(name), [name, value])

  const path = searchPath(windows, facts.execPath, child.get('PATH')?.[1] ?? '')
  child.set('PATH', ['PATH', path])
  return Object.fromEntries(child.values())
}

function searchPath(windows: boolean, execPath: string, rest: string): string {
  const path = windows ? win32 : posix
  const entries = [path.dirname(execPath), ...rest.split(path.delimiter).filter((entry) => entry !== '')]
  return [...new Set(entries)].join(path.delimiter)
}
