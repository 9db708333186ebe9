/**
 * `sidemux login SERVER`: a person logs in at a remote server, in the browser, and the tokens are kept for every sidecar
 * of this user. The address is printed too, for a browser elsewhere on this machine; what comes back is never printed.
 * A login that may do too little is asked for again with what the server has wanted since, which is said.
 */
import { systemBrowser } from '../../dashboard/browser.ts'
import { SidemuxError } from '../../errors.ts'
import { EVERYWHERE } from '../../net/address.ts'
import { openHttpClient } from '../../net/client.ts'
import { fetchOver } from '../../net/fetch.ts'
import { ensureStateDir } from '../../state/directory.ts'
import { guardedFetch } from '../../upstream/remote/guarded.ts'
import { logIn } from '../../upstream/remote/oauth/flow.ts'
import { loginName, scopesFor } from '../../upstream/remote/oauth/login.ts'
import { LoginVault, type LoginKeptIn } from '../../upstream/remote/oauth/vault.ts'
import { visibleLine } from '../../visible.ts'
import type { ConfigVerbOptions } from '../common/choice.ts'
import type { Io } from '../io.ts'
import { remoteServer } from './server.ts'

const WAIT_MS = 5 * 60_000
const HEAD_MS = 15_000

const PLACES: Readonly<Record<LoginKeptIn, string>> = {
  keychain: "in the system's keychain",
  file: 'encrypted in the state directory',
}

export async function login(serverId: string, choice: ConfigVerbOptions, io: Io): Promise<0> {
  const { config, id, spec, url, client, ...server } = await remoteServer(serverId, choice, io)
  const vault = new LoginVault(ensureStateDir(io.env))
  const trust = await server.trust()
  const net = openHttpClient({ reach: EVERYWHERE, env: io.env, trust })
  const browser = systemBrowser({ argv: config.approvals.browser, env: io.env })
  const interrupt = interruptible(id)
  const name = loginName(id, url)
  try {
    const before = await vault.read(name).catch(() => undefined)
    io.stdout.write(saidOfScopes(before?.wanted ?? [], client.scopes))
    const found = await logIn({
      serverId: id,
      url,
      client,
      ...(before === undefined ? {} : { wanted: scopesFor(before) }),
      own: fetchOver(net, { headMs: HEAD_MS }),
      guarded: guardedFetch({ url, allowPrivate: spec.allowPrivate, env: io.env, trust }),
      allowPrivate: spec.allowPrivate,
      show: async (address) => {
        io.stdout.write(`log in to ${id} in your browser, at\n\n  ${visibleLine(address.href)}\n\n`)
        const opened = await browser.open(address.href)
        if (opened.kind === 'failed')
          io.stdout.write(`(${opened.why}; open the address yourself, on this machine)\n`)
      },
      signal: interrupt.signal,
      waitMs: WAIT_MS,
      now: Date.now,
    })
    const kept = await vault.alone(name, (own) => own.write(found))
    io.stdout.write(`logged in to ${id}; the login is kept ${PLACES[kept]}\n`)
    return 0
  } finally {
    interrupt.done()
    browser.close()
    net.close()
  }
}

/** What the server wants besides; the scopes of servers.yaml are a limit to that. */
function saidOfScopes(wanted: readonly string[], limit: readonly string[] | undefined): string {
  const beyond = wanted.filter((scope) => limit?.includes(scope) !== true)
  if (beyond.length === 0) return ''
  const words = visibleLine(beyond.join(' '))
  return limit === undefined
    ? `the server has wanted to be permitted besides: ${words}\n`
    : `the server has wanted what oauth.scopes in servers.yaml leaves out: ${words}\n`
}

function interruptible(id: string): { signal: AbortSignal; done(): void } {
  const controller = new AbortController()
  const stop = (): void =>
    controller.abort(
      new SidemuxError(`the login to ${id} was interrupted`, { hint: `run "sidemux login ${id}" again` }),
    )
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of signals) process.once(name, stop)
  return {
    signal: controller.signal,
    done: () => {
      for (const name of signals) process.removeListener(name, stop)
    },
  }
}
