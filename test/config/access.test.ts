/** `auth:` of a server: its own login at a store, judged by the store's own schema, told where the entry has it. */
import { describe, expect, test } from 'vitest'
import { accepted, brief, briefs, load } from './support.ts'

const STORES = `secrets:
  team: { type: vault, address: "https://vault.example.com", kvVersion: 2, auth: { method: token, token: "\${env:BASE}" } }
  inf: { type: infisical, projectId: p, environment: dev, auth: { method: cli } }
  aws: { type: aws-sm, region: eu-central-1, profile: base }
  az: { type: azure-kv, vaultUrl: "https://t.vault.azure.net" }
  gcp: { type: gcp-sm, project: p }
  dop: { type: doppler, token: "\${env:DOPPLER}" }
  op: { type: op, account: mine, env: { OP_CONNECT_TOKEN: "\${env:CONNECT}", LANG: C } }
  bws: { type: bws, token: "\${env:BWS}" }
  env: { type: dotenv, path: .env }
  box: { type: dotenv, path: .env }
`.replace(/^ {2}env:.*\n/m, '')

/** The login stands in line 5, from column 7 on. */
const withAuth = (auth: string, uses: string): string =>
  `version: 1\nservers:\n  a:\n    command: x\n    auth: ${auth}\n    env: { A: "${uses}" }\n${STORES}`

describe('a login that fits makes a store of its own', () => {
  const good: readonly [auth: string, uses: string, name: string, has: object][] = [
    [
      '{ team: { method: approle, roleId: r, secretId: "${env:S}" } }',
      '${team:/x#y}',
      'team@a',
      {
        address: 'https://vault.example.com',
        auth: { method: 'approle', roleId: 'r', secretId: '${env:S}' },
      },
    ],
    [
      '{ inf: { method: token, token: "${file:/t}" } }',
      '${inf:/x}',
      'inf@a',
      { projectId: 'p', auth: { method: 'token', token: '${file:/t}' } },
    ],
    ['{ aws: { profile: own } }', '${aws:x}', 'aws@a', { region: 'eu-central-1', profile: 'own' }],
    ['{ az: { method: managed-identity } }', '${az:x}', 'az@a', { auth: { method: 'managed-identity' } }],
    ['{ gcp: { method: metadata } }', '${gcp:x}', 'gcp@a', { auth: { method: 'metadata' } }],
    ['{ dop: { token: "${env:T}" } }', '${dop:X}', 'dop@a', { token: '${env:T}' }],
    ['{ bws: { token: "${env:T}" } }', '${bws:X}', 'bws@a', { token: '${env:T}' }],
    ['{ op: { token: "${env:T}" } }', '${op:a/b/c}', 'op@a', { token: '${env:T}', env: { LANG: 'C' } }],
  ]
  test.each(good)('%s', async (auth, uses, name, has) => {
    const config = await accepted(withAuth(auth, uses))
    expect(config.warnings).toEqual([])
    expect(config.stores.get(name)).toMatchObject(has)
    expect(config.stores.get(name)).not.toHaveProperty('account')
    const base = config.stores.get(name.slice(0, -2))
    expect(base).not.toEqual(config.stores.get(name))
    expect(JSON.stringify(config.stores.get(name))).not.toMatch(/BASE|DOPPLER|BWS|CONNECT|base/)
  })

  test('also for a lease alone, under the normalised id, and whatever the environment', async () => {
    const config = await accepted(
      `version: 1\nservers:\n  "My Server":\n    command: x\n    environments: [prod]\n    auth: { team: { method: token, token: "\${env:T}" } }\n    leases: { db: { store: team, path: /database/creds/ro } }\n${STORES}`,
    )
    expect(config.servers).toEqual([])
    expect([...config.stores.keys()].filter((name) => name.includes('@'))).toEqual(['team@my-server'])
  })

  test('does not change what the launch is bound to (promise 5)', async () => {
    const entry = (auth: string): string => `{ command: x, auth: ${auth}, env: { A: "\${team:/x#y}" } }`
    const own = '{ team: { method: token, token: "${env:S}" } }'
    const { servers } = await accepted(
      `version: 1\nservers:\n  a: ${entry('{}')}\n  b: ${entry(own)}\n${STORES}`,
    )
    expect(new Set(servers.map(({ launchHash }) => launchHash)).size).toBe(1)
  })

  test('and none for a server that is disabled', async () => {
    const text = withAuth('{ nosuch: { token: x } }', 'x').replace(
      'command: x',
      'command: x\n    disabled: true',
    )
    const config = await accepted(text)
    expect([...config.stores.keys()].filter((name) => name.includes('@'))).toEqual([])
  })
})

describe('a login that does not fit is told with its place', () => {
  const bad: readonly [auth: string, problem: string, hint: RegExp][] = [
    ['{ taem: { token: x } }', '5:13: no store is called "taem"', /did you mean "team"/],
    [
      '{ box: { token: x } }',
      '5:13: a store of type dotenv has no login that could differ from server to server',
      /remove/,
    ],
    [
      '{ team: { method: approel } }',
      '5:29: "method": expected one of token, approle, kubernetes, jwt',
      /.?/,
    ],
    ['{ team: { method: approle } }', '5:13: "roleId" is missing in "auth"', /text/],
    ['{ team: { method: token, token: [x] } }', '5:43: "token": expected text, found a list', /.?/],
    ['{ team: { method: token, token: "${env:T}", ttl: x } }', '5:55: unknown key "ttl" in "auth"', /.?/],
    [
      '{ team: { method: token, token: "${box:X}" } }',
      `5:44: "token": a store's settings can't refer to a store or a lease`,
      /env:NAME/,
    ],
    [
      '{ team: { method: token, token: "${lease:x#y}" } }',
      `5:44: "token": a store's settings can't refer to a store or a lease`,
      /env:NAME/,
    ],
    ['{ dop: { token: "${env:T}", project: p } }', '5:39: unknown key "project" in "dop"', /token/],
    ['{ dop: {} }', '5:13: "token" is missing in "dop"', /token/],
    ['{ aws: { region: x, profile: y } }', '5:20: unknown key "region" in "aws"', /profile/],
    ['{ aws: { profile: 1 } }', '5:29: "profile": expected text, found a number', /.?/],
    ['{ team: token }', '5:19: "team": expected a mapping (lines of "key: value"), found text', /.?/],
    ['[team]', '5:11: "auth": expected a mapping (lines of "key: value"), found a list', /.?/],
    [
      '{ "team@b": { token: x } }',
      '5:13: "team@b": expected the alias of a store, such as "team": a-z, 0-9 and -',
      /.?/,
    ],
  ]
  test.each(bad)('%s', async (auth, problem, hint) => {
    const { problems, config } = await load(withAuth(auth, '${team:/x#y}'))
    const errors = problems.filter(({ severity }) => severity === 'error')
    expect(config).toBeUndefined()
    expect(errors.map(brief)).toEqual([problem])
    expect(errors[0]?.hint ?? '').toMatch(hint)
  })

  test('a store that is broken itself is said once', async () => {
    const text = withAuth('{ team: { method: approle } }', '${team:/x#y}').replace(
      'kvVersion: 2',
      'kvVersion: 9',
    )
    expect((await briefs(text)).filter((line) => line.startsWith('5:'))).toEqual([])
  })

  test('one that nothing uses is a warning, and opens no store', async () => {
    const config = await accepted(withAuth('{ dop: { token: "${env:T}" } }', '${team:/x#y}'))
    expect(config.warnings.map(brief)).toEqual([
      '5:13: warning: nothing in "a" refers to "dop", so this login is not used',
    ])
    expect(config.stores.has('dop@a')).toBe(false)
  })

  test('no reference can name the login of another server', async () => {
    expect(
      await briefs(withAuth('{ team: { method: token, token: "${env:T}" } }', '${team@a:/x}')),
    ).toContainEqual(expect.stringContaining('a reference does not begin with'))
  })
})
