/**
 * Appends argv[3] records to the audit log in argv[2], argv[4] of them in each turn, and says each one that was reported as
 * written, or why it was not.
 */
import { writeSync } from 'node:fs'
import { AuditLog } from '../../dist/audit/write/log.js'

/** At once: what Node queues for a slow reader would be lost with the process, and the log be ahead of what was told. */
function tell(text) {
  for (;;) {
    try {
      return writeSync(1, text)
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
    }
  }
}

const [dir, count = '1', batch = '1'] = process.argv.slice(2)
const log = await AuditLog.open({ dir, required: true, now: Date.now })
for (let n = 0; n < Number(count); n += Number(batch)) {
  const appended = Array.from({ length: Number(batch) }, (_, i) =>
    log.append('call', { n: n + i, text: 'x'.repeat((n + i) % 200) }).then(
      () => `${n + i}\n`,
      (error) => `failed: ${error.message}; ${error.hint}\n`,
    ),
  )
  tell((await Promise.all(appended)).join(''))
}
await log.close()
