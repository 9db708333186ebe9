/**
 * Names the process that something on disk belongs to, in a form that others can judge: a process id alone is given
 * out again, and means another process, or none, in another container that shares the directory, or after a reboot.
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { z } from 'zod'
import { systemErrorCode } from '../errors.ts'

export const holderShape = z.object({
  pid: z.int().positive(),
  /** When it began, in clock ticks since boot; this and the next two are empty where /proc doesn't tell. */
  began: z.string(),
  boot: z.string(),
  /** The namespace in which the process id counts. */
  namespace: z.string(),
  host: z.string(),
})

export type Holder = z.output<typeof holderShape>

/** The namespace of who is in no container (PROC_PID_INIT_INO of Linux). */
const OUTERMOST = 'pid:[4026531836]'

let own: Holder | undefined

export function thisProcess(): Holder {
  own ??= {
    pid: process.pid,
    began: statOf(process.pid)?.began ?? '',
    boot: told(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()),
    namespace: told(() => readlinkSync('/proc/self/ns/pid')),
    host: hostname(),
  }
  return own
}

/**
 * `alive` and `gone` are certain. `likely`: there is a process of that id, which may be another one. `elsewhere`: it can't be
 * seen from here, because it is in another container or on another machine.
 */
export function standing(
  holder: Holder,
  self: Holder = thisProcess(),
): 'alive' | 'gone' | 'likely' | 'elsewhere' {
  const { boot, namespace, host } = self
  if (holder.boot !== boot) {
    const isThisMachine = holder.host === host && holder.namespace === OUTERMOST && namespace === OUTERMOST
    return isThisMachine && holder.boot !== '' && boot !== '' ? 'gone' : 'elsewhere'
  }
  if (holder.namespace !== namespace || (boot === '' && holder.host !== host)) return 'elsewhere'
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    // EPERM: there is such a process, and it is somebody else's.
    if (systemErrorCode(error) === 'ESRCH') return 'gone'
  }
  const stat = statOf(holder.pid)
  // A killed process whose parent hasn't asked for its exit code can still be signalled.
  if (stat?.state === 'Z' || stat?.state === 'X') return 'gone'
  if (stat === undefined || holder.began === '') return 'likely'
  return stat.began === holder.began ? 'alive' : 'gone'
}

/** Undefined where /proc doesn't tell. */
function statOf(pid: number): { state: string; began: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is the program's name in parentheses and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', began: fields[19] ?? '' }
  } catch {
    return undefined
  }
}

function told(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
