/**
 * The rules in which the life of a remote server differs from that of a child process. It is never given up: a
 * network that is away for an hour comes back, and trying costs little, so it is tried for ever, but seldom. Often a
 * missing login keeps it down, and a person makes that in another process.
 */
import { PACE as OFTEN, type StartPace } from '../backoff.ts'
import { pause } from '../wait.ts'
import type { LoginVault } from './oauth/vault.ts'

const PACE: StartPace = { ...OFTEN, maxStarts: Infinity, maxDelayMs: 30_000 }
const LOOK_EVERY_MS = 1000

export interface RemoteLife {
  readonly pace: StartPace
  mended(signal: AbortSignal): Promise<void>
}

export function remoteLife(vault: LoginVault): RemoteLife {
  return {
    pace: PACE,
    async mended(signal) {
      const before = vault.version()
      while (!signal.aborted && vault.version() === before) await pause(LOOK_EVERY_MS, signal)
    },
  }
}
