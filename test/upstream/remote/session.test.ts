import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { StoreError } from '../../../src/secrets/store.ts'
import { BookError } from '../../../src/state/book-error.ts'
import { Book } from '../../../src/state/book.ts'
import { Claim, lastClaim } from '../../../src/state/claim.ts'
import { thisProcess } from '../../../src/state/holder.ts'
import { guardedFetch } from '../../../src/upstream/remote/guarded.ts'
import { loginName, type OAuthLogin } from '../../../src/upstream/remote/oauth/login.ts'
import { refresh } from '../../../src/upstream/remote/oauth/refresh.ts'
import { TokenSession } from '../../../src/upstream/remote/oauth/session.ts'
import { LoginMoved, LoginVault, type OwnLogin } from '../../../src/upstream/remote/oauth/vault.ts'
import type { RemoteServer } from '../../servers/remote/http.mjs'
import type { OAuthServer } from '../../servers/remote/oauth.mjs'
import { call, startFleet, textOf } from '../harness.ts'
import { loginAt, oauth, remote, remoteSpec, stateDir, until } from './support.ts'
import { onTestFinished, together } from '../../together.ts'

together()

/** The book of logins can't be written, as on a full disk, until the function that comes back is called. */
function blockBook(): () => void {
  const full = new BookError('the logins can not be written (ENOSPC)')
  const change = vi.spyOn(Book.prototype, 'changeSlowly').mockRejectedValue(full)
  return () => change.mockRestore()
}

interface Rig {
  readonly auth: OAuthServer
  readonly server: RemoteServer
  readonly dir: string
  readonly login: OAuthLogin
  readonly name: string
  readonly session: (clientId?: string) => TokenSession
  readonly secrets: string[]
  /** The clock of the sessions, which stands still since the login, goes on. */
  readonly later: (ms: number) => void
}

async function rig(options: Parameters<typeof oauth>[0] = {}): Promise<Rig> {
  const auth = await oauth(options)
  const server = await remote('sdk2', auth.protect())
  const dir = stateDir()
  const login = await loginAt(server, dir)
  const url = new URL(server.url)
  const name = loginName('far', url)
  const secrets: string[] = []
  const vault = new LoginVault(dir)
  let laterMs = 0
  const now = (): number => Date.parse(login.at) + laterMs
  const fetch = guardedFetch({ url, allowPrivate: false, env: {} })
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
        vault,
        refresh: (job) => refresh(job, { vault, fetch, now }),
        clientId,
        onSecrets: (added) => secrets.push(...added.map((secret) => secret.reveal())),
        now,
      }),
    later: (ms) => {
      laterMs += ms
    },
  }
}

const start = async (options: Parameters<typeof oauth>[0] = {}) => {
  const found = await rig(options)
  const { fleet, child } = startFleet([remoteSpec('far', found.server.url, { stateDir: found.dir })])
  await fleet.settled()
  return { ...found, fleet, child: child('far') }
}

const refused = (session: TokenSession, token: string): Promise<void> => session.refused(token)

describe.concurrent('the tokens of a login', () => {
  it('are handed out as they are while they are good', async () => {
    const { auth, login, session } = await rig()
    expect(await session().token()).toBe(login.tokens?.access)
    expect(auth.state.refreshes).toBe(0)
  })

  it('are refreshed before they end, kept before they are used, and known to the redactor first', async () => {
    const { auth, login, session, dir, name, secrets, later } = await rig({ lifetimeS: 90 })
    expect(await session().token()).toBe(login.tokens?.access)
    later(61_000)
    const token = await session().token()
    expect(token).not.toBe(login.tokens?.access)
    expect(auth.state.refreshes).toBe(1)
    expect((await new LoginVault(dir).read(name))?.tokens?.access).toBe(token)
    expect(secrets).toEqual(expect.arrayContaining([token, login.tokens?.access, login.tokens?.refresh]))
  })

  it.each([3, 20, 30, 60, 3600])(
    'of %i s are refreshed once a life, and not before each request',
    async (lifetimeS) => {
      const { auth, session, later } = await rig({ lifetimeS })
      const one = session()
      const ahead = Math.min(30_000, Math.floor((lifetimeS * 1000) / 3))
      for (let at = 0; at < 10; at += 1) await one.token()
      expect(auth.state.refreshes).toBe(0)
      later(lifetimeS * 1000 - ahead)
      for (let at = 0; at < 10; at += 1) await one.token()
      expect(auth.state.refreshes).toBe(1)
    },
  )

  const odd: Record<string, unknown>[] = [
    { expires_in: 0 },
    { expires_in: -3600 },
    { expires_in: null },
    { expires_in: '' },
    { expires_in: '0' },
    { expires_in: '3600' },
    { expires_in: '1 hour' },
    { expires_in: 'Infinity' },
    { expires_in: 1e300 },
    { expires_in: {} },
    { expires_in: [60] },
    { expires_in: undefined },
    { scope: null },
    { scope: ['read', 'write'] },
    { token_type: undefined },
    { token_type: null },
    { id_token: null },
    { issuer: 7, error: 'no error' },
  ]
  it.each(odd)('are taken from an answer that is not quite one: %j', async (tokens) => {
    const { auth, session } = await rig()
    auth.switches.tokens = tokens
    const one = session()
    let spent = (await one.token()) ?? ''
    for (const refreshes of [1, 2]) {
      await refused(one, spent)
      const token = (await one.token()) ?? ''
      for (let at = 0; at < 5; at += 1) expect(await one.token()).toBe(token)
      expect(token).not.toBe(spent)
      expect(auth.state).toMatchObject({ refreshes, reuse: 0 })
      spent = token
    }
  })

  it.each([{ refresh_token: null }, { refresh_token: undefined }, { refresh_token: '' }])(
    'come with the refresh token that there was, where the answer has none: %j',
    async (tokens) => {
      const { auth, login, session, dir, name } = await rig()
      auth.switches.tokens = tokens
      const one = session()
      await refused(one, (await one.token()) ?? '')
      const kept = await new LoginVault(dir).read(name)
      expect(kept?.tokens?.refresh).toBe(login.tokens?.refresh)
      expect(kept?.tokens?.access).not.toBe(login.tokens?.access)
    },
  )

  it('are refreshed once, however many ask at once in one sidecar', async () => {
    const { auth, session, later } = await rig({ lifetimeS: 60, tokenDelayMs: 100 })
    later(45_000)
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
      await one.wants(['write'])
    }
    expect((await new LoginVault(dir).read(name))?.wanted).toEqual(['write'])
    // At first, to keep what it wants, and to see whether another login came meanwhile; each tells two tokens.
    expect(secrets.length - found).toBeLessThanOrEqual(6)
  })

  it('are those of a login that was made elsewhere, from the next request on, and none after a logout', async () => {
    const { auth, login, session, dir, name } = await rig()
    const sessions = [session(), session()]
    const tokens = (): Promise<unknown[]> => Promise.all(sessions.map((one) => one.token()))
    expect(await tokens()).toEqual([login.tokens?.access, login.tokens?.access])
    const tokensOf = { access: 'another-access-token', refresh: 'another-refresh-token' }
    await new LoginVault(dir).alone(name, async (own) => own.write({ ...login, tokens: tokensOf }))
    expect(await tokens()).toEqual([tokensOf.access, tokensOf.access])
    await new LoginVault(dir).alone(name, async (own) => own.delete())
    expect(await tokens()).toEqual([undefined, undefined])
    expect(auth.state.refreshes).toBe(0)
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

  it('are given up as a whole by a login server that sends its callers on, and takes its time each time', async () => {
    const { login, name, dir } = await rig()
    let asked = 0
    const slow = createServer((_request, response) => {
      asked += 1
      setTimeout(() => response.writeHead(307, { location: '/on' }).end(), 200)
    })
    await once(slow.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => void slow.close())
    const vault = new LoginVault(dir)
    const tokenEndpoint = `http://127.0.0.1:${(slow.address() as AddressInfo).port}/token`
    await vault.alone(name, (own) => own.write({ ...login, tokenEndpoint }))
    const fetch = guardedFetch({ url: new URL(tokenEndpoint), allowPrivate: false, env: {} })
    const job = { serverId: 'far', name, spent: login.tokens?.access }
    const deps = { vault, fetch, now: Date.now, withinMs: 500 }
    expect(await refresh(job, deps)).toMatchObject({ kind: 'unavailable' })
    // The SDK would follow it five times.
    expect(asked).toBeLessThan(6)
  })

  it('that are about to end are still used while the login server does not answer', async () => {
    const { auth, login, session, later } = await rig({ lifetimeS: 20 })
    later(15_000)
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
    // Above every process id that a kernel gives.
    const gone = 2 ** 30
    const lock = join(dir, 'locks', `logins-${name}.9`)
    writeFileSync(lock, JSON.stringify({ ...thisProcess(), pid: gone }))
    const one = session()
    await one.token()
    await refused(one, login.tokens?.access ?? '')
    expect(auth.state.refreshes).toBe(1)
  })
})

describe.concurrent('a server with a login', () => {
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

  it('hands its tokens to nobody else when its login server hangs', async () => {
    const { auth, child } = await start()
    auth.state.access.clear()
    auth.switches.hang = '/token'
    const reply = await call(child, 'echo', { text: 'x' }, { timeoutMs: 1000 })
    expect(reply.kind).toBe('timeout')
  })
})

// What these change holds for the whole process.
describe('the tokens of a login', () => {
  const another = { access: 'another-access-token', refresh: 'another-refresh-token' }

  it('are read again when they could not be read at once', async () => {
    const { login, session, dir, name } = await rig()
    const one = session()
    await one.token()
    await new LoginVault(dir).alone(name, async (own) => own.write({ ...login, tokens: another }))
    const locked = new StoreError('unavailable', 'the keychain is locked')
    const read = vi.spyOn(LoginVault.prototype, 'read').mockRejectedValueOnce(locked)
    onTestFinished(() => read.mockRestore())
    expect(await one.token()).toBe(login.tokens?.access)
    expect(await one.token()).toBe(another.access)
  })

  it('are those of the other login for every request that comes while it is read', async () => {
    const { login, session, dir, name } = await rig()
    const one = session()
    await one.token()
    await new LoginVault(dir).alone(name, async (own) => own.write({ ...login, tokens: another }))
    const kept = new LoginVault(dir).read(name)
    const read = vi.spyOn(LoginVault.prototype, 'read').mockImplementation(async () => {
      await pause(100)
      return kept
    })
    onTestFinished(() => read.mockRestore())
    const first = one.token()
    await pause(50)
    expect(await Promise.all([first, one.token()])).toEqual([another.access, another.access])
  })

  it('that were refreshed and could not be kept are kept before anything else', async () => {
    const { auth, login, session, dir, name } = await rig()
    const one = session()
    await one.token()
    const stop = blockBook()
    await expect(refused(one, login.tokens?.access ?? '')).rejects.toMatchObject({ retryable: true })
    stop()
    // Also by the next session, as when the server has ended this one meanwhile.
    const token = await session().token()
    expect(auth.state).toMatchObject({ refreshes: 1, reuse: 0 })
    expect((await new LoginVault(dir).read(name))?.tokens?.access).toBe(token)
  })

  it.each([
    ['another login', (own: OwnLogin, login: OAuthLogin): Promise<unknown> => own.write(login)],
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
})

describe('a server with a login', () => {
  it('is down when the login ends, says what to do, and is back by itself after a login', async () => {
    const { auth, server, child, dir } = await start()
    auth.state.access.clear()
    auth.state.refresh.clear()
    const told = {
      kind: 'unavailable',
      reason: '"far" needs a new login: its login server has ended the one that was there.',
      hint: 'The call did not run. Run "sidemux login far".',
    }
    expect(await call(child, 'echo', { text: 'first' })).toEqual(told)
    expect(await call(child, 'echo', { text: 'second' })).toEqual(told)
    // A later one tries to connect once more.
    const realNow = performance.now.bind(performance)
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => realNow() + 5200)
    onTestFinished(() => clock.mockRestore())
    expect(await call(child, 'echo', { text: 'third' })).toEqual(told)
    expect(child.state).toMatchObject({ kind: 'failed', hint: 'run "sidemux login far"' })
    expect(server.calls).toEqual([])
    await loginAt(server, dir)
    await until(() => child.state.kind === 'ready', 'it is back')
    expect(textOf(await call(child, 'echo', { text: 'back' }))).toBe('back')
  })
})
