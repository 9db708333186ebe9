/** Types of vault.mjs for the tests. */
import type { CommonFault, FaultOptions as CommonFaultOptions, FaultyServer } from './faults.mjs'

export type RequestKind =
  | 'login'
  | 'read'
  | 'mounts'
  | 'lease'
  | `token-${'lookup' | 'renew' | 'revoke'}`
  | `lease-${'lookup' | 'renew' | 'revoke'}`

type OwnFault = 'denied' | 'expired' | 'token-ends' | 'sealed' | 'not-found' | 'standby' | 'empty'

export type FaultKind = CommonFault | OwnFault
export type FaultOptions = CommonFaultOptions<RequestKind>

export interface TokenTerms {
  ttl?: number
  maxTtl?: number
  renewable?: boolean
  type?: 'service' | 'batch'
}

export interface Role {
  ttl?: number
  maxTtl?: number
  /** What a renewal that asks for no time comes to. */
  renewsTo?: number
  renewable?: boolean
  create?: () => Promise<Record<string, string>>
  drop?: (data: Record<string, string>) => Promise<void>
}

export type Engines = Record<
  string,
  | { version: 1; type?: string; secrets: Record<string, Record<string, unknown>> }
  | { version: 2; type?: string; secrets: Record<string, { version: number; data: Record<string, unknown> }> }
>

/** A login by AppRole and its policy in HCL; without one it may do everything. */
export interface Identity {
  secretId: string
  policy?: string
}

export interface VaultServer extends FaultyServer<RequestKind, OwnFault> {
  roleId: string
  secretId: string
  identities: Record<string, Identity>
  engines: Engines
  tokens: Map<string, { value: string; expiresAt: number; identity?: string }>
  roles: Record<string, Role>
  leases: Map<string, { id: string; expiresAt: number; data: Record<string, string>; token: string }>
  logins: { mount: string; body: Record<string, string> }[]
  advance(seconds: number): Promise<void>
  expireTokens(): void
  revokeLease(id: string): Promise<void>
}

export function startVault(options?: {
  roleId?: string
  secretId?: string
  tokenTtl?: number
  tokenMaxTtl?: number
  issues?: TokenTerms
  tokens?: Record<string, TokenTerms>
  accepts?: (mount: string, body: Record<string, string>) => boolean
  identities?: Record<string, Identity>
  namespace?: string
  forbid?: RegExp[]
  engines?: Engines
  roles?: Record<string, Role>
  tls?: { key: string; cert: string }
  skewMs?: number
}): Promise<VaultServer>
