/** The facts about a server's place that decide what a path means. */
import type { Disk } from './disk.ts'

export interface ServerPlace {
  /** Absolute; what relative paths are relative to, in rules and in arguments. Undefined where that isn't known. */
  readonly base: string | undefined
  /** What `~` is; undefined where that isn't known. */
  readonly home: string | undefined
  /** Folders that it was started for, absolute; nothing is judged by them. */
  readonly roots?: readonly string[]
  /** How paths are written there. */
  readonly platform: NodeJS.Platform
  /** To follow links; undefined for a server elsewhere, whose paths are judged as they are written. */
  readonly disk: Disk | undefined
}

/** A server that isn't on this machine: relative paths are relative to what it takes for its root. */
export const ELSEWHERE: ServerPlace = { base: undefined, home: undefined, platform: 'linux', disk: undefined }
