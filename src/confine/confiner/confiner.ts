/**
 * Finds out what this machine can confine a server with. On Linux that is bubblewrap, which has to be installed and
 * allowed to make user namespaces: some distributions and containers forbid that. Where it isn't, it is Landlock, which
 * closes less (landlock/rules.ts) and needs perl. On macOS it is seatbelt. Each is tried once, for real. One whose trial was
 * cut off, as on a machine that has too much to do, is taken to work: if it doesn't, servers fail to start, and none runs
 * unconfined by chance.
 *
 * Windows has nothing that could be told which files a program may read: a job object bounds memory and ends processes
 * together, and a restricted token or an AppContainer wants native code of our own.
 */
import { landlockArguments } from './landlock/arguments.ts'
import { systemCallsOf } from './landlock/system-calls.ts'
import { bolted, type Bolt } from './bolt.ts'
import { installed, systemPerl } from './programs.ts'
import { tryOut } from './trial.ts'

export type Confiner =
  /** Without a `bolt` abstract sockets and the keys of the session stay open. */
  | { readonly kind: 'bubblewrap'; readonly program: string; readonly bolt?: Bolt }
  /** `program` is perl; `abi` counts what this kernel's Landlock can do. `instead` ends "confined by it, since …". */
  | { readonly kind: 'landlock'; readonly program: string; readonly abi: number; readonly instead: string }
  /** `program` is sandbox-exec. */
  | { readonly kind: 'seatbelt'; readonly program: string }
  /** `why` ends the sentence "nothing is confined here, since …". */
  | { readonly kind: 'none'; readonly why: string; readonly hint: string }

export interface ConfinerFacts {
  readonly platform: NodeJS.Platform
  /** Of sidemux itself, where the program is looked for. */
  readonly path: string | undefined
}

interface Missing {
  readonly why: string
  readonly hint: string
}

const BUBBLEWRAP_TRIAL = [
  '--unshare-user',
  '--unshare-pid',
  '--unshare-ipc',
  '--unshare-uts',
  '--die-with-parent',
  '--ro-bind',
  '/',
  '/',
  '--proc',
  '/proc',
  '--dev',
  '/dev',
  '--',
]
const NOTHING = ['/bin/sh', '-c', ':']

/** Says which version of Landlock there is: landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION). */
const VERSION_OF_LANDLOCK = 'print syscall(444, 0, 0, 1)'

const SANDBOX_EXEC = '/usr/bin/sandbox-exec'

/** Never rejects. */
export async function findConfiner({ platform, path = '' }: ConfinerFacts): Promise<Confiner> {
  if (platform === 'darwin') return findSeatbelt()
  if (platform !== 'linux')
    return {
      kind: 'none',
      why: `this version confines on Linux and macOS only`,
      hint: 'run servers that you do not trust in a container: https://docs.docker.com/ai/mcp-gateway/',
    }
  const bubblewrap = await findBubblewrap(path)
  if ('program' in bubblewrap) return { kind: 'bubblewrap', ...bubblewrap }
  const landlock = await findLandlock(path)
  if ('program' in landlock) {
    const instead = [bubblewrap.why, ...lacksOf(landlock.abi)].join(', and ')
    return { kind: 'landlock', ...landlock, instead }
  }
  return { kind: 'none', why: `${bubblewrap.why}, and ${landlock.why}`, hint: bubblewrap.hint }
}

async function findSeatbelt(): Promise<Confiner> {
  const end = await tryOut(SANDBOX_EXEC, ['-p', '(version 1)(allow default)', '/usr/bin/true'])
  if (!('failed' in end)) return { kind: 'seatbelt', program: SANDBOX_EXEC }
  return {
    kind: 'none',
    why: `sandbox-exec could not be used (${end.failed})`,
    hint: 'programs that are confined themselves can confine no others: start the host outside of a sandbox',
  }
}

async function findBubblewrap(
  path: string,
): Promise<{ readonly program: string; readonly bolt?: Bolt } | Missing> {
  const program = installed('bwrap', path)
  if (program === undefined)
    return {
      why: 'bubblewrap is not installed',
      hint: 'install it: apt install bubblewrap, dnf install bubblewrap, pacman -S bubblewrap, apk add bubblewrap',
    }
  const bolt = boltHere(path)
  if (bolt !== undefined) {
    const end = await tryOut(program, [...BUBBLEWRAP_TRIAL, ...bolted(bolt, NOTHING, {})])
    if (!('failed' in end)) return { program, bolt }
  }
  const end = await tryOut(program, [...BUBBLEWRAP_TRIAL, ...NOTHING])
  if (!('failed' in end)) return { program }
  return {
    why: `bubblewrap could make no namespaces (${end.failed})`,
    hint: 'allow user namespaces: "sysctl kernel.unprivileged_userns_clone=1", on Ubuntu an AppArmor profile for bwrap; in a container they are allowed from outside',
  }
}

function boltHere(path: string): Bolt | undefined {
  const calls = systemCallsOf(process.arch)
  const program = systemPerl(path)
  return calls === undefined || program === undefined ? undefined : { program, calls }
}

async function versionOfLandlock(perl: string): Promise<number> {
  const version = await tryOut(perl, ['-e', VERSION_OF_LANDLOCK])
  if ('cutOff' in version) return 1
  const abi = 'said' in version ? Number(version.said) : 0
  return abi >= 1 ? abi : 0
}

async function findLandlock(
  path: string,
): Promise<{ readonly program: string; readonly abi: number } | Pick<Missing, 'why'>> {
  if (systemCallsOf(process.arch) === undefined)
    return { why: `Landlock is not used on ${process.arch} by this version` }
  const program = installed('perl', path)
  if (program === undefined) return { why: 'perl, by which Landlock is reached, is not installed' }
  const abi = await versionOfLandlock(program)
  if (abi === 0) return { why: 'this kernel has no Landlock' }
  const end = await tryOut(program, trialOf(abi))
  if ('failed' in end) return { why: `Landlock could not be used (${end.failed})` }
  return { program, abi }
}

/** What an older kernel doesn't judge, and no filter does in its place (landlock/filter.ts). */
function lacksOf(abi: number): readonly string[] {
  return [
    ...(abi < 6 ? ["before Linux 6.12 it may signal your user's other processes"] : []),
    ...(abi < 2 ? ['before Linux 5.19 it moves no file to another directory'] : []),
  ]
}

function trialOf(abi: number): readonly string[] {
  const profile = { mounts: [{ kind: 'read', path: '/' }], cwd: '/', network: { kind: 'all' } } as const
  const nothing = {
    kind: () => undefined,
    link: () => undefined,
    text: () => undefined,
    real: () => undefined,
    names: () => [],
    isPublic: () => false,
  }
  const facts = { abi, arch: process.arch, parent: process.pid }
  return landlockArguments(profile, NOTHING, {}, facts, nothing) ?? []
}
