/** The facts from which a profile is made: what is to be launched, and the file system as far as it is asked. */

import type { NetworkRules } from './network.ts'

/** The file system as far as it is asked. */
export interface PathFacts {
  /** Undefined where there is nothing, or nothing that can be looked at. Follows links. */
  kind(path: string): 'file' | 'directory' | 'other' | undefined
  /** What a link says, as it stands there; undefined for what is none. */
  link(path: string): string | undefined
  /** Of a small file; undefined where it can't be read. */
  text(path: string): string | undefined
  /** Without links; undefined where there is nothing. */
  real(path: string): string | undefined
  /** Names in a directory; empty where it can't be read. */
  names(directory: string): readonly string[]
  /** Others than its owner and group may read it. */
  isPublic(path: string): boolean
}

export interface ConfinedLaunch {
  /** An absolute path. */
  readonly command: string
  readonly args: readonly string[]
  /** Absolute. */
  readonly cwd: string
  /** The entry says `cwd`. */
  readonly isCwdGiven: boolean
  readonly env: Readonly<Record<string, string>>
  /** Names of those variables that the entry declares. */
  readonly declared: readonly string[]
}

export interface ProfileFacts {
  readonly launch: ConfinedLaunch
  /** Paths that no server sees. */
  readonly protect: readonly string[]
  /** The server's own lasting home, on the disk. */
  readonly home: string
  /** What the entry adds under `sandbox:`. */
  readonly added: {
    readonly read: readonly string[]
    readonly write: readonly string[]
    readonly devices: readonly string[]
  }
  /** Directories of sidemux's own that it sees, although they lie in what is protected. */
  readonly own?: readonly { readonly path: string; readonly how: 'read' | 'write' }[]
  readonly network: NetworkRules
  /** The Node that sidemux runs on. */
  readonly execPath: string
  /** What of the system file modes keep from others, where they keep nothing from its servers: as root (closed.ts). */
  readonly closed: readonly string[]
}
