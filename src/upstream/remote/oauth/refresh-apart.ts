/**
 * A refresh in a small process of its own, which outlives the sidecar that asked for it: a host may end a sidecar at any
 * moment, and a login server that has spent the refresh token by then would have given the new one to nobody. The process
 * ends with the refresh, of which each step has its time (promise 8): the lock, the keychain, and the login server. What
 * it is told goes through its stdin, and of the environment it gets what it needs: that of a sidecar may hold the
 * credentials of stores.
 */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { processEnvironment } from '../../process/environment.ts'
import { loginRecord } from './login.ts'
import type { Refreshed, RefreshJob } from './refresh.ts'

/** What the process is told, in one piece. */
export interface Order {
  readonly job: RefreshJob
  readonly stateDir: string
  /** That of the server: what kind of place it is in is open to its login too. */
  readonly url: string
  readonly allowPrivate: boolean
  /** Certificates (PEM) trusted beside Node's own. */
  readonly ca?: string | undefined
}

const unsavedShape = z.object({ login: loginRecord, over: z.string().optional() })

const jobShape = z.object({
  serverId: z.string(),
  name: z.string(),
  clientId: z.string().optional(),
  spent: z.string().optional(),
  unsaved: unsavedShape.optional(),
})

export const orderShape: z.ZodType<Order> = z.object({
  job: jobShape,
  stateDir: z.string(),
  url: z.string(),
  allowPrivate: z.boolean(),
  ca: z.string().optional(),
})

const refreshedShape: z.ZodType<Refreshed> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('kept') }),
  z.object({ kind: z.literal('ended'), byServer: z.boolean() }),
  z.object({
    kind: z.literal('unavailable'),
    message: z.string(),
    hint: z.string().optional(),
    unsaved: unsavedShape.optional(),
  }),
])

/** The way out, whom to trust on it, and the way to a keychain. */
const NEEDED = (
  'HTTPS_PROXY https_proxy ALL_PROXY all_proxy NO_PROXY no_proxy ' +
  'NODE_EXTRA_CA_CERTS NODE_OPTIONS NODE_USE_SYSTEM_CA NODE_PATH OPENSSL_CONF SSL_CERT_FILE SSL_CERT_DIR ' +
  'DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_DATA_HOME DISPLAY SIDEMUX_STATE_DIR'
).split(' ')

/**
 * Undefined where no process could be started, and so nobody was asked: the program of Node may be gone, as after an
 * upgrade of it, or this machine short of processes.
 *
 * @param env of the sidecar
 * @param program what the process runs; tests run it from where it was built
 */
export async function refreshApart(
  order: Order,
  env: NodeJS.ProcessEnv,
  program = fileURLToPath(new URL('refresh-main.js', import.meta.url)),
): Promise<Refreshed | undefined> {
  let isStarted = false
  try {
    const child = spawn(process.execPath, [program], {
      cwd: '/',
      detached: true,
      env: processEnvironment({
        platform: process.platform,
        parent: env,
        execPath: process.execPath,
        declared: {},
        inherit: NEEDED,
      }),
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    })
    child.on('error', () => undefined)
    child.on('spawn', () => (isStarted = true))
    child.stdin.on('error', () => undefined)
    child.stdin.end(JSON.stringify(order))
    return refreshedShape.parse(JSON.parse(await text(child.stdout)))
  } catch {
    if (!isStarted) return undefined
    // It was ended; what it has kept by then counts.
    const { serverId } = order.job
    return {
      kind: 'unavailable',
      message: `the login of "${serverId}" can't be refreshed now.`,
      hint: 'this machine may be short of processes or memory; try again',
    }
  }
}
