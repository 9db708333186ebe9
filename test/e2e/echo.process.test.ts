/**
 * Back ends whose errors echo the whole request, credentials and leased values included, in body, status line and
 * headers, in clear and encoded: not a byte of it comes out of a running sidecar or of a command (promise 3). All that
 * fail alike are behind one sidecar, so that none of them can tell what another one gave.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import { startAws } from '../servers/aws.mjs'
import { startAzure } from '../servers/azure.mjs'
import { startDoppler } from '../servers/doppler.mjs'
import { startGcp } from '../servers/gcp.mjs'
import { startInfisical } from '../servers/infisical.mjs'
import { startVault } from '../servers/vault.mjs'
import { runHere } from './run-here.ts'
import { HereHost } from './serve-here.ts'
import {
  atEnd,
  everythingIn,
  place,
  shared,
  textOf,
  toolbox,
  traces,
  yamlOf,
  type Place,
  type RawMessage,
} from './support.ts'

const VALUE = 'value-ü"0123456789abcdef'

interface Seen {
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

interface BackEnd {
  readonly server: {
    readonly url: string
    readonly requests: readonly Seen[]
    fail(kind: string, fault: Readonly<Record<string, unknown>>): void
    close(): Promise<void>
  }
  /** The store in servers.yaml. */
  readonly store: object
  /** In braces of a reference, after its name. */
  readonly path: string
  readonly read: string
  readonly env: Readonly<Record<string, string>>
  readonly lease?: { readonly path: string; readonly fields: readonly [string, string] }
  readonly leases?: ReadonlyMap<string, { readonly data: Readonly<Record<string, string>> }>
  readonly files?: Readonly<Record<string, string>>
}

const BACK_ENDS: Readonly<Record<string, () => Promise<BackEnd>>> = {
  async infisical() {
    const server = await startInfisical({
      clientSecret: 'client-secret-é-0123456789',
      secrets: { dev: { '/github': { TOKEN: VALUE } } },
      dynamic: { '/db/RO': {} },
    })
    const auth = { method: 'universal-auth', clientId: '${env:I_ID}', clientSecret: '${env:I_KEY}' }
    const { url: siteUrl, projectId, clientId, clientSecret, leases } = server
    return {
      server,
      store: { type: 'infisical', siteUrl, projectId, environment: 'dev', auth },
      path: '/github/TOKEN',
      read: 'list',
      env: { I_ID: clientId, I_KEY: clientSecret },
      lease: { path: '/db/RO', fields: ['DB_USERNAME', 'DB_PASSWORD'] },
      leases,
    }
  },
  async vault() {
    const server = await startVault({
      engines: { secret: { version: 2, secrets: { token: { version: 1, data: { token: VALUE } } } } },
      roles: { 'database/creds/ro': { ttl: 600 } },
    })
    const auth = { method: 'approle', roleId: '${env:V_ID}', secretId: '${env:V_KEY}' }
    return {
      server,
      store: { type: 'vault', address: server.url, auth },
      path: '/token',
      read: 'read',
      env: { V_ID: server.roleId, V_KEY: server.secretId },
      lease: { path: '/database/creds/ro', fields: ['username', 'password'] },
      leases: server.leases,
    }
  },
  async 'aws-sm'() {
    const secrets = { token: [{ id: 'a'.repeat(36), stages: ['AWSCURRENT'], value: VALUE }] }
    const server = await startAws({ secrets })
    return {
      server,
      store: { type: 'aws-sm', region: 'eu-central-1', endpoint: server.url },
      path: 'token',
      read: 'read',
      env: {
        AWS_ACCESS_KEY_ID: 'AKIATEST',
        AWS_SECRET_ACCESS_KEY: 'aws-secret-0123456789',
        AWS_SESSION_TOKEN: 'aws-session-0123456789',
      },
    }
  },
  async 'azure-kv'() {
    const server = await startAzure({ secrets: { token: { v1: VALUE } } })
    const auth = {
      method: 'client-credentials',
      tenantId: server.tenant,
      clientId: server.clientId,
      clientSecret: '${env:A_KEY}',
    }
    return {
      server,
      store: { type: 'azure-kv', vaultUrl: server.url, auth },
      path: 'token',
      read: 'read',
      env: { A_KEY: server.clientSecret, AZURE_AUTHORITY_HOST: server.url },
    }
  },
  async 'gcp-sm'() {
    const server = await startGcp({ secrets: { token: { 1: VALUE } } })
    const auth = { method: 'key-file', path: 'key.json' }
    return {
      server,
      store: { type: 'gcp-sm', project: server.project, siteUrl: server.url, auth },
      path: 'token',
      read: 'read',
      env: {},
      files: { 'key.json': JSON.stringify(server.key) },
    }
  },
  async doppler() {
    const server = await startDoppler({ secrets: { TOKEN: VALUE } })
    return {
      server,
      store: { type: 'doppler', siteUrl: server.url, token: '${env:D_KEY}' },
      path: 'TOKEN',
      read: 'read',
      env: { D_KEY: server.token },
    }
  },
}

/** What was sent that is a secret: credentials of every request, and what the back end leased. */
function secretsOf({ server, env, leases }: BackEnd): readonly string[] {
  const sent = server.requests.flatMap(({ headers, body }) => {
    const form = new URLSearchParams(typeof body === 'string' ? body : '')
    const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
    return [
      headers['authorization']?.replace(/^Bearer |^.*Signature=/, ''),
      headers['x-vault-token'],
      ...['client_secret', 'assertion', 'client_assertion', 'refresh_token'].map((name) => form.get(name)),
      ...['clientSecret', 'secret_id', 'accessToken'].map((name) => fields[name]),
    ].filter((value) => typeof value === 'string' && value !== '')
  })
  const leased = [...(leases?.values() ?? [])].flatMap(({ data }) => Object.values(data))
  const given = Object.entries(env).flatMap(([name, value]) =>
    /KEY$|SECRET|TOKEN/.test(name) ? [value] : [],
  )
  return [...new Set([VALUE, ...leased, ...given, ...(sent as string[])])]
}

/** Servers that want a secret of each, and one that wants none. */
function placed(backEnds: ReadonlyMap<string, BackEnd>): Place {
  const servers: Record<string, unknown> = { free: JSON.parse(toolbox()) }
  const secrets: Record<string, object> = {}
  for (const [name, { store, path, lease }] of backEnds) {
    secrets[name] = store
    servers[`reads-${name}`] = JSON.parse(toolbox({ env: { TOOLBOX_SECRET: `\${${name}:${path}}` } }))
    if (lease === undefined) continue
    const [user, password] = lease.fields
    servers[`leases-${name}`] = JSON.parse(
      toolbox({
        leases: { db: { store: name, path: lease.path } },
        env: { TOOLBOX_SECRET: `\${lease:db#${user}}:\${lease:db#${password}}` },
      }),
    )
  }
  const defaults = { listWait: '3s', timeout: '20s' }
  const config = { version: 1, environment: 'dev', secrets, defaults, servers }
  const all = [...backEnds.values()]
  const where = place(yamlOf(config), Object.assign({}, ...all.map(({ files }) => files)))
  Object.assign(where.env, ...all.map(({ env }) => env), {
    SIDEMUX_LOG: 'debug',
    AWS_EC2_METADATA_DISABLED: 'true',
  })
  return where
}

type At = 'login' | 'read' | 'lease'
/** Who has no such request. */
const NONE: Readonly<Record<At, readonly string[]>> = {
  login: ['aws-sm', 'doppler'],
  read: [],
  lease: ['aws-sm', 'doppler', 'azure-kv', 'gcp-sm'],
}
const FAILURES: readonly [At, number][] = [
  ['login', 422],
  ['read', 422],
  ['read', 401],
  // A failure of the server is asked again for some seconds.
  ['read', 500],
  ['lease', 422],
]

/** All that came out, and what each of them had to keep. */
async function echoed(on: At, status: number) {
  const backEnds = new Map<string, BackEnd>()
  for (const [name, start] of Object.entries(BACK_ENDS)) {
    if (NONE[on].includes(name)) continue
    const backEnd = await start()
    const { server, read } = backEnd
    atEnd(() => server.close())
    server.fail('echo', { on: on === 'read' ? read : on, status, withAnswer: on !== 'login' })
    backEnds.set(name, backEnd)
  }
  const where = placed(backEnds)
  const host = new HereHost(where)
  await host.initialize()
  await host.request('tools/list')
  const call = async (name: string): Promise<RawMessage> =>
    host.request('tools/call', { name: `${name}_echo`, arguments: { text: 'x' } })
  const reads = new Map<string, RawMessage>()
  for (const name of backEnds.keys()) reads.set(name, await call(`reads-${name}`))
  const free = await call('free')
  const outputs = await Promise.all([
    runHere(where, ['secrets', 'check']),
    runHere(where, ['secrets', 'check', '--json']),
    runHere(where, ['tools', '--log-level', 'debug']),
  ])
  host.process.stdin?.end()
  await host.exited()
  const text = [
    JSON.stringify(host.received),
    host.stderr(),
    everythingIn(where.state),
    JSON.stringify(outputs),
  ].join('\n')
  return { backEnds, reads, free, outputs, text }
}

describe('an error that echoes the request leaks 0 bytes of any secret', () => {
  describe.each(FAILURES)('at %s, with HTTP %d', (on, status) => {
    const scene = shared(() => echoed(on, status))

    it('a server that wants none of it is not concerned, and all is told', async () => {
      const { free, outputs, text } = await scene()
      expect(textOf(free.result ?? { content: [] })).toBe(':x')
      expect(outputs.map(({ code }) => code)).toEqual([1, 1, 1])
      // The log is there, and says what went wrong.
      expect(text).toContain('"level":"')
      expect(text).toMatch(/HTTP \d{3}|refuse|can't/)
      expect(text).not.toContain('Invalid request:')
    })

    it.each(Object.keys(BACK_ENDS).filter((name) => !NONE[on].includes(name)))('%s', async (name) => {
      const { backEnds, reads, outputs, text } = await scene()
      const call = reads.get(name)
      const backEnd = backEnds.get(name)
      if (call === undefined || backEnd === undefined) throw new Error('no back end')
      if (on !== 'lease') expect(call.error ?? call.result?.['isError']).toBeTruthy()
      expect(outputs[0].stdout).toMatch(new RegExp(`\\$\\{(${name}|lease):[^}]+\\} +(?!ok)`))
      const secrets = secretsOf(backEnd)
      expect(secrets.length).toBeGreaterThan(1)
      for (const secret of secrets)
        for (const trace of traces(secret)) expect(text.includes(trace), `${secret} as ${trace}`).toBe(false)
    })
  })
})

it('a test server that echoes really does so, in each form', async () => {
  // What this file proves would be nothing if the echo were empty.
  const server = await startDoppler()
  onTestFinished(() => server.close())
  server.fail('echo')
  const response = await fetch(`${server.url}/v3/configs/config/secrets/download`, {
    headers: { authorization: `Bearer ${server.token}` },
  })
  const text = `${response.statusText}\n${[...response.headers].join('\n')}\n${await response.text()}`
  expect(response.statusText).toContain(server.token)
  expect(response.headers.get('www-authenticate')).toContain(server.token)
  const whole = `Bearer ${server.token}`
  for (const form of ['base64', 'base64url', 'hex'] as const)
    expect(text).toContain(Buffer.from(whole).toString(form))
})
