/**
 * Lock files that somebody left behind. A lock is a file that is there while its holder works, and begins with the pid
 * of that process. It is nobody's any more when that process is gone, or when it is older than any work that it guards
 * can take: then its holder was killed, or suspended for so long that it has lost its turn.
 */
import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { systemErrorCode } from './errors.ts'

export function isLeftOver(lock: string, staleMs: number): boolean {
  try {
    if (Date.now() - statSync(lock).mtimeMs > staleMs) return true
    const holder = Number(readFileSync(lock, 'utf8').split(' ')[0])
    // Empty while it is being written.
    return holder > 0 && !isAlive(holder)
  } catch {
    return false
  }
}

/**
 * Moved away first, so that of two who find it only one removes it; and looked at again then, since by that time it may
 * be the lock of whoever was faster, which is put back. False when it is there still, or somebody else did.
 */
export function removeLeftOver(lock: string, staleMs: number): boolean {
  const aside = `${lock}.${randomUUID()}`
  try {
    renameSync(lock, aside)
  } catch {
    return false
  }
  const isOurs = isLeftOver(aside, staleMs)
  // A third one may have taken its place by now.
  if (!isOurs) attempt(() => linkSync(aside, lock))
  attempt(() => rmSync(aside, { force: true }))
  return isOurs
}

function attempt(act: () => void): void {
  try {
    act()
  } catch {
    // Nothing follows from it.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemErrorCode(error) !== 'ESRCH'
  }
}
