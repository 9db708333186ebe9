import { sandboxRules } from '../../src/confine/options.ts'
import { describe, expect, it } from 'vitest'
import { Redactor } from '../../src/redact/redactor.ts'
import { parseTemplate, type Template } from '../../src/secrets/reference.ts'
import { Resolver } from '../../src/secrets/resolve/resolve.ts'
import { failure, type Store, type StoreErrorCode } from '../../src/secrets/store.ts'
import { WatchHealth } from '../../src/secrets/resolve/watch-health.ts'
import {
  prepareLaunch,
  type CommonSpec,
  type LaunchDeps,
  type LocalSpec,
} from '../../src/upstream/launch/launch.ts'
import { LoginVault } from '../../src/upstream/remote/oauth/vault.ts'

const never = new AbortController().signal

function template(source: string): Template {
  const parsed = parseTemplate(source)
  if (!parsed.ok) throw new Error('bad template')
  return parsed.template
}

function spec(
  change: { args?: string[]; env?: Record<string, string>; inheritEnv?: string[]; allow?: boolean } = {},
): CommonSpec & LocalSpec {
  return {
    kind: 'stdio',
    id: 'box',
    launchHash: 'launch',
    command: template('node'),
    args: (change.args ?? []).map(template),
    cwd: template('.'),
    env: new Map(Object.entries(change.env ?? {}).map(([name, source]) => [name, template(source)])),
    brokered: new Map(),
    inheritEnv: change.inheritEnv ?? [],
    allowSecretsInArgs: change.allow ?? false,
    leases: new Map(),
    isCwdGiven: false,
    sandbox: sandboxRules('auto'),
    dir: '/etc/sidemux',
    where: (field) => `servers.yaml:${field}`,
  }
}

const store = (answer: string, isError = false): Store => ({
  type: 'test',
  validate: () => [],
  resolve: async (references) =>
    references.map(() => (isError ? failure(answer as StoreErrorCode, 'no') : { ok: true, value: answer })),
  close: async () => {},
})

function deps(stores: Record<string, Store> = {}, environment: NodeJS.ProcessEnv = {}) {
  const redactor = new Redactor()
  const launched: string[] = []
  const made: LaunchDeps = {
    resolver: new Resolver({
      stores: new Map(Object.entries(stores)),
      env: environment,
      baseDir: '/',
      deadlineMs: 200,
    }),
    keeper: {
      lease: async () => Promise.reject(new Error('no lease is wanted here')),
      renew: async () => undefined,
      revoke: async () => 'gone',
      onLost: () => () => {},
      onEnded: () => () => {},
    },
    confinement: {
      confiner: async () => ({ kind: 'none', why: 'this is a test', hint: 'run it elsewhere' }),
      closed: async () => [],
      protect: () => [],
      home: () => '/nowhere',
      wayOut: async () => Promise.reject(new Error('no way out is wanted here')),
    },
    packaging: async () => Promise.reject(new Error('no package is wanted here')),
    health: new WatchHealth(() => {}),
    onLease: () => {},
    environment,
    platform: 'linux',
    execPath: '/opt/node/bin/node',
    vault: new LoginVault('/nowhere'),
    onSecrets: (id, secrets) => redactor.add(id, secrets),
    placeholderSeed: 'test',
    onDelivery: async () => {},
    onUses: async () => {},
    onLaunch: async (id) => void launched.push(id),
    secretsIn: (text) => [...redactor.secretsIn(text).keys()],
  }
  return { made, redactor, launched }
}

describe('a launch', () => {
  it('composes the environment and masks what references brought in (promises 2 and 3)', async () => {
    const { made, redactor, launched } = deps(
      { team: store('s3cret-value') },
      { HOME: '/home/dev', PATH: '/bin', OTHER: 'x' },
    )
    const launch = await prepareLaunch(
      spec({ env: { TOKEN: 'Bearer ${team:/x}', PLAIN: 'plain-value-1' } }),
      made,
      never,
    )
    expect(launch).toEqual({
      hold: launch.hold,
      command: 'node',
      args: [],
      cwd: '/etc/sidemux',
      env: {
        HOME: '/home/dev',
        PATH: '/opt/node/bin:/bin',
        TOKEN: 'Bearer s3cret-value',
        PLAIN: 'plain-value-1',
      },
    })
    expect(redactor.maskText('s3cret-value plain-value-1').text).toBe('[redacted:box.TOKEN] plain-value-1')
    expect(launched).toEqual(['box'])
  })

  it('masks literals and inherited values whose names say secret', async () => {
    const { made, redactor } = deps({}, { MY_API_KEY: 'inherited-key-1', EDITOR: 'vi' })
    await prepareLaunch(
      spec({ env: { GITHUB_TOKEN: 'pasted-token-1' }, inheritEnv: ['MY_API_KEY', 'EDITOR'] }),
      made,
      never,
    )
    expect(redactor.maskText('pasted-token-1 inherited-key-1 vi').text).toBe(
      '[redacted:box.GITHUB_TOKEN] [redacted:box.MY_API_KEY] vi',
    )
  })

  const refused: [string, CommonSpec & LocalSpec, Record<string, string>, string][] = [
    [
      'a variable named like a secret',
      spec({ args: ['--key=${env:API_KEY}'] }),
      { API_KEY: 'whatever' },
      'servers.yaml:args.0',
    ],
    [
      'a value that is a secret elsewhere',
      spec({ args: ['${env:PLAIN}'], env: { TOKEN: '${env:PLAIN}' } }),
      { PLAIN: 'same-value-1' },
      'servers.yaml:args.0',
    ],
    [
      'a literal that is a secret elsewhere',
      spec({ args: ['x', '--t=pasted-token-1'], env: { TOKEN: 'pasted-token-1' } }),
      {},
      'servers.yaml:args.1',
    ],
  ]
  it.each(refused)(
    'refuses %s in args, where others can read it',
    async (_what, which, environment, where) => {
      const { made, launched } = deps({}, environment)
      const attempt = prepareLaunch(which, made, never)
      await expect(attempt).rejects.toThrow(where)
      await expect(attempt).rejects.toMatchObject({ hint: expect.stringContaining('allowSecretsInArgs') })
      await expect(attempt).rejects.not.toThrow(/whatever|same-value-1|pasted-token-1/)
      expect(launched).toEqual([])
    },
  )

  it('lets it pass where the entry says so, and plain variables always', async () => {
    const environment = { API_KEY: 'whatever', PORT: '8080' }
    expect(
      (
        await prepareLaunch(
          spec({ args: ['${env:API_KEY}', '${env:PORT}'], allow: true }),
          deps({}, environment).made,
          never,
        )
      ).args,
    ).toEqual(['whatever', '8080'])
    expect(
      (await prepareLaunch(spec({ args: ['${env:PORT}'] }), deps({}, environment).made, never)).args,
    ).toEqual(['8080'])
  })

  it('takes the path of a file for no secret, whatever its variable is called and where it comes from', async () => {
    const directory = '/tmp/hS8kQzLpR2vX9b'
    const path = `${directory}/oauth.json`
    const inherited = { SSH_PRIVATE_KEY: path, OTHER_KEY: path }
    const { made, redactor } = deps({}, inherited)
    const named = spec({
      args: ['--config', path],
      env: { GOOGLE_OAUTH_CREDENTIALS: path, OTHER_KEY: '${env:OTHER_KEY}' },
      inheritEnv: ['SSH_PRIVATE_KEY'],
    })
    const launch = await prepareLaunch({ ...named, dir: directory }, made, never)
    expect([launch.cwd, launch.args]).toEqual([directory, ['--config', path]])
    expect(redactor.maskText(`${path} ${directory}`).hits).toBe(0)
  })

  describe('a token in plain in args', () => {
    const token = ['gh', 'p_', 'a1B2'.repeat(9)].join('')

    it('is masked, starts again as often as it has to, and in another server too', async () => {
      const { made, redactor } = deps({}, { HOST: 'db.example.net' })
      const which = spec({ args: ['-e', `A=${token}`, `postgres://app:hunter22@\${env:HOST}/x`] })
      for (const id of ['box', 'box', 'other']) {
        const launch = await prepareLaunch({ ...which, id }, made, never)
        expect(launch.args[1]).toBe(`A=${token}`)
      }
      expect(redactor.maskText(`${token} hunter22 db.example.net`).text).toBe(
        '[redacted:box.args.1] [redacted:box.args.2] db.example.net',
      )
    })

    it('is refused when a variable brings it, whatever that is called, and where env has it too', async () => {
      for (const [which, environment] of [
        [spec({ args: ['${env:CFG}'] }), { CFG: token }],
        [spec({ args: ['--x=${env:CFG}'] }), { CFG: `https://me:${token}@x.example` }],
        [spec({ args: ['-e', `T=${token}`], env: { CFG: token, A_TOKEN: token } }), {}],
      ] as const) {
        const attempt = prepareLaunch(which, deps({}, environment).made, never)
        await expect(attempt).rejects.toThrow(/servers\.yaml:args\.\d: the value is a secret/)
      }
    })

    it('is masked where the entry lets a reference bring it', async () => {
      const { made, redactor } = deps({}, { CFG: 'no-known-form' })
      await prepareLaunch(spec({ args: ['${env:CFG}'], allow: true }), made, never)
      expect(redactor.maskText('no-known-form').text).toBe('[redacted:box.args.0]')
    })

    it('of a container that gets a secret in args, the hint is how docker takes it from env', async () => {
      const attempt = prepareLaunch(
        spec({ args: ['run', '-i', '-e', 'A_TOKEN=${env:A_TOKEN}', 'image'] }),
        deps({}, { A_TOKEN: 'whatever' }).made,
        never,
      )
      await expect(attempt).rejects.toMatchObject({
        hint: 'write `-e A_TOKEN` in args, without a value, and env: { A_TOKEN: "${env:A_TOKEN}" }, so that docker passes it on from there, or set allowSecretsInArgs: true for box; if it is no secret, write ${plain:env:A_TOKEN}',
      })
    })
  })

  it('puts the mark of what runs above into every environment, whatever the entry says', async () => {
    for (const env of [{}, { ABOVE: 'none' }, { above: 'none' }]) {
      const made: LaunchDeps = { ...deps().made, above: { name: 'ABOVE', value: 'a,b' } }
      const launch = await prepareLaunch(spec({ env, inheritEnv: ['ABOVE'] }), made, never)
      expect(launch.env).toEqual({ PATH: '/opt/node/bin', ABOVE: 'a,b' })
    }
  })

  const failures: [StoreErrorCode, boolean][] = [
    ['not_found', false],
    ['denied', false],
    ['auth', false],
    ['unavailable', true],
    ['rate_limited', true],
    ['timeout', true],
  ]
  it.each(failures)(
    'names reference and line when a secret is %s; worth another try: %s (promise 1)',
    async (code, retryable) => {
      const { made, launched } = deps({ team: store(code, true) })
      const attempt = prepareLaunch(spec({ env: { TOKEN: '${team:/x}' } }), made, never)
      await expect(attempt).rejects.toThrow(/^servers\.yaml:env\.TOKEN: .*\$\{team:\/x\}/)
      await expect(attempt).rejects.toMatchObject({ retryable })
      expect(launched).toEqual([])
    },
  )

  it('does not happen when it can not be written down (promise 6)', async () => {
    const { made } = deps()
    const attempt = prepareLaunch(
      spec(),
      { ...made, onLaunch: async () => Promise.reject(new Error('disk full')) },
      never,
    )
    await expect(attempt).rejects.toThrow('disk full')
  })

  it('does not happen at all for a confined server whose program is not there (promise 1)', async () => {
    const { made } = deps()
    const confinement = {
      ...made.confinement,
      confiner: async () => ({ kind: 'bubblewrap', program: '/usr/bin/bwrap' }) as const,
    }
    const attempt = prepareLaunch(
      { ...spec(), command: template('/not/there'), sandbox: sandboxRules('required') },
      { ...made, confinement },
      never,
    )
    await expect(attempt).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it.each([
    ['a sandbox is required', 'required', 'sandbox: auto'],
    ['it is to have no network', { network: 'none' }, 'sandbox.network to "all"'],
    ['it may reach named hosts only', { network: ['api.example.com'] }, 'sandbox.network to "all"'],
  ] satisfies [string, Parameters<typeof sandboxRules>[0], string][])(
    'does not happen unconfined where %s (promise 1)',
    async (_, option, hint) => {
      const attempt = prepareLaunch({ ...spec(), sandbox: sandboxRules(option) }, deps().made, never)
      await expect(attempt).rejects.toMatchObject({ hint: expect.stringContaining(hint) })
    },
  )
})
