/**
 * The file that a sidemux started by a server's entry would read: by `--config`, `$SIDEMUX_CONFIG`, its directory, or
 * the default place, as it finds it itself (places.ts).
 */
import { homedir } from 'node:os'
import { processEnvironment } from '../../upstream/process/environment.ts'
import type { Template } from '../../secrets/reference.ts'
import type { ServerConfig } from '../config.ts'
import { configPlaces } from '../file/places.ts'
import { identityOfFile, type FileIdentity } from './disk.ts'
import { sidemuxIn, type Start } from './starts-sidemux.ts'

/** Verbs that start no server. */
const QUIET: ReadonlySet<string> = new Set(
  'check approvals audit secrets login logout help --help -h --version -V policy'.split(' '),
)

/** Undefined when the entry starts no sidemux, or it can't be told on which file. */
export function nestedConfig(server: ServerConfig, env: NodeJS.ProcessEnv): FileIdentity | undefined {
  const { launch } = server
  if (launch.kind === 'remote') return undefined
  const words = [launch.command, ...launch.args].map((template) => textOf(template, env))
  const cwd = textOf(launch.cwd, env)
  const start = sidemuxIn({ words, cwd, env: environmentOf(server, env) })
  return start === undefined ? undefined : configOf(start)
}

/** As sidemux finds it, started with these words. */
export function configOf({ words, cwd, env }: Start): FileIdentity | undefined {
  if (QUIET.has(words[0] ?? '')) return undefined
  const at = words.findLastIndex((word) => word === '--config' || word.startsWith('--config='))
  const word = words[at]
  const path = word === '--config' ? words[at + 1] : word?.slice('--config='.length)
  const home = env['HOME'] ?? homedir()
  const places = configPlaces({ path, env, cwd, platform: process.platform, home })
  const candidates = 'named' in places ? [places.named] : places.candidates
  return candidates.map((candidate) => identityOfFile(candidate)).find((found) => found !== undefined)
}

function environmentOf({ launch }: ServerConfig, env: NodeJS.ProcessEnv): Record<string, string> {
  if (launch.kind === 'remote') return {}
  return processEnvironment({
    platform: process.platform,
    execPath: process.execPath,
    parent: env,
    declared: Object.fromEntries([...launch.env].map(([name, template]) => [name, textOf(template, env)])),
    inherit: launch.inheritEnv,
  })
}

/** What can be told without a store; a NUL, which no path holds, for what can't. */
function textOf({ parts }: Template, env: NodeJS.ProcessEnv): string {
  return parts
    .map((part) => {
      if (part.kind === 'literal') return part.text
      if (part.reference.kind !== 'env') return '\0'
      const own = env[part.reference.name]
      return own === undefined || own === '' ? (part.reference.fallback ?? '\0') : own
    })
    .join('')
}
