/**
 * Appends batches of argv[3] records to the audit log in argv[2], says what was reported as written, and kills itself in the
 * third batch at argv[4]: `anchor` between its lines and its anchor, or a part of its lines, from 0 to 1.
 */
import { writeSync } from 'node:fs'
import { AuditLog } from '../../dist/audit/write/log.js'

const [dir, count, at] = process.argv.slice(2)
let batches = 0

function write(fd, bytes, position) {
  if (position === null) batches += 1
  // The first is the record of the start.
  if (batches === 4 && (at === 'anchor') === (position !== null)) {
    const part = at === 'anchor' ? 0 : Math.floor(bytes.length * Number(at))
    if (part > 0) writeSync(fd, bytes, 0, part, position)
    process.kill(process.pid, 'SIGKILL')
  }
  return writeSync(fd, bytes, 0, bytes.length, position)
}

const log = await AuditLog.open({ dir, required: true, now: Date.now, write })
for (let n = 0; ; n += Number(count)) {
  const batch = Array.from({ length: Number(count) }, (_, i) => log.append('call', { n: n + i }))
  await Promise.all(batch)
  writeSync(1, batch.map((_, i) => `${n + i}\n`).join(''))
}
