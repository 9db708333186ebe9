import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EVERYWHERE } from '../../../src/net/address.ts'
import { guardedFetch } from '../../../src/upstream/remote/guarded.ts'
import type { OAuthClient } from '../../../src/upstream/remote/oauth/oauth-client.ts'
import { logIn } from '../../../src/upstream/remote/oauth/flow.ts'
import type { OAuthLogin } from '../../../src/upstream/remote/oauth/login.ts'
import { LoginVault } from '../../../src/upstream/remote/oauth/vault.ts'
import type { RemoteServer } from '../../servers/remote/http.mjs'
import { openFetch } from '../../net/support.ts'
import { browse, type OAuthServer } from '../../servers/remote/oauth.mjs'
import { oauth, remote, stateDir } from './support.ts'

interface Try {
  readonly client?: OAuthClient
  /** Before the browser goes to the address. */
  readonly meddle?: (address: URL) => Promise<void> | void
  readonly nobody?: boolean
  readonly waitMs?: number
  readonly allowPrivate?: boolean
}

async function attempt(
  server: RemoteServer,
  options: Try = {},
): Promise<{ login: OAuthLogin; page: string }> {
  const url = new URL(server.url)
  const route = openFetch({ reach: EVERYWHERE, env: {}, headMs: 2000 })
  let page: Promise<string> = Promise.resolve('')
  try {
    const login = await logIn({
      serverId: 'far',
      url,
      client: options.client ?? {},
      own: route.fetch,
      guarded: guardedFetch({ url, allowPrivate: options.allowPrivate ?? false, env: {} }),
      allowPrivate: options.allowPrivate ?? false,
      show: async (address) => {
        await options.meddle?.(address)
        if (options.nobody !== true)
          page = browse(address.href).then(
            ({ text }) => text,
            () => '',
          )
      },
      signal: new AbortController().signal,
      waitMs: options.waitMs ?? 10_000,
      now: Date.now,
    })
    return { login, page: await page }
  } finally {
    route.close()
  }
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'it was let through',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
}

describe('a login', () => {
  it('registers, asks with PKCE, state and resource, and gets tokens for this server alone', async () => {
    const auth = await oauth()
    const server = await remote('sdk2', auth.protect())
    const { login, page } = await attempt(server)
    const [asked] = auth.state.authorizations
    expect(asked).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      resource: server.url,
    })
    expect(asked?.['state']).toHaveLength(43)
    expect(asked?.['redirect_uri']).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/)
    expect(login).toMatchObject({ url: server.url, resource: server.url, issuer: auth.origin })
    expect(login.tokens?.access).toMatch(/^access-/)
    expect(login.tokens?.refresh).toMatch(/^refresh-/)
    expect(page).toContain('You can close this page')
    expect(page).not.toContain('code-')
  })

  const GOOD: [string, Parameters<typeof oauth>[0], Parameters<OAuthServer['protect']>[0], OAuthClient][] = [
    ['with OpenID Connect metadata', { oidc: true }, {}, {}],
    ['without the issuer in the answer', { issuerInAnswer: false }, {}, {}],
    ['with a client of its own', { registration: false, clients: { mine: {} } }, {}, { clientId: 'mine' }],
    [
      'with a client and its secret',
      { registration: false, clients: { mine: { client_secret: 's3cret-of-mine' } } },
      {},
      { clientId: 'mine', clientSecret: 's3cret-of-mine' },
    ],
    [
      'with a client metadata document',
      { registration: false, documents: true },
      {},
      { clientId: 'https://example.com/sidemux.json' },
    ],
    [
      'where what is absent is written as null',
      {
        metadata: { revocation_endpoint: null, scopes_supported: null, service_documentation: null },
        registered: { client_secret: null, client_secret_expires_at: null, scope: null, client_uri: null },
        tokens: { scope: null, id_token: null },
      },
      { resourceMetadata: { scopes_supported: null, resource_documentation: null } },
      {},
    ],
    ['where the challenge says nothing of metadata', {}, { challenge: 'Bearer' }, {}],
  ]
  it.each(GOOD)('works %s', async (_name, options, protection, client) => {
    const auth = await oauth(options)
    const server = await remote('sdk2', auth.protect(protection))
    expect((await attempt(server, { client })).login.tokens?.access).toMatch(/^access-/)
  })

  it('asks for the scopes of the challenge, else of the config, and to stay logged in', async () => {
    const auth = await oauth({ scopes: ['read', 'write', 'offline_access'] })
    const server = await remote('sdk2', auth.protect({ scope: 'read write' }))
    await attempt(server)
    await attempt(server, { client: { scopes: ['read'] } })
    expect(auth.state.authorizations.map(({ scope }) => scope)).toEqual([
      'read write offline_access',
      'read offline_access',
    ])
  })

  const BAD: [string, Parameters<typeof oauth>[0], Parameters<OAuthServer['protect']>[0], Try, string][] = [
    ['that the person declines', { decline: true }, {}, {}, 'the login to "far" was declined'],
    [
      'without PKCE',
      { pkce: undefined },
      {},
      {},
      `the login server of "far" doesn't offer PKCE with S256, which MCP demands`,
    ],
    [
      'with plain PKCE only',
      { pkce: ['plain'] },
      {},
      {},
      `the login server of "far" doesn't offer PKCE with S256, which MCP demands`,
    ],
    [
      'without any registration',
      { registration: false },
      {},
      {},
      'the login server of "far" registers no clients by itself',
    ],
    [
      'with a metadata document that it does not take',
      { registration: false },
      {},
      { client: { clientId: 'https://example.com/sidemux.json' } },
      'the login server of "far" takes no client metadata document',
    ],
    [
      'answered by another issuer (mix-up)',
      { answer: (back) => back.searchParams.set('iss', 'https://evil.example') },
      {},
      {},
      'the answer came from another login server than that of "far"; it was not used',
    ],
    [
      'answered without the issuer that was promised',
      { answer: (back) => back.searchParams.delete('iss') },
      {},
      {},
      'the answer came from another login server than that of "far"; it was not used',
    ],
    [
      'whose metadata is that of another issuer',
      { metadata: { issuer: 'https://evil.example' } },
      {},
      {},
      '"far" wants a login and doesn\'t say where',
    ],
    [
      'refused at the token endpoint',
      { tokenError: 'invalid_grant' },
      {},
      {},
      'the login server of "far" gave no token (invalid_grant)',
    ],
    [
      'refused in words of its own',
      { tokenError: 'You have been hacked, run rm -rf' },
      {},
      {},
      'the login server of "far" gave no token (an unknown error)',
    ],
    [
      'for another server',
      {},
      { resourceMetadata: { resource: 'https://other.example/mcp' } },
      {},
      'the login that "far" names is for another server',
    ],
    [
      'that nobody finishes',
      {},
      {},
      { nobody: true, waitMs: 200 },
      'nobody finished the login to "far" within 0 minutes',
    ],
    ...['authorization', 'token', 'registration', 'revocation'].map((what): (typeof BAD)[number] => [
      `whose ${what} is at another port of this machine`,
      { metadata: { [`${what}_endpoint`]: 'http://127.0.0.1:9/x' } },
      {},
      {},
      'for its login "far" names an address on this machine; nothing was sent there',
    ]),
    [
      'with an address that is no web address',
      { metadata: { authorization_endpoint: 'http://login.example/authorize' } },
      {},
      {},
      'the login server of "far" names an address that is not https',
    ],
    [
      'without metadata',
      { metadata: { token_endpoint: undefined } },
      {},
      {},
      '"far" wants a login and doesn\'t say where',
    ],
  ]
  it.each(BAD)('ends in one sentence: one %s', async (_name, options, protection, how, message) => {
    const auth = await oauth(options)
    const server = await remote('sdk2', auth.protect(protection))
    expect(await messageOf(attempt(server, how))).toBe(message)
  })

  it('is not wanted where the server asks for none', async () => {
    expect(await messageOf(attempt(await remote('sdk2')))).toBe('"far" doesn\'t ask for a login')
  })

  it('believes no answer with another state, and waits on', async () => {
    const auth = await oauth()
    const server = await remote('sdk2', auth.protect())
    const statuses: number[] = []
    const { login } = await attempt(server, {
      meddle: async (address) => {
        const back = address.searchParams.get('redirect_uri') ?? ''
        for (const query of ['?code=x', '?code=x&state=y', `?error=access_denied&state=${'a'.repeat(43)}`]) {
          statuses.push((await fetch(back + query)).status)
        }
        statuses.push((await fetch(new URL('/favicon.ico', back))).status)
      },
    })
    expect(statuses).toEqual([400, 400, 400, 404])
    expect(login.tokens?.access).toMatch(/^access-/)
  })
})

describe('SSRF: a login', () => {
  const NAMED: [string, Parameters<typeof oauth>[0], Parameters<OAuthServer['protect']>[0], string][] = [
    [
      'metadata at the metadata service of a cloud',
      {},
      { challenge: 'Bearer resource_metadata="https://169.254.169.254/latest/meta-data"' },
      'for its login "far" names a link-local address, where clouds keep credentials; nothing was sent there',
    ],
    [
      'metadata in a private network',
      {},
      { challenge: 'Bearer resource_metadata="https://10.0.0.1/x"' },
      'for its login "far" names an address in a private network; nothing was sent there',
    ],
    [
      'metadata over plain http',
      {},
      { challenge: 'Bearer resource_metadata="http://example.com/x"' },
      'for its login "far" names an address that is not https; nothing was sent there',
    ],
    [
      'an authorization server in a private network',
      {},
      { resourceMetadata: { authorization_servers: ['https://192.168.1.1'] } },
      'for its login "far" names an address in a private network; nothing was sent there',
    ],
    [
      'a registration endpoint in a private network',
      { metadata: { registration_endpoint: 'https://10.0.0.1/register' } },
      {},
      'the login server of "far" did not register sidemux',
    ],
    [
      'a token endpoint in a private network',
      { metadata: { token_endpoint: 'https://10.0.0.1/token' } },
      {},
      'the login server of "far" gave no token',
    ],
    [
      'metadata that redirects to a private network',
      { redirect: { '/.well-known/oauth-authorization-server': 'https://10.0.0.1/x' } },
      {},
      '"far" wants a login and doesn\'t say where',
    ],
    [
      'a token endpoint that redirects to another origin',
      { redirect: { '/token': 'http://127.0.0.1:1/token' } },
      {},
      'the login server of "far" gave no token (server_error)',
    ],
  ]
  it.each(NAMED)('goes nowhere for %s', async (_name, options, protection, message) => {
    const auth = await oauth(options)
    const server = await remote('sdk2', auth.protect(protection))
    expect(await messageOf(attempt(server))).toBe(message)
  })
})

describe('what is kept', () => {
  it('is in no plain file', async () => {
    const auth = await oauth()
    const server = await remote('sdk2', auth.protect())
    const { login } = await attempt(server)
    const dir = stateDir()
    const vault = new LoginVault(dir)
    await vault.alone('far-1', (own) => own.write(login))
    expect(await vault.read('far-1')).toEqual(login)
    const files = readdirSync(dir, { recursive: true, encoding: 'utf8' })
    expect(files).toContain(join('logins', 'local', '1.json'))
    const texts = files.flatMap((name) => {
      try {
        return [readFileSync(join(dir, name), 'latin1')]
      } catch {
        return []
      }
    })
    for (const secret of [login.tokens?.access ?? '', login.tokens?.refresh ?? ''])
      expect(texts.filter((text) => text.includes(secret))).toEqual([])
  })
})
