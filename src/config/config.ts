/**
 * The resolved configuration, which is all that the inside sees of servers.yaml: defaults applied, paths absolute,
 * templates parsed, ids normalised, disabled servers gone. Nothing in it is a resolved secret.
 */
import type { ApprovalsOptions } from '../approval/options.ts'
import type { AuditOptions } from '../audit/options.ts'
import type { ValidateOption } from '../catalog/options.ts'
import type { AccessRules, ProfileOptions, ToolRules } from '../policy/options.ts'
import type { RelayRules } from '../relay/options.ts'
import type { StoreOptions } from '../secrets/options.ts'
import type { LeaseOptions, ReplaceOption, SandboxOption } from '../upstream/options.ts'
import type { RemoteSpec } from '../upstream/remote/target.ts'
import type { LocalSpec } from '../upstream/spec.ts'
import type { Position, Problem } from './problem.ts'

export interface Config {
  /** Absolute. */
  readonly file: string
  /** The directory of `file`; relative paths in it are relative to this. */
  readonly dir: string
  /** SHA-256 of the file's bytes. */
  readonly hash: string
  readonly environment: string
  /**
   * By alias, and `team@github` for a server's own login at one (secrets/access/identity.ts). Settings as they are
   * written: resolving them is the stores' business.
   */
  readonly stores: ReadonlyMap<string, StoreOptions>
  /** In the order of the file. With a profile, the servers of the profile. */
  readonly servers: readonly ServerConfig[]
  /** Those that the environment leaves out: neither started nor listed. */
  readonly elsewhere: readonly ServerConfig[]
  /** Undefined where the host decides it (catalog/hosts.ts). */
  readonly listWaitMs: number | undefined
  readonly approvals: ApprovalsOptions
  readonly audit: AuditOptions
  readonly profile?: Profile
  /** What was found and keeps nothing down. */
  readonly warnings: readonly Problem[]
  /** What is wrong and keeps down no more than `odd`. */
  readonly errors: readonly Problem[]
  /** Entries that are kept down because something is wrong with them, or with a store of theirs. */
  readonly odd: readonly OddEntry[]
  /** Why no server is there at all: the file can't be used. */
  readonly broken?: Problem
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
  readonly rateLimit: string
  readonly timeoutMs: number
  readonly startTimeoutMs: number
  readonly drainMs: number
  readonly replace: ReplaceOption
  readonly sandbox: SandboxOption
  readonly allowSecretsInArgs: boolean
  readonly leases: ReadonlyMap<string, LeaseOptions>
  readonly position: Position
  /** Where a field is, for messages at run time: `env.GITHUB_TOKEN`, `args.1`, `url`. */
  fieldPosition(field: string): Position
}

export type LocalLaunch = LocalSpec

export type RemoteLaunch = RemoteSpec
