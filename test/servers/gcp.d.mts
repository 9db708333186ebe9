/** Types of gcp.mjs for the tests. */
import type { FaultyServer } from './faults.d.mts'

export interface GcpServer extends FaultyServer<
  'read' | 'login',
  'expired' | 'denied' | 'missing' | 'empty'
> {
  project: string
  /** What a service-account key file holds. */
  key: Record<string, string>
  tokens: Set<string>
  secrets: Record<string, Record<string, string>>
  expireTokens(): void
}

export function startGcp(options?: {
  expiresIn?: number
  skewMs?: number
  secrets?: Record<string, Record<string, string>>
}): Promise<GcpServer>
