/** A refresh in a process of its own, from where it was built: it goes on without whoever asked for it. */
import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { loginName, type OAuthLogin } from '../../../src/upstream/remote/oauth/login.ts'
import { refreshApart, type Order } from '../../../src/upstream/remote/oauth/refresh-apart.ts'
import { LoginVault } from '../../../src/upstream/remote/oauth/vault.ts'
import { remoteTarget } from '../../../src/upstream/remote/target.ts'
import type { OAuthServer } from '../../servers/remote/oauth.mjs'
import { loginAt, oauth, remote, stateDir, template, until } from './support.ts'

const program = resolve(import.meta.dirname, '../../../dist/upstream/remote/oauth/refresh-main.js')

async function rig(options: Parameters<typeof oauth>[0] = {}): Promise<{
  auth: OAuthServer
  login: OAuthLogin
  order: Order
  kept: () => Promise<OAuthLogin | undefined>
}> {
  expect(existsSync(program), 'run "npm run build" first').toBe(true)
  const auth = await oauth(options)
  const server = await remote('sdk2', auth.protect())
  const dir = stateDir()
  const login = await loginAt(server, dir)
  const name = loginName('far', new URL(server.url))
  const job = { serverId: 'far', name, spent: login.tokens?.access }
  const order = { job, stateDir: dir, url: server.url, allowPrivate: false }
  return { auth, login, order, kept: () => new LoginVault(dir).read(name) }
}

it('keeps the new tokens, and asks for none where there are new ones already', async () => {
  const { auth, login, order, kept } = await rig()
  expect(await refreshApart(order, {}, program)).toEqual({ kind: 'kept' })
  expect((await kept())?.tokens?.access).not.toBe(login.tokens?.access)
  expect(await refreshApart(order, {}, program)).toEqual({ kind: 'kept' })
  expect(auth.state).toMatchObject({ refreshes: 1, reuse: 0 })
})

it('says that the login server has ended the login', async () => {
  const { auth, order, kept } = await rig()
  auth.state.refresh.clear()
  expect(await refreshApart(order, {}, program)).toEqual({ kind: 'ended', byServer: true })
  expect((await kept())?.tokens).toBeUndefined()
})

it('says that the login server does not answer now, or that there is no such process', async () => {
  const { auth, login, order, kept } = await rig()
  auth.switches.tokenError = 'server_error'
  const away = { kind: 'unavailable', message: expect.stringContaining('(server_error)') as string }
  expect(await refreshApart(order, {}, program)).toMatchObject(away)
  expect(await refreshApart(order, {}, join(order.stateDir, 'none.js'))).toMatchObject({
    kind: 'unavailable',
  })
  expect(await kept()).toEqual(login)
})

it('is made in the sidecar itself where no process can be started, as after an upgrade of Node', async () => {
  const { auth, login, order } = await rig()
  const { execPath } = process
  process.execPath = join(order.stateDir, 'gone')
  onTestFinished(() => void (process.execPath = execPath))
  const { session } = await remoteTarget(
    {
      kind: 'remote',
      url: template(order.url),
      headers: new Map(),
      transport: 'http',
      allowPrivate: false,
      oauth: {},
    },
    new Map([['url', { value: order.url, secrets: [] }]]),
    {
      serverId: 'far',
      environment: {},
      vault: new LoginVault(order.stateDir),
      refreshApart: (asked) => refreshApart(asked, {}, program),
      onSecrets: () => undefined,
      where: (field) => field,
    },
  )
  expect(await session?.token()).toBe(login.tokens?.access)
  await session?.refused(login.tokens?.access)
  expect(await session?.token()).not.toBe(login.tokens?.access)
  expect(auth.state).toMatchObject({ refreshes: 1, reuse: 0 })
})

it('gets of the environment what it needs, and no credentials of stores (promise 2)', async () => {
  const { order } = await rig()
  const teller = join(order.stateDir, 'teller.mjs')
  writeFileSync(
    teller,
    `const message = Object.values(process.env).join(' ')
    process.stdout.write(JSON.stringify({ kind: 'unavailable', message }))`,
  )
  const env = {
    INFISICAL_TOKEN: 'st-in-clear',
    AWS_SECRET_ACCESS_KEY: 'aws-in-clear',
    HTTPS_PROXY: 'http://proxy:1',
    no_proxy: 'inside',
    NODE_EXTRA_CA_CERTS: '/our.pem',
    DBUS_SESSION_BUS_ADDRESS: 'unix:path=/bus',
  }
  const told = await refreshApart(order, env, teller)
  const message = told?.kind === 'unavailable' ? told.message : ''
  for (const name of ['HTTPS_PROXY', 'no_proxy', 'NODE_EXTRA_CA_CERTS', 'DBUS_SESSION_BUS_ADDRESS'] as const)
    expect(message).toContain(env[name])
  expect(message).not.toContain('in-clear')
})

it('goes on when whoever asked for it is killed while the login server is slow, and others wait for it', async () => {
  const { auth, login, order, kept } = await rig({ tokenDelayMs: 1500 })
  const module = resolve(program, '../refresh-apart.js')
  const script = `import { refreshApart } from ${JSON.stringify(module)}
    await refreshApart(${JSON.stringify(order)}, process.env)`
  const asker = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' })
  onTestFinished(() => void asker.kill('SIGKILL'))
  await until(
    () => auth.state.requests.some(({ body }) => body.includes('grant_type=refresh_token')),
    'it is asked',
  )
  asker.kill('SIGKILL')
  expect(await refreshApart(order, {}, program)).toEqual({ kind: 'kept' })
  expect((await kept())?.tokens?.access).not.toBe(login.tokens?.access)
  expect(auth.state).toMatchObject({ refreshes: 1, reuse: 0 })
})
