// npm run soak: 100,000 calls through four servers that end in the middle, answer in another order and are noisy, with
// cancels and ids of every kind. Exits 1 unless each call is answered exactly once with its own answer, memory stays what
// it was, and the audit log verifies. CALLS=20000 makes it shorter. Linux only, for the memory.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { Place } from './connection.mjs'
import { memoryOf } from './measure/processes.mjs'
import { soak, soakConfig } from './soaking.mjs'

const CALLS = Number(process.env.CALLS ?? 100_000)
/** Each server ends two or three times: one that ends more often is tried again only after a minute. */
const ENDS_EVERY = Math.round(CALLS / 10) + 7
/** What memory may be at the end, of what it was after a fifth of the calls. */
const FLAT = 1.25
const place = new Place({ TOKEN: 'soak-secret-0123456789' })

try {
  const config = { secrets: { local: { type: 'dotenv', path: '.env' } }, ...soakConfig('${local:TOKEN}') }
  const command = place.sidemux('soak', config)
  const env = {
    PATH: process.env.PATH,
    HOME: place.dir,
    SIDEMUX_STATE_DIR: join(place.dir, 'state'),
    SIDEMUX_TRUST: 'off',
  }
  const began = performance.now()
  const { seen, ...counts } = await soak(command, env, {
    calls: CALLS,
    endsEvery: ENDS_EVERY,
    marks: [1, 2, 3, 4, 5].map((fifth) => (CALLS / 5) * fifth),
    look: (pid) => ({ memory: Math.round(memoryOf(pid)) }),
  })
  console.log(`${CALLS} calls in ${((performance.now() - began) / 1000).toFixed(0)} s:`, counts)
  console.log('MiB after', seen.map(({ calls, memory }) => `${calls}: ${memory}`).join(', '))
  const [, cli] = command
  const verify = spawnSync(process.execPath, [cli, 'audit', 'verify'], { env, encoding: 'utf8' })
  console.log(verify.stdout.trim())
  const faults = Object.entries({
    'a call without an answer': counts.unanswered > 0,
    'an answer to nothing, or a second one': counts.strange > 0,
    "another call's answer": counts.wrong > 0,
    "another call's progress": counts.strangeProgress > 0,
    'more than a tenth failed': counts.failed > CALLS / 10,
    'memory grew': seen.at(-1).memory > seen[0].memory * FLAT,
    'the audit log does not verify': verify.status !== 0,
  }).filter(([, is]) => is)
  for (const [what] of faults) console.log(`fault: ${what}`)
  process.exitCode = faults.length > 0 ? 1 : 0
} finally {
  place.remove()
}
