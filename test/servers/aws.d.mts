/** Types of aws.mjs for the tests. */
import type { FaultyServer } from './faults.d.mts'

export interface AwsServer extends FaultyServer<
  'read',
  'expired' | 'denied' | 'missing' | 'empty' | 'throttled' | 'deleted'
> {
  accessKeyId: string
  secrets: Record<string, { id: string; stages: string[]; value: string | Uint8Array }[]>
}

export function startAws(options?: {
  accessKeyId?: string
  skewMs?: number
  secrets?: Record<string, { id: string; stages: string[]; value: string | Uint8Array }[]>
}): Promise<AwsServer>
