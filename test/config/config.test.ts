import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { sandboxRules } from '../../src/confine/options.ts'
import type { LocalLaunch } from '../../src/config/config.ts'
import { loadConfig, requireConfig } from '../../src/config/load.ts'
import { confinedMarks } from '../../src/config/servers/startable.ts'
import { SidemuxError } from '../../src/errors.ts'
import { accepted, briefs } from './support.ts'

const contract = `version: 1
environment: dev
secrets:
  local: { type: dotenv, path: ".env.{environment}" }
  team:
    type: infisical
    siteUrl: https://app.infisical.com
    projectId: 6f2c
    environment: "{environment}"
    auth: { method: universal-auth, clientId: "\${env:INFISICAL_CLIENT_ID}", clientSecret: "\${env:INFISICAL_CLIENT_SECRET}" }
servers:
  github:
    command: npx
    args: [-y, "@modelcontextprotocol/server-github"]
    env: { GITHUB_PERSONAL_ACCESS_TOKEN: "\${team:/github/TOKEN}" }
    tools:
      allow: ["get_*", "list_*", "search_*", create_issue]
      confirm: [push_files]
      block: [delete_repository]
    rateLimit: 1000/hour
  postgres:
    command: npx
    args: [-y, "@example/postgres-mcp"]
    leases: { db: { store: team, path: /POSTGRES_READONLY, ttl: 5m } }
    env: { DATABASE_URL: "postgres://\${lease:db#DB_USERNAME}:\${lease:db#DB_PASSWORD}@localhost/app" }
  copilot:
    url: https://api.githubcopilot.com/mcp/
    headers: { Authorization: "Bearer \${team:/github/COPILOT_TOKEN}" }
defaults: { rateLimit: 600/minute, timeout: 60s, sandbox: auto }
approvals: { channels: [elicitation, page], wait: 45s, expire: 10m }
audit: { required: true }
profiles:
  readonly: { servers: [github, postgres], tools: { allow: ["*"], classes: [read] } }
`

async function localLaunch(entry: string): Promise<LocalLaunch & { dir: string }> {
  const { servers, dir } = await accepted(`version: 1\nservers: { a: ${entry} }\n`)
  const launch = servers[0]?.launch
  if (launch?.kind !== 'stdio') throw new Error('not a program')
  return { ...launch, dir }
}

describe('the example of the contract', () => {
  test('loads, with nothing against it', async () => {
    expect(await briefs(contract)).toEqual([])
  })

  test('has its defaults applied', async () => {
    const config = await accepted(contract)
    expect(config).toMatchObject({
      environment: 'dev',
      listWaitMs: undefined,
      surface: { mode: 'all', keep: [] },
      approvals: { channels: ['elicitation', 'page'], wait: 45_000, expire: 600_000 },
      audit: { required: true, arguments: 'masked' },
    })
    expect(config.profile).toBeUndefined()
    expect(config.hash).toBe(createHash('sha256').update(contract).digest('hex'))
    expect([...config.stores.keys()]).toEqual(['local', 'team'])
    expect(
      config.servers.map(({ id, rateLimit, timeoutMs, startTimeoutMs, sandbox }) => ({
        id,
        rateLimit,
        timeoutMs,
        startTimeoutMs,
        sandbox: sandbox.mode,
      })),
    ).toEqual([
      { id: 'github', rateLimit: '1000/hour', timeoutMs: 60_000, startTimeoutMs: 60_000, sandbox: 'auto' },
      { id: 'postgres', rateLimit: '600/minute', timeoutMs: 60_000, startTimeoutMs: 60_000, sandbox: 'auto' },
      { id: 'copilot', rateLimit: '600/minute', timeoutMs: 60_000, startTimeoutMs: 60_000, sandbox: 'auto' },
    ])
    expect(config.servers[0]?.tools).toEqual({
      allow: ['get_*', 'list_*', 'search_*', 'create_issue'],
      confirm: ['push_files'],
      block: ['delete_repository'],
    })
    expect(config.servers[1]?.leases.get('db')).toEqual({
      store: 'team',
      path: '/POSTGRES_READONLY',
      ttl: 300_000,
    })
  })

  test('knows where each field is', async () => {
    const [github] = (await accepted(contract)).servers
    expect(github?.position).toEqual({ line: 12, col: 3 })
    expect(github?.fieldPosition('env.GITHUB_PERSONAL_ACCESS_TOKEN')).toEqual({ line: 15, col: 42 })
    expect(github?.fieldPosition('args.1')).toEqual({ line: 14, col: 16 })
    expect(github?.fieldPosition('command')).toEqual({ line: 13, col: 14 })
    expect(github?.fieldPosition('cwd')).toEqual({ line: 12, col: 3 })
    expect(github?.fieldPosition('env.NONE')).toEqual({ line: 15, col: 5 })
  })

  test('with a profile it has the servers of the profile', async () => {
    const config = await accepted(contract, { profile: 'readonly' })
    expect(config.servers.map(({ id }) => id)).toEqual(['github', 'postgres'])
    expect(config.profile).toEqual({
      name: 'readonly',
      servers: ['github', 'postgres'],
      tools: { allow: ['*'], classes: ['read'] },
    })
  })
})

describe('choices', () => {
  test('a profile that is not there names those that are', async () => {
    expect(await briefs(contract, { profile: 'readonyl' })).toContain('32:1: no profile is called "readonyl"')
    expect(await briefs('version: 1\nservers: {}\n', { profile: 'x' })).toEqual([
      '1:1: no profile is called "x"',
    ])
  })

  test('a profile names servers as the file or as the host has them', async () => {
    const text =
      'version: 1\nservers: { My_A: { command: x }, b: { command: x } }\nprofiles: { p: { servers: [My_A] }, q: { servers: [my-a] } }\n'
    for (const profile of ['p', 'q']) {
      const { servers } = await accepted(text, { profile })
      expect(servers.map(({ id }) => id)).toEqual(['my-a'])
    }
  })

  test('the command line wins over $SIDEMUX_ENVIRONMENT, which wins over the file', async () => {
    const env = { SIDEMUX_ENVIRONMENT: 'staging' }
    expect((await accepted(contract, { environment: 'prod', env })).environment).toBe('prod')
    expect((await accepted(contract, { env })).environment).toBe('staging')
    expect((await accepted(contract, { env: { SIDEMUX_ENVIRONMENT: '' } })).environment).toBe('dev')
    expect((await accepted('version: 1\nservers: {}\n')).environment).toBe('dev')
  })

  test('an environment that could lead out of a directory is refused', async () => {
    await expect(accepted(contract, { environment: '../prod' })).rejects.toThrow(
      '--environment is not the name',
    )
    const env = { SIDEMUX_ENVIRONMENT: 'a/b' }
    await expect(accepted(contract, { env })).rejects.toThrow('$SIDEMUX_ENVIRONMENT is not the name')
  })

  test('a disabled server is left out', async () => {
    const text =
      'version: 1\nservers: { a: { command: x, disabled: true }, b: { command: x, disabled: false } }\n'
    expect((await accepted(text)).servers.map(({ id }) => id)).toEqual(['b'])
  })

  test('what a server sets itself wins over the defaults', async () => {
    const { servers, listWaitMs } = await accepted(
      'version: 1\nservers: { a: { command: x, timeout: 5s, startTimeout: 1m, sandbox: off, rateLimit: 1/second, allowSecretsInArgs: true }, b: { command: x } }\n' +
        'defaults: { timeout: 7s, startTimeout: 2m, sandbox: required, rateLimit: 2/hour, listWait: 1s }\n',
    )
    expect(listWaitMs).toBe(1000)
    expect(servers).toMatchObject([
      {
        timeoutMs: 5000,
        startTimeoutMs: 60_000,
        sandbox: sandboxRules('off'),
        rateLimit: '1/second',
        allowSecretsInArgs: true,
      },
      {
        timeoutMs: 7000,
        startTimeoutMs: 120_000,
        sandbox: sandboxRules('required'),
        rateLimit: '2/hour',
        allowSecretsInArgs: false,
      },
    ])
  })
})

describe('paths are absolute against the directory of the file', () => {
  const cases: readonly [entry: string, command: string, cwd: string][] = [
    ['{ command: npx }', 'npx', '<dir>'],
    ['{ command: ./bin/x }', '<dir>/bin/x', '<dir>'],
    ['{ command: bin/x, cwd: sub/.. }', '<dir>/bin/x', '<dir>'],
    ['{ command: /usr/bin/x, cwd: /tmp }', '/usr/bin/x', '/tmp'],
    ['{ command: "${env:BIN}/x", cwd: "${env:HOME}/y" }', '${env:BIN}/x', '${env:HOME}/y'],
    [
      '{ command: "bin/${env:ARCH}/x", cwd: "sub/${env:B}" }',
      '<dir>/bin/${env:ARCH}/x',
      '<dir>/sub/${env:B}',
    ],
    ['{ command: "./$${x}/y" }', '<dir>/$${x}/y', '<dir>'],
  ]
  test.each(cases)('%s', async (entry, command, cwd) => {
    const launch = await localLaunch(entry)
    expect(launch.command.source).toBe(command.replace('<dir>', launch.dir))
    expect(launch.cwd.source).toBe(cwd.replace('<dir>', launch.dir))
  })

  test('a directory whose name looks like a reference is taken as it is', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'sidemux-${env:HOME}-'))
    try {
      writeFileSync(join(dir, 'servers.yaml'), 'version: 1\nservers: { a: { command: ./x } }\n')
      const { servers } = await requireConfig({ path: 'servers.yaml', env: {}, cwd: dir })
      expect(servers[0]?.launch).toMatchObject({
        command: { parts: [{ kind: 'literal', text: join(dir, 'x') }] },
        cwd: { parts: [{ kind: 'literal', text: dir }] },
      })
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  test('~ is not expanded, which is said', async () => {
    expect(await briefs('version: 1\nservers: { a: { command: x, cwd: ~/y } }\n')).toEqual([
      '2:34: "cwd": ~ is not expanded',
    ])
  })
})

describe('caCert of a remote server', () => {
  const far = 'url: "https://far.example/mcp"'
  test.each([
    ['ca.pem', (dir: string) => join(dir, 'ca.pem')],
    ['/etc/ca.pem', () => '/etc/ca.pem'],
    ['~/ca.pem', () => '~/ca.pem'],
    ['${env:DIR}/ca.pem', () => '${env:DIR}/ca.pem'],
  ])('%s is relative to servers.yaml, or where it says', async (caCert, expected) => {
    const { dir, servers } = await accepted(`version: 1\nservers: { far: { ${far}, caCert: "${caCert}" } }\n`)
    const launch = servers[0]?.launch
    expect(launch?.kind === 'remote' && launch.caCert?.source).toBe(expected(dir))
  })

  test('takes no secret of a store, and does nothing for a program', async () => {
    expect(await briefs(`version: 1\nservers: { far: { ${far}, caCert: "\${team:/ca}" } }\n`)).toEqual([
      expect.stringMatching(/^2:/),
    ])
    expect(await briefs('version: 1\nservers: { a: { command: x, caCert: ca.pem } }\n')).toEqual([
      '2:29: warning: "caCert" does nothing for a server with a "command"',
    ])
  })
})

describe('the launch hash changes with everything that decides what is started (promise 5)', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-hash-'))
  afterAll(() => rmSync(dir, { recursive: true }))

  async function hash(entry: string): Promise<string> {
    writeFileSync(join(dir, 'servers.yaml'), `version: 1\nservers: { a: ${entry} }\n`)
    const { servers } = await requireConfig({ path: join(dir, 'servers.yaml'), env: {}, cwd: dir })
    return servers[0]?.launchHash ?? ''
  }

  const base = '{ command: x, args: [a, b], cwd: c, env: { A: "1", B: "2" }, inheritEnv: [C] }'
  const different = [
    base.replace('command: x', 'command: y'),
    base.replace('[a, b]', '[a]'),
    base.replace('[a, b]', '[b, a]'),
    base.replace('[a, b]', '["a,b"]'),
    base.replace('cwd: c', 'cwd: d'),
    base.replace('"1"', '"3"'),
    base.replace('B:', 'C:'),
    base.replace('"1"', '"${env:X}"'),
    base.replace('[C]', '[]'),
    base.replace('[C]', '[C], inheritProxy: true'),
    base.replace('}', ', D: "" }').replace('inheritEnv', 'inheritEnv'),
    base.replace('{ command', '{ sandbox: required, command'),
    '{ url: "https://example.com/" }',
    '{ url: "https://example.com/", headers: { A: b } }',
    '{ url: "https://example.com/", caCert: ca.pem }',
    '{ url: "https://example.com/", caCert: other.pem }',
  ]
  const same = [
    base.replace('A: "1", B: "2"', 'B: 2, A: 1'),
    base.replace('{ command', '{ tools: { allow: ["*"] }, timeout: 1s, description: d, command'),
  ]

  test('differs', async () => {
    const hashes: string[] = []
    for (const entry of [base, ...different]) hashes.push(await hash(entry))
    expect(new Set(hashes).size).toBe(hashes.length)
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/)
  })

  test.each(same)('is the same for %s', async (entry) => {
    expect(await hash(entry)).toBe(await hash(base))
  })
})

async function failure(promise: Promise<unknown>): Promise<SidemuxError> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(error instanceof SidemuxError)) throw new Error('expected a SidemuxError')
  return error
}

describe('what is wrong with the file itself is thrown (promise 1)', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-file-'))
  afterAll(() => rmSync(dir, { recursive: true }))

  test('a file that is not there says how to begin', async () => {
    const error = await failure(loadConfig({ path: 'none.yaml', env: {}, cwd: dir }))
    expect(error.message).toBe(`${join(dir, 'none.yaml')}, named by --config, does not exist`)
    expect(error.hint).toContain("paste your host's `mcpServers` object")
    expect(error.exitCode).toBe(2)
  })

  test('$SIDEMUX_CONFIG that leads nowhere is not passed over', async () => {
    writeFileSync(join(dir, 'servers.yaml'), 'version: 1\nservers: {}\n')
    const error = await failure(loadConfig({ env: { SIDEMUX_CONFIG: 'gone.yaml' }, cwd: dir }))
    expect(error.message).toContain('named by $SIDEMUX_CONFIG, does not exist')
  })

  test('no file at all names the places', async () => {
    const empty = join(dir, 'empty')
    mkdirSync(empty)
    const error = await failure(
      loadConfig({ env: { HOME: empty, XDG_CONFIG_HOME: join(empty, 'xdg') }, cwd: empty }),
    )
    expect(error.message).toContain(join(empty, 'servers.yaml'))
    expect(error.message).toContain(join(empty, 'xdg', 'sidemux', 'servers.yaml'))
    expect(error.exitCode).toBe(2)
  })

  test('a directory is no file', async () => {
    const error = await failure(loadConfig({ path: dir, env: {}, cwd: dir }))
    expect(error.message).toBe(`${dir} is not a file`)
  })

  test('requireConfig lists the errors, and no warnings', async () => {
    const file = join(dir, 'bad.yaml')
    writeFileSync(file, 'version: 1\nservers: { A: { command: x, foo: 1, trust: true }, b: {} }\n')
    const error = await failure(requireConfig({ path: file, env: {}, cwd: dir }))
    expect(error.exitCode).toBe(2)
    expect(error.message).toBe(
      "bad.yaml can't be used:\n" +
        'bad.yaml:2:29: unknown key "foo" in "A"\n' +
        '  hint: known here: command, args, cwd, env, inheritEnv, inheritProxy, install, url, headers, oauth, allowPrivate, caCert, type, environments, disabled, allowSecretsInArgs, leases, auth, timeout, startTimeout, drain, start, idle, replace, stopGrace, sandbox, limits, description, tools, prompts, resources, sampling, elicitation, roots, apps, rateLimit, validate, maxResult, pin\n' +
        'bad.yaml:2:52: "b" has neither "command" nor "url"\n' +
        '  hint: give the program to start as `command:`, or the address of a remote server as `url:`',
    )
  })
})

test('a sandbox that is not there is told at its place, required or not (promise 1)', async () => {
  const config = await accepted(
    'version: 1\nservers:\n  a: { command: x }\n  b: { command: x, sandbox: required }\n  c: { command: x, sandbox: off }\n',
  )
  const marks = confinedMarks(config, { kind: 'none', why: 'this is a test', hint: 'run it elsewhere' })
  expect(marks).toEqual([
    {
      line: 4,
      col: 29,
      severity: 'error',
      message: '"b" requires a sandbox, and nothing is confined here, since this is a test',
      hint: expect.stringMatching(/^run it elsewhere; or set "sandbox: auto"/),
    },
    {
      line: 3,
      col: 3,
      severity: 'warning',
      message: expect.stringMatching(
        /^a runs unconfined, since this is a test\. .*promises 2, 3, 4, 6 and 8/,
      ),
      hint: 'run it elsewhere',
    },
  ])
  expect(confinedMarks(config, { kind: 'bubblewrap', program: '/usr/bin/bwrap' })).toEqual([])
})

test('what an entry does not say of its sandbox is as in defaults', async () => {
  const { servers } = await accepted(
    'version: 1\nservers:\n  a: { command: x, sandbox: { read: [/srv] } }\n  b: { command: x, sandbox: off }\n  c: { command: x }\n' +
      'defaults: { sandbox: { mode: required, network: none, write: [/data] } }\n',
  )
  const all = { network: { kind: 'none' }, write: ['/data'], devices: [] }
  expect(servers.map(({ sandbox }) => sandbox)).toEqual([
    { ...all, mode: 'required', read: ['/srv'] },
    { ...all, mode: 'off', read: [] },
    { ...all, mode: 'required', read: [] },
  ])
})
