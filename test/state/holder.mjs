/** Takes the lock of the file in argv[2], writes half of what it was to write, and is killed so. */
import { readdirSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { withLock } from '../../dist/state/lock.js'

const file = process.argv[2]
await withLock(file, { waitMs: 10_000, staleMs: 400 }, async () => {
  const [right] = readdirSync(dirname(file)).filter((name) => name.endsWith('.next'))
  writeFileSync(join(dirname(file), right), '{"version":1,"entr')
  writeSync(1, 'held\n')
  await new Promise((resolve) => setTimeout(resolve, 60_000))
})
