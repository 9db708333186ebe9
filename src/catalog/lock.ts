/**
 * One writer at a time for a file that several sidecars share. The lock is a file beside it that names its holder; one
 * whose holder is gone, or that is older than any save can take, was left by a process that was killed and is removed.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { systemErrorCode } from '../errors.ts'
import { isLeftOver, removeLeftOver } from '../lock-file.ts'

const WAIT_MS = 3000
const STEP_MS = 4
/** A save takes milliseconds; a holder that was suspended for longer has lost its turn. */
const STALE_MS = 1000

/** @throws a system error: EBUSY when it is held for too long, or what keeps it from being made. */
export function locked<T>(file: string, act: () => T): T {
  const lock = `${file}.lock`
  const end = Date.now() + WAIT_MS
  while (!take(lock)) {
    if (isLeftOver(lock, STALE_MS) && removeLeftOver(lock, STALE_MS)) continue
    if (Date.now() > end) throw Object.assign(new Error('the file is locked'), { code: 'EBUSY' })
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STEP_MS)
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
