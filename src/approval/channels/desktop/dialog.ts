/**
 * The interface of each system's dialog: a program at an absolute path, how it is given a text, and what its exit
 * means. The program is one of the system's own directories, never found through PATH, in which a server behind
 * sidemux may be able to write; a dialog that always says yes would be easily planted there.
 *
 * In each of them Deny is what Return presses, Approve takes a deliberate move, and closing decides nothing. Neither
 * title nor buttons hold anything that a server or a model wrote.
 */
import type { Answer } from '../../facts/channel.ts'

export const TITLE = 'sidemux asks: may this run once?'
export const APPROVE_BUTTON = 'Approve once'
export const DENY = 'Deny'
export const LATER = 'Not now'

/** Longer texts don't fit on a screen; what stands below its edge would not be read. */
export const MAX_CHARACTERS = 2000

export interface Dialog {
  readonly name: string
  /** What fits, in characters and lines. */
  readonly columns: number
  readonly rows: number
  /** @param seconds After which it may close by itself. */
  command(text: string, seconds: number): Command
  read(exit: DialogExit): Answer
}

export interface Command {
  /** Program and arguments. */
  readonly argv: readonly [program: string, ...args: string[]]
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface DialogExit {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export const APPROVED: Answer = { kind: 'approved' }
export const DENIED: Answer = { kind: 'denied' }
export const CLOSED: Answer = { kind: 'cancelled' }

export function broken(name: string): Answer {
  return { kind: 'unavailable', why: `${name} could not show a dialog` }
}
