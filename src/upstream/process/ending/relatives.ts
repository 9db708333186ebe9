/**
 * Finds out which processes belong together, as far as the system says: the process group on all systems, and on
 * Linux, from /proc, the descendants that left the group. A process is known by its number and its start, since a
 * number is given to another one in time.
 */
import { readdirSync, readFileSync } from 'node:fs'

const MAX_DESCENDANTS = 4096

export interface Relative {
  readonly pid: number
  /** Clock ticks since boot; with the pid it names one process. */
  readonly startTime: string
}

interface Facts {
  readonly state: string
  readonly parent: number
  readonly group: number
  readonly startTime: string
}

/** Every living descendant of these processes; empty where /proc doesn't tell. */
export function descendants(...pids: readonly number[]): Relative[] {
  if (process.platform !== 'linux') return []
  const found: Relative[] = []
  const pending = pids.flatMap(childrenOf)
  for (let next = pending.pop(); next !== undefined && found.length < MAX_DESCENDANTS; next = pending.pop()) {
    const startTime = factsOf(next)?.startTime
    if (startTime === undefined) continue
    found.push({ pid: next, startTime })
    pending.push(...childrenOf(next))
  }
  return found
}

/** It is still the same process, and not one that has died and waits to be asked how. */
export function lives({ pid, startTime }: Relative): boolean {
  const facts = factsOf(pid)
  return facts?.startTime === startTime && !isDead(facts)
}

/** Undefined when it is gone. */
export function parentOf(pid: number): number | undefined {
  return factsOf(pid)?.parent
}

/** Undefined when it is gone. */
export function groupOf({ pid, startTime }: Relative): number | undefined {
  const facts = factsOf(pid)
  return facts?.startTime === startTime ? facts.group : undefined
}

/** Whether a process group has a living member. */
export function groupLives(group: number): boolean {
  if (!signalTo(-group, 0)) return false
  // What nobody asks how it died stays a member; in a container there may be nobody who does.
  if (process.platform !== 'linux') return true
  return everybody()?.some((facts) => facts.group === group && !isDead(facts)) ?? true
}

/** Zero only looks. False when there is nobody, or it is not ours to signal. */
export function signalTo(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal)
  } catch {
    return false
  }
}

/** Undefined where they can't be looked at, as when no file can be opened any more. */
function everybody(): Facts[] | undefined {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (factsOf(Number(name)) ?? []) : []))
  } catch {
    return undefined
  }
}

function isDead({ state }: Facts): boolean {
  return state === 'Z' || state === 'X'
}

/** Of each of its threads; empty where that isn't told. */
export function childrenOf(pid: number): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    return threads.flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1')
        .split(' ')
        .filter((text) => text !== '')
        .map(Number),
    )
  } catch {
    return []
  }
}

/** `man 5 proc_pid_stat`. */
function factsOf(pid: number): Facts | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is the program's name in parentheses and may hold blanks and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state = '', parent = '', group = ''] = fields
    return { state, parent: Number(parent), group: Number(group), startTime: fields[19] ?? '' }
  } catch {
    return undefined
  }
}
