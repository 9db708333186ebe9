/** Types of azure.mjs for the tests. */
import type { FaultyServer } from './faults.d.mts'

export interface AzureServer extends FaultyServer<
  'read' | 'login',
  'expired' | 'denied' | 'missing' | 'empty'
> {
  tenant: string
  clientId: string
  clientSecret: string
  federated: string
  tokens: Set<string>
  secrets: Record<string, Record<string, string>>
  expireTokens(): void
}

export function startAzure(options?: {
  expiresIn?: number
  skewMs?: number
  secrets?: Record<string, Record<string, string>>
}): Promise<AzureServer>
