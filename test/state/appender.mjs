/**
 * Appends to the list in argv[2] without end, each entry under the lock, and prints an entry once it is told that it is written.
 * Between reading and writing it takes its time, so that it is often killed or suspended just there. argv[3]: "sync" or "async".
 */
import { readFileSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { withLock, withLockSync } from '../../dist/state/lock.js'

const [file, how] = process.argv.slice(2)
const BOUNDS = { waitMs: 60_000, staleMs: 60 }
const read = () => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

for (let n = 0; ; n += 1) {
  const entry = `${process.pid}.${n}\n`
  if (how === 'sync') {
    withLockSync(file, BOUNDS, (held) => {
      const before = read()
      const until = performance.now() + 6 * Math.random()
      while (performance.now() < until);
      held.replace(before + entry)
    })
  } else {
    await withLock(file, BOUNDS, async (held) => {
      const before = read()
      await sleep(6 * Math.random())
      held.replace(before + entry)
    })
  }
  writeSync(1, entry)
}
