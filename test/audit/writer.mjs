/** Appends records to the audit log in argv[2], and says each one that was reported as written, or why it was not. */
import { writeSync } from 'node:fs'
import { AuditLog } from '../../dist/audit/log.js'

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

const [dir, count = '1'] = process.argv.slice(2)
const log = await AuditLog.open({ dir, required: true, now: Date.now })
for (let n = 0; n < Number(count); n++) {
  const told = await log.append('call', { n, text: 'x'.repeat(n % 200) }).then(
    () => `${n}\n`,
    (error) => `failed: ${error.message}; ${error.hint}\n`,
  )
  tell(told)
}
await log.close()
