/**
 * One writer at a time for a file that several sidecars share. The lock is a file beside it that names its holder; one
 * whose holder is gone, or that is older than any save can take, was left by a process that was killed and is removed.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { systemErrorCode } from '../errors.ts'

const WAIT_MS = 3000
const STEP_MS = 4
/** A save takes milliseconds; a holder that was suspended for longer has lost its turn. */
const STALE_MS = 1000

/** @throws a system error: EBUSY when it is held for too long, or what keeps it from being made. */
export function locked<T>(file: string, act: () => T): T {
  const lock = `${file}.lock`
  const end = Date.now() + WAIT_MS
  while (!take(lock)) {
    if (isLeftOver(lock)) remove(lock)
    else if (Date.now() > end) throw Object.assign(new Error('the file is locked'), { code: 'EBUSY' })
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STEP_MS)
  }
  try {
    return act()
  } finally {
    rmSync(lock, { force: true })
  }
}

function take(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false
    throw error
  }
}

function isLeftOver(lock: string): boolean {
  try {
    if (Date.now() - statSync(lock).mtimeMs > STALE_MS) return true
    const holder = Number(readFileSync(lock, 'utf8'))
    // Empty while it is being written.
    return holder > 0 && !isAlive(holder)
  } catch {
    return false
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

/** Moved away first, so that of two who find it only one removes it. */
function remove(lock: string): void {
  const mine = `${lock}.${randomUUID()}`
  try {
    renameSync(lock, mine)
    rmSync(mine, { force: true })
  } catch {
    // Somebody else did.
  }
}
