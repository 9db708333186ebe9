/** Remote servers for one test: started, spoken to through a fleet of their own, and closed after it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EVERYWHERE } from '../../../src/net/address.ts'
import type { Trust } from '../../../src/net/trust.ts'
import { parseTemplate, type Template } from '../../../src/secrets/reference.ts'
import type { Secret } from '../../../src/secrets/secret.ts'
import type { ChildSpec } from '../../../src/upstream/life/child.ts'
import { guardedFetch } from '../../../src/upstream/remote/guarded.ts'
import { remoteLife } from '../../../src/upstream/remote/remote-life.ts'
import type { OAuthClient } from '../../../src/upstream/remote/oauth/oauth-client.ts'
import { logIn } from '../../../src/upstream/remote/oauth/flow.ts'
import { loginName, scopesFor, type OAuthLogin } from '../../../src/upstream/remote/oauth/login.ts'
import { LoginVault } from '../../../src/upstream/remote/oauth/vault.ts'
import type { RemoteSpec } from '../../../src/upstream/remote/remote-spec.ts'
import { remoteTarget } from '../../../src/upstream/remote/target.ts'
import { openFetch } from '../../net/support.ts'
import {
  startRemote,
  type Fault,
  type RemoteKind,
  type RemoteOptions,
  type RemoteServer,
} from '../../servers/remote/http.mjs'
import { browse, startOAuth, type OAuthServer } from '../../servers/remote/oauth.mjs'
import { onTestFinished } from '../../together.ts'

export const KINDS: readonly RemoteKind[] = ['sdk2', 'sdk1', 'sse']

export async function remote(kind: RemoteKind, options: RemoteOptions = {}): Promise<RemoteServer> {
  const server = await startRemote(kind, options)
  onTestFinished(() => server.close())
  return server
}

export async function oauth(options: Parameters<typeof startOAuth>[0] = {}): Promise<OAuthServer> {
  const server = await startOAuth(options)
  onTestFinished(() => server.close())
  return server
}

export function stateDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-remote-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

export function template(source: string): Template {
  const parsed = parseTemplate(source)
  if (!parsed.ok) throw new Error('bad template')
  return parsed.template
}

export interface SpecOptions {
  readonly transport?: 'http' | 'sse'
  readonly headers?: Readonly<Record<string, string>>
  readonly startTimeoutMs?: number
  readonly allowPrivate?: boolean
  readonly stateDir?: string
  readonly onSecrets?: (secrets: readonly Secret[]) => void
  readonly environment?: NodeJS.ProcessEnv
  readonly caCert?: string
}

export function remoteSpec(id: string, url: string, options: SpecOptions = {}): ChildSpec {
  const headers = Object.entries(options.headers ?? {})
  const spec: RemoteSpec = {
    kind: 'remote',
    url: template(url),
    headers: new Map(headers.map(([name, value]) => [name, template(value)])),
    transport: options.transport ?? 'http',
    allowPrivate: options.allowPrivate ?? false,
    oauth: {},
    ...(options.caCert !== undefined && { caCert: template(options.caCert) }),
  }
  const fields = new Map(
    [
      ['url', url] as const,
      ...(options.caCert === undefined ? [] : [['caCert', options.caCert] as const]),
      ...headers.map(([name, value]) => [`headers.${name}`, value] as const),
    ].map(([field, value]) => [field, { value, secrets: [] }] as const),
  )
  const vault = new LoginVault(options.stateDir ?? stateDir())
  return {
    id,
    startTimeoutMs: options.startTimeoutMs ?? 10_000,
    launch: async () =>
      remoteTarget(spec, fields, {
        serverId: id,
        environment: options.environment ?? {},
        vault,
        onSecrets: options.onSecrets ?? (() => undefined),
        where: (field) => `servers.yaml:${field}`,
      }),
    ...remoteLife(vault),
  }
}

/** Plays a fault to the next request of a method, once. */
export function once(server: RemoteServer, method: string, fault: Fault): void {
  let done = false
  server.faults.push((exchange) => {
    if (done || !exchange.body.includes(`"method":"${method}"`)) return undefined
    done = true
    return fault(exchange)
  })
}

export { until } from '../../until.ts'

/** A person logs in, and the login is kept as `sidemux login` keeps it. */
export async function loginAt(
  server: RemoteServer,
  dir: string,
  serverId = 'far',
  client: OAuthClient = {},
  trust?: Trust,
): Promise<OAuthLogin> {
  const url = new URL(server.url)
  const route = openFetch({ reach: EVERYWHERE, env: {}, trust })
  try {
    const vault = new LoginVault(dir)
    const name = loginName(serverId, url)
    const before = await vault.read(name)
    const login = await logIn({
      serverId,
      url,
      client,
      ...(before && { wanted: scopesFor(before) }),
      own: route.fetch,
      guarded: guardedFetch({ url, allowPrivate: false, env: {}, trust }),
      allowPrivate: false,
      show: async (address) => void browse(address.href, trust?.pem).catch(() => undefined),
      signal: new AbortController().signal,
      waitMs: 10_000,
      now: Date.now,
    })
    await vault.alone(name, (own) => own.write(login))
    return login
  } finally {
    route.close()
  }
}
