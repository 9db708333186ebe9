/**
 * How the life of a remote server differs from that of a child process (child.ts). It isn't ours to give up: a network
 * that is away for an hour comes back, and trying costs nobody's machine anything, so it is tried for ever, and seldom.
 * And what keeps it down is often a login, which a person makes in another process.
 */
import type { Pace } from '../backoff.ts'
import { pause } from '../wait.ts'
import type { LoginVault } from './oauth/vault.ts'

const PACE: Pace = { maxStarts: Infinity, windowMs: 60_000, firstDelayMs: 500, maxDelayMs: 30_000 }
const LOOK_EVERY_MS = 1000

export interface RemoteLife {
  readonly pace: Pace
  mended(signal: AbortSignal): Promise<void>
}

export function remoteLife(vault: LoginVault): RemoteLife {
  return {
    pace: PACE,
    async mended(signal) {
      const before = await vault.version()
      while (!signal.aborted && (await vault.version()) === before) await pause(LOOK_EVERY_MS, signal)
    },
  }
}
