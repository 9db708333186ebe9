/** Names what a process is started with, and why one could not be. */
import type { ConfinedStart } from '../../confine/confiner/start.ts'
import { systemErrorCode } from '../../errors.ts'
import { partAtFault, type Launching, type LaunchFaultPart } from './launch-fault.ts'

export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly hold?: RunHold
  /** It is started from a package that sidemux has installed. */
  readonly installed?: InstalledStart
  /** What is started in its place, and starts it confined. */
  readonly confined?: WatchedStart
}

export interface InstalledStart {
  /** Its own files, which it reads and never writes, unless they are being put together. */
  readonly tree: string
  readonly isDraft?: true
  /** The launch as it is written, by npx or uvx. */
  readonly written: { readonly command: string; readonly args: readonly string[] }
  /** What may be the reason where it doesn't start; a sentence of ours. */
  readonly mind?: string
}

export interface WatchedStart extends ConfinedStart {
  /** It may write what its user's shell or session runs (confine/start-files.ts). */
  readonly startFiles: boolean
}

/** What a launch holds of secret stores while its child runs: leases, and word of values that change. */
export interface RunHold {
  /** Once the child runs; `onStale` says, at most once, why it should be replaced. */
  begin(onStale: (why: string) => void): void
  /** When the child is gone, or never came to be; never rejects, and may be called again. */
  release(): Promise<void>
}

/** The child could not be started; `code` is the system's error code. */
export class LaunchError extends Error {
  readonly code: string
  readonly part: LaunchFaultPart | undefined
  // The system's own message would quote the arguments or the environment.
  constructor(error: unknown, launching: Launching) {
    const code = systemErrorCode(error) ?? 'unknown error'
    super(`The program could not be started (${code}).`)
    this.code = code
    this.part = partAtFault(code, launching)
  }
}
