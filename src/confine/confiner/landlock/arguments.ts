/** Writes a profile as what the launcher of Landlock is started with (launcher.ts). Pure. */
import { posix } from 'node:path'
import type { PathFacts } from '../../facts.ts'
import type { SandboxProfile } from '../../mounts.ts'
import { isWithin } from '../../paths.ts'
import { filterOf } from './filter.ts'
import { LANDLOCK_LAUNCHER } from './launcher.ts'
import { handledFiles, landlockRules, OF_FILES } from './rules.ts'
import { systemCallsOf, type SystemCalls } from './system-calls.ts'

export interface LandlockFacts {
  readonly abi: number
  /** `process.arch` */
  readonly arch: string
  /** The process that starts it, and with which it ends. */
  readonly parent: number
}

/** LANDLOCK_ACCESS_NET_BIND_TCP and CONNECT_TCP. */
const TCP = 3
/** LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET and SIGNAL. */
const OTHERS = 3

/** Undefined where this processor isn't known. */
export function landlockArguments(
  profile: SandboxProfile,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  facts: LandlockFacts,
  disk: PathFacts,
): string[] | undefined {
  const { abi, arch } = facts
  const calls = systemCallsOf(arch)
  if (calls === undefined) return undefined
  const home = profile.mounts.find((mount) => mount.kind === 'home')
  // Hosts can't be told apart here, so where they are named there is no network.
  const shut = profile.network.kind !== 'all'
  const handled = [handledFiles(abi), abi >= 4 && shut ? TCP : 0, abi >= 6 ? OTHERS : 0]
  const filter = filterOf({
    calls,
    network: !shut,
    localSockets: profile.mounts.some((mount) => givesSocket(mount, disk)),
    judgesTruncate: abi >= 3,
  })
  return [
    '-f',
    '-C0',
    '-e',
    LANDLOCK_LAUNCHER,
    ...callWords(calls),
    `parent=${facts.parent}`,
    `handled=${handled.join(',')}`,
    `file=${OF_FILES & handledFiles(abi)}`,
    ...landlockRules(profile, abi, disk).map(({ path, access }) => `rule=${access}:${path}`),
    `filter=${filter}`,
    ...(home === undefined ? [] : homeWords(profile, home.path, home.from)),
    `cwd=${home !== undefined && profile.cwd === home.path ? home.from : profile.cwd}`,
    ...Object.entries(env).map(([name, value]) => `env=${name}=${value}`),
    '--',
    ...command,
  ]
}

function givesSocket(mount: SandboxProfile['mounts'][number], disk: PathFacts): boolean {
  return (
    (mount.kind === 'read' || mount.kind === 'write') &&
    !isWithin(mount.path, '/dev') &&
    disk.kind(mount.from ?? mount.path) === 'other'
  )
}

function callWords({ numbers }: SystemCalls): string[] {
  return Object.entries(numbers).map(([name, number]) => `call.${name}=${number}`)
}

/** Whatever was given of the user's home is looked for in the server's. */
function homeWords({ mounts }: SandboxProfile, home: string, own: string): string[] {
  const all = mounts.filter(
    ({ kind, path }) => (kind === 'read' || kind === 'write') && path !== home && isWithin(path, home),
  )
  const given = all
    .filter(({ path }) => !all.some((other) => other.path !== path && isWithin(path, other.path)))
    .map((mount) => ({
      name: posix.relative(home, mount.path),
      to: ('from' in mount ? mount.from : undefined) ?? mount.path,
    }))
  const directories = given.flatMap(({ name }) => {
    const parts = posix.dirname(name).split('/')
    return parts.map((_, at) => parts.slice(0, at + 1).join('/')).filter((part) => part !== '.')
  })
  return [
    `env=HOME=${own}`,
    ...[...new Set(directories)].map((directory) => `dir=${posix.join(own, directory)}`),
    ...given.flatMap(({ name, to }) => [`link=${posix.join(own, name)}`, `to=${to}`]),
    `tmp=${posix.join(own, '.tmp')}`,
  ]
}
