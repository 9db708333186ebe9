import { describe, expect, it } from 'vitest'
import { Redactor } from '../../src/redact/redactor.ts'
import { parseTemplate, type Template } from '../../src/secrets/reference.ts'
import { Resolver } from '../../src/secrets/resolve.ts'
import { failure, type Store, type StoreErrorCode } from '../../src/secrets/store.ts'
import { WatchHealth } from '../../src/secrets/watch-health.ts'
import { prepareLaunch, type CommonSpec, type LaunchDeps, type LocalSpec } from '../../src/upstream/launch.ts'
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
    command: template('node'),
    args: (change.args ?? []).map(template),
    cwd: template('.'),
    env: new Map(Object.entries(change.env ?? {}).map(([name, source]) => [name, template(source)])),
    inheritEnv: change.inheritEnv ?? [],
    allowSecretsInArgs: change.allow ?? false,
    leases: new Map(),
    sandbox: 'auto',
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
    health: new WatchHealth(() => {}),
    onLease: () => {},
    environment,
    platform: 'linux',
    execPath: '/opt/node/bin/node',
    vault: new LoginVault('/nowhere'),
    onSecrets: (id, secrets) => redactor.add(id, secrets),
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

  it('does not happen unconfined where a sandbox is required (promise 1)', async () => {
    const attempt = prepareLaunch({ ...spec(), sandbox: 'required' }, deps().made, never)
    await expect(attempt).rejects.toMatchObject({ hint: expect.stringContaining('sandbox: auto') })
  })
})
