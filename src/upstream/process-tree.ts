/**
 * Ending a child with all that it started (promise 8): launchers such as npx leave grandchildren behind.
 *
 * Close stdin, wait a second, SIGTERM, wait a second, SIGKILL; the signals go to the child's process group and,
 * where /proc tells (Linux), to descendants that left the group. Those are looked up before each step, because a
 * process whose parent has died can't be traced any more; before SIGKILL they are stopped first. A process is known by its pid and start time, so a pid
 * that was given to somebody else meanwhile is left alone. On Windows `taskkill /T` ends the tree.
 *
 * Not caught: a process that left the group after its parent had died, and on macOS any that left it.
 */
import { execFile, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { win32 } from 'node:path'
import { settlesWithin } from './wait.ts'

const MAX_DESCENDANTS = 4096
const MAX_ROUNDS = 16

export interface Patience {
  /** After stdin was closed, before SIGTERM. */
  readonly closeMs: number
  /** After SIGTERM, before SIGKILL. */
  readonly termMs: number
}

export const PATIENCE: Patience = { closeMs: 1000, termMs: 1000 }
const KILL_MS = 500

/** Resolves when the tree is gone, or can't be ended by any means; never rejects. */
export async function endTree(
  child: ChildProcess,
  exited: Promise<void>,
  patience = PATIENCE,
): Promise<void> {
  const { pid } = child
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  if (process.platform === 'win32') return await endTreeOnWindows(child, pid, exited, patience)
  const strays = new Map<number, Relative>()
  const look = (): void => descendants(pid).forEach((relative) => strays.set(relative.pid, relative))

  look()
  child.stdin?.end()
  let hasExited = await settlesWithin(exited, patience.closeMs)
  if (!hasExited) {
    look()
    signalGroup(pid, 'SIGTERM')
    strays.forEach((stray) => signalRelative(stray, 'SIGTERM'))
    hasExited = await settlesWithin(exited, patience.termMs)
  }
  if (!hasExited) {
    freeze(pid, strays, look)
    signalGroup(pid, 'SIGKILL')
  }
  // What is left of the group of a child that has exited is killed where the exit is noticed (transport.ts).
  strays.forEach((stray) => signalRelative(stray, 'SIGKILL'))
  await settlesWithin(exited, KILL_MS)
}

/** What is stopped can't fork, so looking again until nothing new is found finds everything that is still related. */
function freeze(pid: number, strays: ReadonlyMap<number, Relative>, look: () => void): void {
  for (let round = 0, known = -1; round < MAX_ROUNDS && known !== strays.size; round++) {
    known = strays.size
    signalGroup(pid, 'SIGSTOP')
    look()
    strays.forEach((stray) => signalRelative(stray, 'SIGSTOP'))
  }
}

async function endTreeOnWindows(
  child: ChildProcess,
  pid: number,
  exited: Promise<void>,
  patience: Patience,
): Promise<void> {
  child.stdin?.end()
  if (await settlesWithin(exited, patience.closeMs)) return
  const taskkill = win32.join(process.env['SYSTEMROOT'] ?? 'C:\\Windows', 'System32', 'taskkill.exe')
  await new Promise<void>((resolve) => {
    execFile(taskkill, ['/pid', String(pid), '/T', '/F'], { windowsHide: true, timeout: 2000 }, () =>
      resolve(),
    )
  })
  await settlesWithin(exited, KILL_MS)
}

/** A group that has no member left is no error. */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  if (process.platform === 'win32') return
  try {
    process.kill(-leader, signal)
  } catch {
    // Gone already, or not ours to signal: nothing more can be done.
  }
}

export interface Relative {
  readonly pid: number
  /** Clock ticks since boot; with the pid it names one process. */
  readonly startTime: string
}

/** Every living descendant of `pid`; empty where /proc doesn't tell. */
export function descendants(pid: number): Relative[] {
  if (process.platform !== 'linux') return []
  const found: Relative[] = []
  const pending = childrenOf(pid)
  for (let next = pending.pop(); next !== undefined && found.length < MAX_DESCENDANTS; next = pending.pop()) {
    const startTime = startTimeOf(next)
    if (startTime === undefined) continue
    found.push({ pid: next, startTime })
    pending.push(...childrenOf(next))
  }
  return found
}

function signalRelative(relative: Relative, signal: NodeJS.Signals): void {
  if (startTimeOf(relative.pid) !== relative.startTime) return
  try {
    process.kill(relative.pid, signal)
  } catch {
    // As above.
  }
}

function childrenOf(pid: number): number[] {
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

function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is the program's name in parentheses and may hold spaces and parentheses itself.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}
