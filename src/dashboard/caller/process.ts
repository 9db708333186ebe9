/**
 * The facts about a process, and its line of ancestors. What the kernel says (pids, parents, real user, start,
 * terminal) can't be forged by a process; its name and its arguments can, so these are believed only of processes
 * that are above a sidecar, or where forging them gains nothing.
 */

export interface Process {
  readonly pid: number
  /** 0: started from outside this world of pids (a container), or the first process. */
  readonly ppid: number
  /** The real one, so that a set-uid program counts as the user who called it. Undefined: not told, somebody else's. */
  readonly uid: number | undefined
  /** Comparable within one table; later is greater. */
  readonly start: number
  readonly name: string
  readonly argv: readonly string[]
  /** It leads a session, and has a controlling terminal. */
  readonly leadsTerminal: boolean
}

export type ProcessTable = ReadonlyMap<number, Process>

export interface Ancestry {
  /** From the process itself upwards. */
  readonly line: readonly Process[]
  /**
   * `top`: up to the first process. `outside`: up to one that was started from outside. `hidden`: up
   * to one of another user, whose parents aren't told. `broken`: a parent ended while the table was read, or one of our
   * own isn't told.
   */
  readonly end: 'top' | 'outside' | 'hidden' | 'broken'
}

const MAX_LINE = 256

export function ancestryOf(pid: number, table: ProcessTable): Ancestry {
  const line: Process[] = []
  let next = pid
  while (line.length < MAX_LINE) {
    const found = table.get(next)
    if (found === undefined) return { line, end: 'broken' }
    line.push(found)
    if (found.pid === 1) return { line, end: 'top' }
    if (found.uid === undefined) return { line, end: 'hidden' }
    if (found.ppid <= 0) return { line, end: 'outside' }
    next = found.ppid
  }
  return { line, end: 'broken' }
}
