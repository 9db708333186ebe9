/**
 * Keeps what this process has in memory, which is every secret, out of files: a process that crashes may have its memory
 * written to its working directory, or handed to a program. A process takes the limit on (man 5 core) from its parent, so
 * what is started later has it too; confined servers set it for themselves.
 *
 * Node can't set it, so a program of util-linux does, when the host has had its first answer. That other processes of the
 * same user may not read this one's memory (PR_SET_DUMPABLE) nobody can set from outside. Confined servers can't read it
 * anyway.
 */
import { execFile } from 'node:child_process'
import { installed } from '../confine/confiner/programs.ts'

const WITHIN_MS = 5000

/** @returns false where the system has no such program, or forbids it; never rejects */
export async function forbidCoreDumps(pid: number, path: string | undefined): Promise<boolean> {
  const program = process.platform === 'linux' ? installed('prlimit', path ?? '') : undefined
  if (program === undefined) return false
  return new Promise((resolve) => {
    const args = ['--pid', String(pid), '--core=0:0']
    const child = execFile(program, args, { env: {}, timeout: WITHIN_MS }, (error) => resolve(error === null))
    child.unref()
  })
}
