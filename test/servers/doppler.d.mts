/** Types of doppler.mjs for the tests. */
import type { FaultyServer } from './faults.d.mts'

export interface DopplerServer extends FaultyServer<'read', 'expired' | 'denied' | 'missing' | 'empty'> {
  token: string
  values: Record<string, string>
  set(name: string, value: string): void
}

export function startDoppler(options?: {
  token?: string
  skewMs?: number
  secrets?: Record<string, string>
}): Promise<DopplerServer>
