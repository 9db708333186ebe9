/**
 * Finds what npx, uvx and their kind have to know of where packages come from: registries and proxies, as the user's own
 * settings name them. Never a token, a password or an address that holds one; who needs a login for a registry gives it
 * to that server. Pure.
 */
import { posix } from 'node:path'
import type { ConfinedLaunch, PathFacts } from '../facts.ts'
import { isRunner, wordsOf } from '../words.ts'

const HARMLESS = /^(?:(?:@[\w.-]+:)?registry|strict-ssl|proxy|https-proxy|noproxy)$/
/** Given as they are, where nothing in them looks like a login. */
const OF_PYTHON = ['.config/uv/uv.toml', '.config/pip/pip.conf', '.pip/pip.conf']
const LOGIN = /:\/\/[^\s/"']*@|password|passwd|token|secret|auth|credential|keyring|\bkey\b/i

export interface PackageSettings {
  /** Variables for the server. */
  readonly env: Readonly<Record<string, string>>
  /** Files to give it. */
  readonly read: readonly string[]
}

export function packageSettings(launch: ConfinedLaunch, disk: PathFacts): PackageSettings {
  const home = launch.env['HOME']
  const fetches = [launch.command, ...wordsOf(launch).map(({ text }) => text)].some(isRunner)
  if (home === undefined || !fetches) return { env: {}, read: [] }
  const read = OF_PYTHON.map((name) => posix.join(home, name)).filter((path) => {
    const text = disk.text(path)
    return text !== undefined && !LOGIN.test(text)
  })
  return { env: npmVariables(disk.text(posix.join(home, '.npmrc')) ?? ''), read }
}

/** npm reads each setting from a variable as well (npm config, "Environment Variables"). @param text of an .npmrc */
export function npmVariables(text: string): Record<string, string> {
  const found = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, name = '', value = ''] = /^\s*([^\s=;#][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    const plain = value.replace(/^(["'])(.*)\1$/, '$2')
    if (HARMLESS.test(name) && plain !== '' && !/[\s$]|:\/\/[^/]*@/.test(plain))
      found.set(`npm_config_${name}`, plain)
  }
  return Object.fromEntries(found)
}
