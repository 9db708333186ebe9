/** An entry of servers.yaml with its strings parsed, as far as it says how the server is launched; `config/` makes it. */
import type { LeaseDeclarations } from '../secrets/lease-answer.ts'
import type { Template } from '../secrets/reference.ts'
import type { RemoteSpec } from './remote/target.ts'
import type { Sandbox } from './sandbox.ts'

export type LaunchSpec = CommonSpec & (LocalSpec | RemoteSpec)

export interface CommonSpec {
  readonly id: string
  readonly allowSecretsInArgs: boolean
  readonly leases: LeaseDeclarations
  readonly sandbox: Sandbox
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
  readonly env: ReadonlyMap<string, Template>
  readonly inheritEnv: readonly string[]
}
