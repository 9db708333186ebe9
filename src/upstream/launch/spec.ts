/** An entry of servers.yaml with its strings parsed, as far as it says how the server is launched; `config/` makes it. */
import type { LeaseDeclarations } from '../../secrets/resolve/lease-answer.ts'
import type { Template } from '../../secrets/reference.ts'
import type { InstallMode } from '../../packages/options.ts'
import type { RemoteSpec } from '../remote/remote-spec.ts'
import type { BrokerRule } from '../../egress/broker/options.ts'
import type { SandboxRules } from '../../confine/options.ts'

export type LaunchSpec = CommonSpec & (LocalSpec | RemoteSpec)

export interface CommonSpec {
  readonly id: string
  /** Names all that decides the launch. */
  readonly launchHash: string
  readonly allowSecretsInArgs: boolean
  readonly leases: LeaseDeclarations
  readonly sandbox: SandboxRules
  /** Where servers.yaml is; what relative paths are relative to. */
  readonly dir: string
  /** `file:line:col` of a field such as `env.GITHUB_TOKEN`. */
  where(field: string): string
}

export interface LocalSpec {
  readonly kind: 'stdio'
  /** A relative path with a slash in it is absolute, once `config/` has read it; a bare name is looked up in PATH. */
  readonly command: Template
  readonly args: readonly Template[]
  /** Absolute, unless it begins with a reference. */
  readonly cwd: Template
  /** The entry says where it runs; otherwise that is the directory of servers.yaml. */
  readonly isCwdGiven: boolean
  readonly env: ReadonlyMap<string, Template>
  /** Those of `env` of which the server gets a placeholder. */
  readonly brokered: ReadonlyMap<string, BrokerRule>
  readonly inheritEnv: readonly string[]
  /** What becomes of a package that npx or uvx would run; `auto` where absent. */
  readonly install?: Exclude<InstallMode, 'auto'>
}
