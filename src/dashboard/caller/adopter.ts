/**
 * Finds out who adopts the orphans of this process: the nearest ancestor that asked for it (PR_SET_CHILD_SUBREAPER),
 * which nothing in /proc tells, so that it is tried out. A shell leaves a copy of itself behind, which ends as soon as
 * its parent was read. Linux only; elsewhere it is the first process.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { settlesWithin } from '../../upstream/wait.ts'
import { parseStat } from './linux.ts'

const SHELL = '/bin/sh'
/** Waits on a pipe of its own: the stdin of what a shell leaves behind is /dev/null, which ends at once. */
const SCRIPT = 'read -r _ <&3 >/dev/null & echo $!'
/** A shell takes milliseconds, and on a machine that is busy as long as it pleases. */
const WITHIN_MS = [2000, 4000, 8000, 16_000]

/** Undefined when it couldn't be found out. */
export async function findAdopter(): Promise<number | undefined> {
  if (process.platform !== 'linux' || !existsSync(SHELL)) return undefined
  for (const ms of WITHIN_MS) {
    const found = await tryOut(ms)
    if (found !== undefined) return found
  }
  return undefined
}

async function tryOut(ms: number): Promise<number | undefined> {
  const shell = spawn(SHELL, ['-c', SCRIPT], {
    cwd: '/',
    env: {},
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  })
  const held = shell.stdio[3]
  let said = ''
  const exited = new Promise<void>((resolve) => {
    shell.once('error', () => resolve())
    shell.once('exit', () => resolve())
  })
  const told = new Promise<void>((resolve) => {
    shell.stdout?.once('data', (chunk: Buffer) => {
      said = chunk.toString('latin1').trim()
      resolve()
    })
  })
  held?.on('error', () => undefined)
  try {
    await settlesWithin(Promise.all([exited, told]), ms)
    if (!/^\d+$/.test(said)) return undefined
    return parseStat(readFileSync(`/proc/${said}/stat`, 'utf8'))?.ppid
  } catch {
    return undefined
  } finally {
    held?.destroy()
    shell.kill('SIGKILL')
  }
}
