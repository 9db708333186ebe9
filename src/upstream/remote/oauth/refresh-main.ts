/** The entry point of the process that refreshes a login; see refresh-apart.ts. */
import { text } from 'node:stream/consumers'
import { trusting } from '../../../net/trust.ts'
import { guardedFetch } from '../guarded.ts'
import { refresh } from './refresh.ts'
import { orderShape } from './refresh-apart.ts'
import { LoginVault, REFRESH_WITHIN_MS } from './vault.ts'

/** The sidecar may be gone before it hears the answer. */
process.stdout.on('error', () => undefined)
for (const signal of ['SIGUSR1', 'SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

/** Not awaited here: the executable begins with a file that is no module. */
void run()

async function run(): Promise<void> {
  const { job, stateDir, url, allowPrivate, ca } = orderShape.parse(JSON.parse(await text(process.stdin)))
  const { env } = process
  const trust = ca === undefined ? undefined : trusting(ca)
  const fetch = guardedFetch({ url: new URL(url), allowPrivate, env, trust, headMs: REFRESH_WITHIN_MS })
  const refreshed = await refresh(job, { vault: new LoginVault(stateDir), fetch, now: Date.now })
  process.stdout.write(JSON.stringify(refreshed), () => process.exit(0))
}
