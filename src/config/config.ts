/**
 * The resolved configuration, which is all that the inside sees of servers.yaml: defaults applied, paths absolute,
 * templates parsed, ids normalised, disabled servers gone. Nothing in it is a resolved secret.
 */
import type { ApprovalsOptions } from '../approval/options.ts'
import type { AuditOptions } from '../audit/options.ts'
import type { PinMode, ValidateOption } from '../catalog/options.ts'
import type { AccessRules, ProfileOptions, ToolRules } from '../policy/options.ts'
import type { RelayRules } from '../relay/options.ts'
import type { StoreOptions } from '../secrets/stores/options.ts'
import type { SandboxRules } from '../confine/options.ts'
import type { LeaseOptions, ReplaceOption, StartOption } from '../upstream/options.ts'
import type { LimitsOption } from '../upstream/limits.ts'
import type { RemoteSpec } from '../upstream/remote/remote-spec.ts'
import type { LocalSpec } from '../upstream/launch/spec.ts'
import type { TrustMode } from '../trust/options.ts'
import type { SurfaceRules } from '../surface/options.ts'
import type { Path, Position, ConfigProblem } from './problem.ts'

export interface Config {
  /** Absolute. */
  readonly file: string
  /** The directory of `file`; relative paths in it are relative to this. */
  readonly dir: string
  /** SHA-256 of the file's bytes. */
  readonly hash: string
  /** How it is written; absent where there is no file, or it wasn't read anew (remembered/). */
  readonly source?: ConfigSource | undefined
  readonly environment: string
  /**
   * By alias, and `team@github` for a server's own login at one (secrets/stores/identity.ts). Settings as they are
   * written: resolving them is the stores' business.
   */
  readonly stores: ReadonlyMap<string, StoreOptions>
  /** In the order of the file. With a profile, the servers of the profile. */
  readonly servers: readonly ServerConfig[]
  /** Ids of all entries, those too that are disabled or that profile or environment leave out. */
  readonly named: readonly string[]
  /** Those that the environment leaves out: neither started nor listed. */
  readonly elsewhere: readonly ServerConfig[]
  /** Those that the profile leaves out. */
  readonly unchosen: readonly ServerConfig[]
  /** What it says of itself counts (file/file.ts). */
  readonly believed: boolean
  /** Whether a human is asked before a server starts. */
  readonly trust: TrustMode
  /** servers.lock is never written (`--frozen`); all servers are `strict` then. */
  readonly frozen: boolean
  /** Undefined where the host decides it (catalog/hosts.ts). */
  readonly listWaitMs: number | undefined
  /** How much a host is listed. */
  readonly surface: SurfaceRules
  readonly approvals: ApprovalsOptions
  readonly audit: AuditOptions
  readonly profile?: Profile
  /** What was found and keeps nothing down. */
  readonly warnings: readonly ConfigProblem[]
  /** What is wrong and keeps down no more than `odd`. */
  readonly errors: readonly ConfigProblem[]
  /** Entries that are kept down because something is wrong with them, or with a store of theirs. */
  readonly odd: readonly OddEntry[]
  /** Why no server is there at all: the file can't be used. */
  readonly broken?: ConfigProblem
}

export interface ConfigSource {
  /** What is written in braces, where lines of YAML can't stand: the whole file, or the entries of servers. */
  readonly braces: 'whole' | 'entries' | 'no'
  /** Where in the file stands what is at this path of ours (`servers`, the name of an entry as it is written). */
  inFile(path: Path): Path
}

export interface OddEntry extends Position {
  /** What it would be called; empty where its name can't be one. */
  readonly id: string
  /** As the file has it. */
  readonly originalId: string
  /** What is wrong first of all. Never a value of the file. */
  readonly message: string
  readonly hint?: string
  /** The line that its entry stands for in the order of the file. */
  readonly entryLine: number
  /** It goes on as it was before an edit that made it so (sidecar/carry.ts). */
  readonly runs?: boolean
}

/** Its `servers` are ids as they are in `Config.servers`. */
export type Profile = { readonly name: string } & ProfileOptions

export interface ServerConfig extends RelayRules {
  readonly id: string
  /** As the file has it. */
  readonly originalId: string
  readonly description?: string
  /** Where it is started; everywhere when absent. */
  readonly environments?: readonly string[]
  readonly launch: LocalLaunch | RemoteLaunch
  /** Over everything that decides what is started, references unresolved. */
  readonly launchHash: string
  readonly tools: ToolRules
  readonly prompts?: AccessRules
  readonly resources?: AccessRules
  readonly validate?: ValidateOption
  readonly pin: PinMode
  readonly rateLimit: string
  /** From so many bytes on a result is cut, and kept whole; never when absent. */
  readonly maxResult?: number
  readonly timeoutMs: number
  readonly startTimeoutMs: number
  readonly drainMs: number
  /** From the end of its stdin to its end by force. */
  readonly stopGraceMs: number
  /** How much of the machine it may use. */
  readonly limits: LimitsOption
  readonly replace: ReplaceOption
  readonly start: StartOption
  readonly idle: IdleRule
  readonly sandbox: SandboxRules
  readonly allowSecretsInArgs: boolean
  readonly leases: ReadonlyMap<string, LeaseOptions>
  readonly position: Position
  /** Where a field is, for messages at run time: `env.GITHUB_TOKEN`, `args.1`, `url`. */
  readonly fieldPosition: (field: string) => Position
}

/** When a server is ended that nobody calls. */
export interface IdleRule {
  /** Never when 0. */
  readonly ms: number
  /** Its own entry says so; then it counts also for one that has programs of its own at work. */
  readonly isOwn: boolean
}

export type LocalLaunch = LocalSpec

export type RemoteLaunch = RemoteSpec
