/** Types of infisical.mjs for the tests. */
import type { Permission } from './infisical-policy.mjs'
import type { CommonFault, FaultOptions as CommonFaultOptions, FaultyServer } from './faults.mjs'

export type RequestKind =
  | 'login'
  | 'list'
  | 'revoke'
  | 'token-renew'
  | 'project'
  | 'lease'
  | 'lease-renew'
  | 'lease-lookup'
  | 'lease-revoke'

type OwnFault = 'empty' | 'expired' | 'token-error' | 'denied' | 'no-project' | 'plan' | 'revoke-failed'

export type FaultKind = CommonFault | OwnFault
export type FaultOptions = CommonFaultOptions<RequestKind>

type Secrets = Record<string, Record<string, Record<string, string | Record<string, unknown>>>>

export interface DynamicSecret {
  maxMs?: number
  lastsMs?: number
  renewsToMs?: number
  create?: () => Promise<Record<string, string>>
  drop?: (data: Record<string, string>) => Promise<void>
}

/** A machine identity by Universal Auth; without permissions it may do everything. */
export interface MachineIdentity {
  clientSecret: string
  permissions?: Permission[]
}

export interface InfisicalServer extends FaultyServer<RequestKind, OwnFault> {
  clientId: string
  clientSecret: string
  identities: Record<string, MachineIdentity>
  projectId: string
  secrets: Secrets
  dynamic: Record<string, DynamicSecret>
  tokens: Set<string>
  leases: Map<string, { id: string; expireAt: number; data: Record<string, string> }>
  logins: { method: string; body: Record<string, string> }[]
  expireTokens(): void
}

export function startInfisical(options?: {
  clientId?: string
  clientSecret?: string
  projectId?: string
  expiresIn?: number
  maxTtl?: number
  tokens?: string[]
  identities?: Record<string, MachineIdentity>
  accepts?: (method: string, body: Record<string, string>) => boolean
  secrets?: Secrets
  imports?: Record<string, Record<string, string[]>>
  dynamic?: Record<string, DynamicSecret>
  tls?: { key: string; cert: string }
  skewMs?: number
}): Promise<InfisicalServer>
