/**
 * Writes a profile for what this machine confines with. One decides (profile.ts), and each writer says the same in its own
 * words; none of them decides again.
 *
 * Variables that tell the dynamic loader or Perl where code lies don't reach what confines: it runs outside, and the code
 * may lie where the server writes. They are set inside.
 */
import { lstatSync, mkdirSync, readlinkSync, realpathSync, unlinkSync } from 'node:fs'
import { posix } from 'node:path'
import { bubblewrapArguments } from './bubblewrap.ts'
import type { Confiner } from './confiner.ts'
import type { PathFacts } from '../facts.ts'
import { landlockArguments } from './landlock/arguments.ts'
import type { SandboxProfile } from '../mounts.ts'
import { isWithin } from '../paths.ts'
import { bolted } from './bolt.ts'
import { LEASH, leashed } from './leash.ts'
import { PERL_WITHOUT_LOCALE } from './programs.ts'
import { seatbeltProfile } from './seatbelt.ts'

/** What is started in place of a program, and starts it confined. */
export interface ConfinedStart {
  readonly by: Exclude<Confiner['kind'], 'none'>
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Where it has to be started, if it doesn't go where the server works by itself. */
  readonly cwd?: string
  /**
   * What ends it with the sidecar, however that ends (promise 8): the system, by a leash that the sidecar has to hold
   * (leash.ts), or the keeper of Landlock. Watchdogs where there is none.
   */
  readonly tie?: 'leash' | 'keeper'
}

export interface ToConfine {
  readonly profile: SandboxProfile
  /** An absolute path, and its arguments. */
  readonly command: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  /** It is to end with the sidecar, and not with a person's command. */
  readonly isTied: boolean
}

/** From this version of Landlock on no server can signal its keeper (LANDLOCK_SCOPE_SIGNAL), so that one is enough. */
const KEEPER_IS_SAFE = 6

/**
 * By their names, since others begin alike and hold secrets (LD_ACCESS_TOKEN): these here stand in arguments, which others
 * may read.
 *
 * @see man 8 ld.so, man 1 dyld, man 1 perlrun
 */
const STEERS = new RegExp(
  `^(?:${[
    'LD_(?:ASSUME_KERNEL|AUDIT|BIND_NO[TW]|DEBUG|DEBUG_OUTPUT|DYNAMIC_WEAK|HWCAP_MASK|LIBRARY_PATH|LIBRARY_VERSION)',
    'LD_(?:ORIGIN_PATH|POINTER_GUARD|PREFER_MAP_32BIT_EXEC|PRELOAD|PROFILE|PROFILE_OUTPUT|SHOW_AUXV|USE_LOAD_BIAS)',
    'LD_(?:TRACE_LOADED_OBJECTS|TRACE_PRELINKING|VERBOSE|WARN)',
    'DYLD_(?:FORCE|IMAGE|INSERT|PRINT|ROOT|SHARED|VERSIONED)_[A-Z_]+',
    'DYLD_(?:FALLBACK_)?(?:FRAMEWORK|LIBRARY)_PATH',
    'PERL(?:IO|LIB|IO_DEBUG|5DB|5DB_THREADED|5LIB|5OPT|5SHELL)',
    'PERL_(?:BADLANG|DESTRUCT_LEVEL|DL_NONLAZY|ENCODING|HASH_SEED|HASH_SEED_DEBUG|INTERNAL_RAND_SEED|MEM_LOG)',
    'PERL_(?:PERTURB_KEYS|RAND_SEED|SIGNALS|SKIP_LOCALE_INIT|UNICODE|USE_UNSAFE_INC)',
    'GCONV_PATH|LOCPATH|NLSPATH|GLIBC_TUNABLES|MALLOC_[A-Z_]+|RES_OPTIONS|HOSTALIASES',
  ].join('|')})$`,
)

/** @throws Error where Landlock was found on a processor that it isn't written for; findConfiner finds none there. */
export function confinedStart(
  confiner: Exclude<Confiner, { kind: 'none' }>,
  { profile, command, env, isTied }: ToConfine,
  disk: PathFacts,
): ConfinedStart {
  const all = Object.entries(env)
  const steering = Object.fromEntries(all.filter(([name]) => STEERS.test(name)))
  const plain = Object.fromEntries(all.filter(([name]) => !STEERS.test(name)))
  const start = { by: confiner.kind, program: confiner.program, env: plain }
  switch (confiner.kind) {
    case 'bubblewrap': {
      removeLinks(profile)
      if (confiner.bolt === undefined) {
        const tied = isTied ? leashed(command, env) : undefined
        const args = bubblewrapArguments(profile, tied ?? command, steering)
        return { ...start, args, ...(tied === undefined ? {} : { tie: 'leash' }) }
      }
      const { PWD } = env
      const given = { ...steering, ...(PWD !== undefined && { PWD }) }
      const behind = bolted(confiner.bolt, command, given, isTied ? LEASH : undefined)
      return {
        ...start,
        env: { ...plain, ...PERL_WITHOUT_LOCALE },
        args: bubblewrapArguments(profile, behind, {}),
        ...(isTied ? { tie: 'leash' } : {}),
      }
    }
    case 'landlock': {
      const facts = { abi: confiner.abi, arch: process.arch, parent: process.pid }
      const args = landlockArguments(profile, command, steering, facts, disk)
      if (args === undefined) throw new Error(`no Landlock on ${process.arch}`)
      const tie = isTied && confiner.abi >= KEEPER_IS_SAFE ? ({ tie: 'keeper' } as const) : {}
      return { ...start, env: { ...plain, ...PERL_WITHOUT_LOCALE }, args, ...tie }
    }
    case 'seatbelt': {
      const home = profile.mounts.find((mount) => mount.kind === 'home')
      const own = home === undefined ? {} : { HOME: home.from, TMPDIR: temporaryIn(home.from) }
      const cwd = profile.cwd === home?.path ? home.from : profile.cwd
      const steered = Object.entries(steering).map(([name, value]) => `${name}=${value}`)
      // The system takes such variables from programs of its own, as sandbox-exec is.
      const before = steered.length === 0 ? [] : ['/usr/bin/env', ...steered]
      const args = ['-p', seatbeltProfile(profile, disk), ...before, ...command]
      return { ...start, args, env: { ...plain, ...own }, cwd }
    }
  }
}

/** Made where it isn't there. Whatever the server has put in its place, the sandbox judges what it leads to. */
function temporaryIn(home: string): string {
  const directory = posix.join(home, '.tmp')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  return directory
}

/** Those that a start under Landlock made in the server's home stand where bubblewrap mounts, or above that. */
function removeLinks({ mounts }: SandboxProfile): void {
  const home = mounts.find((mount) => mount.kind === 'home')
  if (home === undefined) return
  for (const mount of mounts) {
    if ((mount.kind !== 'read' && mount.kind !== 'write') || !isWithin(mount.path, home.path)) continue
    const parts = posix.relative(home.path, mount.path).split('/')
    const isSame = (target: string, at: number): boolean =>
      isWithin(mount.from ?? mount.path, target) &&
      posix.relative(target, mount.from ?? mount.path) === parts.slice(at + 1).join('/')
    parts.forEach((_, at) =>
      removeLink(posix.join(home.from, ...parts.slice(0, at + 1)), home.from, (to) => isSame(to, at)),
    )
  }
}

function removeLink(link: string, home: string, isOurs: (target: string) => boolean): void {
  try {
    const isInside = isWithin(realpathSync(posix.dirname(link)), realpathSync(home))
    if (isInside && lstatSync(link).isSymbolicLink() && isOurs(readlinkSync(link))) unlinkSync(link)
  } catch {
    // There is none.
  }
}
