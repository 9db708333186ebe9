import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { StoreError } from '../../../src/secrets/store.ts'
import { LocalBook } from '../../../src/secrets/stores/local/book.ts'
import { Claim, lastClaim } from '../../../src/state/claim.ts'
import { thisProcess } from '../../../src/state/holder.ts'
import { guardedFetch } from '../../../src/upstream/remote/guarded.ts'
import { loginName, type Login } from '../../../src/upstream/remote/oauth/login.ts'
import { TokenSession } from '../../../src/upstream/remote/oauth/session.ts'
import { LoginMoved, LoginVault, type OwnLogin } from '../../../src/upstream/remote/oauth/vault.ts'
import type { RemoteServer } from '../../servers/remote/http.mjs'
import type { OAuthServer } from '../../servers/remote/oauth.mjs'
import { call, startFleet, textOf } from '../harness.ts'
import { loginAt, oauth, remote, remoteSpec, stateDir, until } from './support.ts'

/** The book of logins can't be written, as on a full disk, until the function that comes back is called. */
function blockBook(): () => void {
  const full = new StoreError('unavailable', 'the logins can not be written (ENOSPC)')
  const change = vi.spyOn(LocalBook.prototype, 'change').mockRejectedValue(full)
  return () => change.mockRestore()
}

interface Rig {
  readonly auth: OAuthServer
  readonly server: RemoteServer
  readonly dir: string
  readonly login: Login
  readonly name: string
  readonly session: (clientId?: string) => TokenSession
  readonly secrets: string[]
}

async function rig(options: Parameters<typeof oauth>[0] = {}): Promise<Rig> {
  const auth = await oauth(options)
  const server = await remote('sdk2', auth.protect())
  const dir = stateDir()
  const login = await loginAt(server, dir)
  const url = new URL(server.url)
  const name = loginName('far', url)
  const secrets: string[] = []
  return {
    auth,
    server,
    dir,
    login,
    name,
    secrets,
    session: (clientId) =>
      new TokenSession({
        serverId: 'far',
        name,
        vault: new LoginVault(dir),
        fetch: guardedFetch({ url, allowPrivate: false, env: {} }),
        clientId,
        onSecrets: (added) => secrets.push(...added.map((secret) => secret.reveal())),
        now: Date.now,
      }),
  }
}

const refused = async (session: TokenSession, token: string): Promise<void> => {
  const response = new Response(null, { status: 401 })
  await session.carried(response, `Bearer ${token}`)
  await session.onUnauthorized({ response })
}

describe('the tokens of a login', () => {
  it('are handed out as they are while they are good', async () => {
    const { auth, login, session } = await rig()
    expect(await session().token()).toBe(login.tokens?.access)
    expect(auth.state.refreshes).toBe(0)
  })

  it('are refreshed before they end, kept before they are used, and known to the redactor first', async () => {
    const { auth, login, session, dir, name, secrets } = await rig({ lifetimeS: 5 })
    const token = await session().token()
    expect(token).not.toBe(login.tokens?.access)
    expect(auth.state.refreshes).toBe(1)
    expect((await new LoginVault(dir).read(name))?.tokens?.access).toBe(token)
    expect(secrets).toEqual(expect.arrayContaining([token, login.tokens?.access, login.tokens?.refresh]))
  })

  it('are refreshed once, however many ask at once in one sidecar', async () => {
    const { auth, session } = await rig({ lifetimeS: 5, tokenDelayMs: 100 })
    auth.switches.lifetimeS = 3600
    const one = session()
    const tokens = await Promise.all(Array.from({ length: 20 }, () => one.token()))
    expect(new Set(tokens).size).toBe(1)
    expect(auth.state.refreshes).toBe(1)
  })

  it('are refreshed once for all sidecars, and nobody is logged out', async () => {
    const { auth, login, session } = await rig({ tokenDelayMs: 100 })
    const all = Array.from({ length: 8 }, () => session())
    let spent = login.tokens?.access ?? ''
    for (let round = 1; round <= 3; round += 1) {
      await Promise.all(all.map((one) => one.token()))
      await Promise.all(all.map((one) => refused(one, spent)))
      const tokens = new Set(await Promise.all(all.map((one) => one.token())))
      expect(tokens.size).toBe(1)
      const [next = ''] = tokens
      expect(next).not.toBe(spent)
      spent = next
      expect(auth.state.refreshes).toBe(round)
    }
    expect(auth.state.reuse).toBe(0)
  })

  it('are read again once, and not for each request, when a server keeps saying that they permit too little', async () => {
    const { login, session, dir, name, secrets } = await rig()
    const one = session()
    const found = secrets.length
    for (let request = 0; request < 5; request += 1) {
      expect(await one.token()).toBe(login.tokens?.access)
      const headers = { 'www-authenticate': 'Bearer error="insufficient_scope", scope="write"' }
      await one.carried(new Response(null, { status: 403, headers }), `Bearer ${login.tokens?.access}`)
    }
    expect((await new LoginVault(dir).read(name))?.wanted).toEqual(['write'])
    // At first, to keep what it wants, and to see whether another login came meanwhile; each tells two tokens.
    expect(secrets.length - found).toBeLessThanOrEqual(6)
  })

  it('that another sidecar has refreshed are taken over without asking', async () => {
    const { auth, login, session } = await rig()
    const [first, second] = [session(), session()]
    await Promise.all([first.token(), second.token()])
    await refused(first, login.tokens?.access ?? '')
    await refused(second, login.tokens?.access ?? '')
    expect(await second.token()).toBe(await first.token())
    expect(auth.state.refreshes).toBe(1)
  })

  it('stay as they are when the login server does not answer now', async () => {
    const { auth, login, session, dir, name } = await rig()
    const one = session()
    await one.token()
    auth.switches.tokenError = 'temporarily_unavailable'
    await expect(refused(one, login.tokens?.access ?? '')).rejects.toMatchObject({
      message: `the login of "far" can't be refreshed now (temporarily_unavailable).`,
      retryable: true,
    })
    expect((await new LoginVault(dir).read(name))?.tokens).toEqual(login.tokens)
    auth.switches.tokenError = undefined
    await refused(one, login.tokens?.access ?? '')
    expect(await one.token()).not.toBe(login.tokens?.access)
  })

  it('that are about to end are still used while the login server does not answer', async () => {
    const { auth, login, session } = await rig({ lifetimeS: 20 })
    auth.switches.tokenError = 'server_error'
    expect(await session().token()).toBe(login.tokens?.access)
  })

  describe('whose refresh was answered and the answer lost, as when the machine sleeps,', () => {
    it('are refreshed by the next request where the login server gives a time of grace', async () => {
      const { auth, login, session, dir, name } = await rig({ graceMs: 60_000 })
      const one = session()
      await one.token()
      auth.switches.loseAnswer = true
      await expect(refused(one, login.tokens?.access ?? '')).rejects.toMatchObject({ retryable: true })
      expect(auth.state.refreshes).toBe(1)
      expect((await new LoginVault(dir).read(name))?.tokens).toEqual(login.tokens)
      auth.switches.loseAnswer = false
      await refused(one, login.tokens?.access ?? '')
      expect(await one.token()).not.toBe(login.tokens?.access)
      expect(auth.state.reuse).toBe(0)
    })

    it('end where it gives none, with what to do', async () => {
      const { auth, login, session } = await rig()
      const one = session()
      await one.token()
      auth.switches.loseAnswer = true
      await expect(refused(one, login.tokens?.access ?? '')).rejects.toMatchObject({ retryable: true })
      auth.switches.loseAnswer = false
      await expect(refused(one, login.tokens?.access ?? '')).rejects.toMatchObject({
        hint: 'run "sidemux login far"',
      })
      expect(auth.state.refreshes).toBe(1)
    })
  })

  it('end when the login server says so, for all sidecars, with what to do', async () => {
    const { auth, login, session, dir, name } = await rig()
    const one = session()
    await one.token()
    auth.state.refresh.clear()
    await expect(refused(one, login.tokens?.access ?? '')).rejects.toMatchObject({
      message: '"far" needs a new login: its login server has ended the one that was there.',
      hint: 'run "sidemux login far"',
    })
    expect((await new LoginVault(dir).read(name))?.tokens).toBeUndefined()
    expect(await session().token()).toBeUndefined()
  })

  it('without a refresh token end with the access token', async () => {
    const { login, session } = await rig({ refresh: false })
    const one = session()
    expect(await one.token()).toBe(login.tokens?.access)
    await expect(refused(one, login.tokens?.access ?? '')).rejects.toMatchObject({
      message: '"far" needs a new login: the one that was there has ended.',
    })
  })

  it('of another client than that of servers.yaml are not used', async () => {
    const { session } = await rig()
    expect(await session('another').token()).toBeUndefined()
  })

  it('that were refreshed and could not be kept are kept before anything else', async () => {
    const { auth, login, session, dir, name } = await rig()
    const one = session()
    await one.token()
    const stop = blockBook()
    await expect(refused(one, login.tokens?.access ?? '')).rejects.toMatchObject({ retryable: true })
    stop()
    const token = await one.token()
    expect(auth.state.refreshes).toBe(1)
    expect((await new LoginVault(dir).read(name))?.tokens?.access).toBe(token)
  })

  it.each([
    ['another login', (own: OwnLogin, login: Login): Promise<unknown> => own.write(login)],
    ['a logout', (own: OwnLogin): Promise<unknown> => own.delete()],
  ])('that were refreshed and could not be kept do not undo %s', async (_what, change) => {
    const { login, session, dir, name } = await rig()
    const one = session()
    await one.token()
    const stop = blockBook()
    await expect(refused(one, login.tokens?.access ?? '')).rejects.toMatchObject({ retryable: true })
    stop()
    const tokens = { ...login.tokens, access: 'of-the-other-login' }
    await new LoginVault(dir).alone(name, (own) => change(own, { ...login, tokens }))
    const now = (await new LoginVault(dir).read(name))?.tokens?.access
    expect(await one.token()).toBe(now)
    expect((await new LoginVault(dir).read(name))?.tokens?.access).toBe(now)
  })

  it('that come after another process went ahead, because this one was suspended, are not kept', async () => {
    const { login, dir, name } = await rig()
    const vault = new LoginVault(dir)
    const newer = { ...login, tokens: { ...login.tokens, access: 'newer' } }
    const late = vault.alone(name, async (own) => {
      const next = Claim.make(join(dir, 'logins', name), lastClaim(join(dir, 'logins', name)).number + 1)
      next?.release()
      await vault.alone(name, (other) => other.write(newer))
      await expect(own.write(login)).rejects.toBeInstanceOf(LoginMoved)
      await own.delete()
    })
    await expect(late).rejects.toBeInstanceOf(LoginMoved)
    expect((await vault.read(name))?.tokens?.access).toBe('newer')
  })

  it('are free again after a sidecar died with the lock', async () => {
    const { auth, login, session, dir, name } = await rig()
    const gone = spawnSync(process.execPath, ['--version']).pid
    const lock = join(dir, 'locks', `logins-${name}.9`)
    writeFileSync(lock, JSON.stringify({ ...thisProcess(), pid: gone }))
    const one = session()
    await one.token()
    await refused(one, login.tokens?.access ?? '')
    expect(auth.state.refreshes).toBe(1)
  })
})

describe('a server with a login', () => {
  const start = async (options: Parameters<typeof oauth>[0] = {}) => {
    const found = await rig(options)
    const { fleet, child } = startFleet([remoteSpec('far', found.server.url, { stateDir: found.dir })])
    await fleet.settled()
    return { ...found, fleet, child: child('far') }
  }

  it('is called with its token', async () => {
    const { child, login } = await start()
    expect(textOf(await call(child, 'get_secret'))).toBe(`it is Bearer ${login.tokens?.access}`)
  })

  it('that refuses a token gets a new one, and the call once', async () => {
    const { auth, server, child } = await start()
    auth.state.access.clear()
    expect(textOf(await call(child, 'echo', { text: 'once' }))).toBe('once')
    expect(server.calls).toEqual([['echo', 'once']])
    expect(auth.state.refreshes).toBe(1)
  })

  it('refreshes once for many calls that are refused at once', async () => {
    const { auth, server, child } = await start({ tokenDelayMs: 50 })
    auth.state.access.clear()
    const replies = await Promise.all(
      Array.from({ length: 12 }, (_, at) => call(child, 'echo', { text: `${at}` })),
    )
    expect(replies.map(textOf)).toEqual(Array.from({ length: 12 }, (_, at) => `${at}`))
    expect(server.calls).toHaveLength(12)
    expect(auth.state.refreshes).toBe(1)
    expect(auth.state.reuse).toBe(0)
  })

  it('that takes no token of its login server says so', async () => {
    const { child } = await start({ audience: 'https://another.example/mcp' })
    expect(child.state).toMatchObject({
      kind: 'failed',
      reason: '"far" does not accept the token of its login (HTTP 401).',
      hint: 'run "sidemux login far"',
    })
  })

  it('is down when the login ends, says what to do, and is back by itself after a login', async () => {
    const { auth, server, child, dir } = await start()
    auth.state.access.clear()
    auth.state.refresh.clear()
    expect(await call(child, 'echo', { text: 'x' })).toMatchObject({
      kind: 'unavailable',
      reason: '"far" lost its login during the call.',
    })
    await until(() => child.state.kind === 'failed', 'it is down')
    expect(await call(child, 'echo', { text: 'x' })).toMatchObject({
      kind: 'unavailable',
      reason: '"far" needs a login.',
      hint: 'run "sidemux login far"',
    })
    await loginAt(server, dir)
    await until(() => child.state.kind === 'ready', 'it is back')
    expect(textOf(await call(child, 'echo', { text: 'back' }))).toBe('back')
  })

  it('hands its tokens to nobody else when its login server hangs', async () => {
    const { auth, child } = await start()
    auth.state.access.clear()
    auth.switches.hang = '/token'
    const reply = await call(child, 'echo', { text: 'x' }, { timeoutMs: 1000 })
    expect(reply.kind).toBe('timeout')
  })
})
