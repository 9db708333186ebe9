/** Takes the lock of the file in argv[2], writes half of what it was to write, and is killed so. */
import { writeFileSync, writeSync } from 'node:fs'
import { withLock } from '../../dist/state/lock.js'

const file = process.argv[2]
await withLock(file, { waitMs: 10_000, staleMs: 400 }, async () => {
  writeFileSync(`${file}.0123456789abcdef.next`, '{"version":1,"entr')
  writeSync(1, 'held\n')
  await new Promise((resolve) => setTimeout(resolve, 60_000))
})
