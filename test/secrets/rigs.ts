/** Each remote store on a test server of its own, with one secret, for tests that go through all of them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { StoreOptions } from '../../src/secrets/stores/options.ts'
import { parseTemplate } from '../../src/secrets/reference.ts'
import { Resolver, type ResolveRequest } from '../../src/secrets/resolve/resolve.ts'
import type { Store } from '../../src/secrets/store.ts'
import { openStore } from '../../src/secrets/stores/index.ts'
import { startAws } from '../servers/aws.mjs'
import { startAzure } from '../servers/azure.mjs'
import { startDoppler } from '../servers/doppler.mjs'
import { startGcp } from '../servers/gcp.mjs'
import { startInfisical } from '../servers/infisical.mjs'
import { startVault } from '../servers/vault.mjs'

export const VALUE = 'value-0123456789abcdef'
export const dir = mkdtempSync(join(tmpdir(), 'sidemux-rigs-'))

/** To be called by each file that uses rigs: files that share a thread share this module, and each tidies up. */
export function useRigs(): void {
  mkdirSync(dir, { recursive: true })
  const config = join(dir, 'none')
  // AWS's client reads the process's own environment and home.
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'aws-secret-0123456789',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: config,
  })
  afterAll(() => rmSync(dir, { recursive: true }))
}

export type Kind = string
/** The kinds of requests and of faults differ from server to server. */
export interface AnyServer {
  readonly requests: readonly unknown[]
  readonly url: string
  openRequests(): number
  count(on: Kind): number
  arrival(on: Kind): Promise<void>
  fail(kind: Kind, fault?: Readonly<Record<string, unknown>>): void
  heal(): void
}

export interface Rig {
  readonly server: AnyServer
  readonly store: Store
  readonly path: string
  /** The kind of request that reads a secret. */
  readonly on: Kind
  /** Gives the secret another value. */
  readonly set: (value: string) => void
  /** Takes it away. */
  readonly unset: () => void
  /** What must never be told. */
  readonly secrets: () => readonly string[]
  /** What the server does to a token that ends, where its answer alone doesn't say so. */
  readonly expired?: Kind
  readonly close: () => Promise<void>
}

async function rig(
  server: AnyServer & { close(): Promise<void> },
  options: StoreOptions,
  rest: Omit<Rig, 'server' | 'store' | 'close'>,
  { pollMs, env = {} }: { pollMs: number | undefined; env?: NodeJS.ProcessEnv },
): Promise<Rig> {
  const context = { environment: 'dev', baseDir: dir, env, ...(pollMs !== undefined && { pollMs }) }
  const store = await openStore('cloud', options, context)
  const close = async (): Promise<void> => {
    await store.close()
    await server.close()
  }
  return { server, store, close, ...rest }
}

export const RIGS = {
  async infisical(skewMs = 0, pollMs?: number): Promise<Rig> {
    const server = await startInfisical({
      skewMs,
      secrets: { dev: { '/github': { TOKEN: VALUE } } },
      dynamic: { '/db/RO': {} },
    })
    const { clientId, clientSecret, projectId, url: siteUrl, tokens } = server
    const auth = { method: 'universal-auth', clientId, clientSecret } as const
    const folder = server.secrets['dev']?.['/github'] ?? {}
    return rig(
      server,
      { type: 'infisical', siteUrl, projectId, environment: 'dev', auth },
      {
        path: '/github/TOKEN',
        on: 'list',
        set: (value) => void (folder['TOKEN'] = value),
        unset: () => void delete folder['TOKEN'],
        secrets: () => [clientSecret, ...tokens],
      },
      { pollMs },
    )
  },
  async vault(skewMs = 0, pollMs?: number): Promise<Rig> {
    const server = await startVault({
      skewMs,
      engines: { secret: { version: 2, secrets: { token: { version: 1, data: { token: VALUE } } } } },
      roles: { 'database/creds/ro': { ttl: 600 } },
    })
    const { roleId, secretId, url: address, tokens } = server
    const secrets: Record<string, unknown> = server.engines['secret']?.secrets ?? {}
    return rig(
      server,
      { type: 'vault', address, auth: { method: 'approle', roleId, secretId } },
      {
        path: '/token',
        on: 'read',
        set: (token) => void (secrets['token'] = { version: 2, data: { token } }),
        unset: () => void delete secrets['token'],
        secrets: () => [secretId, ...tokens.keys()],
        expired: 'token-ends',
      },
      { pollMs },
    )
  },
  async 'aws-sm'(skewMs = 0, pollMs?: number): Promise<Rig> {
    const version = (id: string, value: string) => [{ id: id.repeat(36), stages: ['AWSCURRENT'], value }]
    const server = await startAws({ skewMs, secrets: { token: version('a', VALUE) } })
    return rig(
      server,
      { type: 'aws-sm', region: 'eu-central-1', endpoint: server.url },
      {
        path: 'token',
        on: 'read',
        set: (value) => void (server.secrets['token'] = version('b', value)),
        unset: () => void delete server.secrets['token'],
        secrets: () => ['aws-secret-0123456789', 'Credential='],
      },
      { pollMs },
    )
  },
  async 'azure-kv'(skewMs = 0, pollMs?: number): Promise<Rig> {
    const server = await startAzure({ skewMs, secrets: { token: { v1: VALUE } } })
    const { tenant: tenantId, clientId, clientSecret, url, tokens } = server
    const auth = { method: 'client-credentials', tenantId, clientId, clientSecret } as const
    return rig(
      server,
      { type: 'azure-kv', vaultUrl: url, auth },
      {
        path: 'token',
        on: 'read',
        set: (v2) => void (server.secrets['token'] = { v1: VALUE, v2 }),
        unset: () => void delete server.secrets['token'],
        secrets: () => [clientSecret, ...tokens],
      },
      { pollMs, env: { AZURE_AUTHORITY_HOST: url } },
    )
  },
  async 'gcp-sm'(skewMs = 0, pollMs?: number): Promise<Rig> {
    const server = await startGcp({ skewMs, secrets: { token: { 1: VALUE } } })
    const keyFile = `key-${server.port}.json`
    writeFileSync(join(dir, keyFile), JSON.stringify(server.key))
    const { project, url: siteUrl, tokens } = server
    return rig(
      server,
      { type: 'gcp-sm', project, siteUrl, auth: { method: 'key-file', path: keyFile } },
      {
        path: 'token',
        on: 'read',
        set: (value) => void (server.secrets['token'] = { 1: VALUE, 2: value }),
        unset: () => void delete server.secrets['token'],
        secrets: () => ['PRIVATE KEY', 'assertion', ...tokens],
      },
      { pollMs },
    )
  },
  async doppler(skewMs = 0, pollMs?: number): Promise<Rig> {
    const server = await startDoppler({ skewMs, secrets: { TOKEN: VALUE } })
    return rig(
      server,
      { type: 'doppler', siteUrl: server.url, token: server.token },
      {
        path: 'TOKEN',
        on: 'read',
        set: (value) => server.set('TOKEN', value),
        unset: () => void delete server.values['TOKEN'],
        secrets: () => [server.token],
      },
      { pollMs },
    )
  },
}
export type Name = keyof typeof RIGS
export const NAMES = Object.keys(RIGS) as Name[]

/** The one field of a server that refers to `path` of the store. */
export function request(path: string): ResolveRequest {
  const parsed = parseTemplate(`\${cloud:${path}}`)
  if (!parsed.ok) throw new Error('not a template')
  return { field: 'env.TOKEN', template: parsed.template }
}

export function resolverOf(store: Store, deadlineMs: number): Resolver {
  return new Resolver({ stores: new Map([['cloud', store]]), env: {}, baseDir: dir, deadlineMs })
}
