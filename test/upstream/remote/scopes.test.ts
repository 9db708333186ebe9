/** A login that permits too little: what the server wants besides is kept, and asked for at the next login. */
import { describe, expect, it } from 'vitest'
import { scopesIn, unionOfScopes } from '../../../src/upstream/remote/oauth/scopes.ts'
import { loginName, type OAuthLogin } from '../../../src/upstream/remote/oauth/login.ts'
import { LoginVault } from '../../../src/upstream/remote/oauth/vault.ts'
import type { RemoteServer } from '../../servers/remote/http.mjs'
import type { OAuthServer } from '../../servers/remote/oauth.mjs'
import { call, startFleet, textOf, type TestFleet } from '../harness.ts'
import { loginAt, oauth, once, remote, remoteSpec, stateDir } from './support.ts'

const NOT_RUN = 'The call did not run.'

describe('scopes that a server names', () => {
  it.each<[string, string | undefined, string[]]>([
    ['none', undefined, []],
    ['an empty text', ' ', []],
    ['some, and one twice', 'repo  read:org repo', ['repo', 'read:org']],
    ['an address', 'https://www.example.com/auth/drive', ['https://www.example.com/auth/drive']],
    ['what is no scope', 'ok a"b c\\d \u001b[31mred é \u202eevil', ['ok']],
    ['one that is too long', `ok ${'x'.repeat(201)} ${'y'.repeat(200)}`, ['ok', 'y'.repeat(200)]],
  ])('%s', (_name, text, scopes) => {
    expect(scopesIn(text)).toEqual(scopes)
  })

  it('are kept up to 64, the first ones', () => {
    const many = Array.from({ length: 100 }, (_, at) => `s${at}`)
    expect(unionOfScopes(['first'], many)).toEqual(['first', ...many.slice(0, 63)])
  })
})

interface Rig extends TestFleet {
  readonly auth: OAuthServer
  readonly server: RemoteServer
  readonly dir: string
  readonly kept: () => Promise<OAuthLogin | undefined>
}

async function rig(options: Parameters<typeof oauth>[0] = {}): Promise<Rig> {
  const auth = await oauth(options)
  const server = await remote('sdk2', auth.protect({ scope: 'read' }))
  const dir = stateDir()
  await loginAt(server, dir)
  const fleet = startFleet([remoteSpec('far', server.url, { stateDir: dir })])
  await fleet.fleet.settled()
  const kept = (): Promise<OAuthLogin | undefined> =>
    new LoginVault(dir).read(loginName('far', new URL(server.url)))
  return { ...fleet, auth, server, dir, kept }
}

/** The next call is refused for want of these. */
function wantsMore(server: RemoteServer, scope: string, error = 'insufficient_scope'): void {
  once(server, 'tools/call', ({ response }) => {
    const words = scope === '' ? '' : `, scope="${scope}"`
    const challenge = `Bearer error="${error}"${words}, error_description="evil words"`
    response.writeHead(403, { 'www-authenticate': challenge }).end('evil words')
    return true
  })
}

const asked = (auth: OAuthServer): string[] => (auth.state.authorizations.at(-1)?.['scope'] ?? '').split(' ')

describe('a call that the login does not permit', () => {
  it('names the command that mends it, and the next login asks for the former and the new scopes', async () => {
    const { auth, server, dir, child, kept } = await rig()
    expect(asked(auth)).toEqual(['read'])
    wantsMore(server, 'write admin:all')
    expect(await call(child('far'), 'echo', { text: 'x' })).toEqual({
      kind: 'unavailable',
      reason: '"far" answered with HTTP 403: its login does not permit this.',
      hint: `${NOT_RUN} Run "sidemux login far", which asks for what it lacks.`,
    })
    expect((await kept())?.wanted).toEqual(['write', 'admin:all'])
    expect(textOf(await call(child('far'), 'echo', { text: 'others work' }))).toBe('others work')
    wantsMore(server, 'write more')
    await call(child('far'), 'echo', { text: 'x' })

    await loginAt(server, dir)
    expect(asked(auth).toSorted()).toEqual(['admin:all', 'more', 'read', 'write'])
    const login = await kept()
    expect(login?.wanted).toBeUndefined()
    expect(login?.tokens?.scope?.split(' ').toSorted()).toEqual(['admin:all', 'more', 'read', 'write'])

    await loginAt(server, dir)
    expect(asked(auth).toSorted()).toEqual(['admin:all', 'more', 'read', 'write'])
  })

  it('is permitted by a login that is made meanwhile, from the next call on', async () => {
    const { server, dir, child, kept } = await rig()
    wantsMore(server, 'write')
    await call(child('far'), 'echo', { text: 'x' })
    expect(textOf(await call(child('far'), 'echo', { text: 'still the former' }))).toBe('still the former')
    const former = server.requests.at(-1)?.headers['authorization']
    await loginAt(server, dir)
    expect(textOf(await call(child('far'), 'echo', { text: 'the new one' }))).toBe('the new one')
    expect(server.requests.at(-1)?.headers['authorization']).not.toBe(former)
    expect(server.requests.at(-1)?.headers['authorization']).toBe(`Bearer ${(await kept())?.tokens?.access}`)
  })

  it('is permitted by a login that is made meanwhile in every sidecar, without one more that fails', async () => {
    const { auth, server, dir, child, kept } = await rig()
    const others = [1, 2].map(() => startFleet([remoteSpec('far', server.url, { stateDir: dir })]))
    await Promise.all(others.map(({ fleet }) => fleet.settled()))
    const needs = (scope: string): void =>
      void server.faults.push(({ request, response, body }) => {
        const bearer = request.headers.authorization?.slice('Bearer '.length) ?? ''
        if (!body.includes('"tools/call"') || auth.scopeOf(bearer)?.includes(scope) === true) return undefined
        const challenge = `Bearer error="insufficient_scope", scope="read ${scope}"`
        response.writeHead(403, { 'www-authenticate': challenge }).end()
        return true
      })
    for (const scope of ['write', 'admin']) {
      needs(scope)
      expect(await call(child('far'), 'echo', { text: 'too little' })).toMatchObject({ kind: 'unavailable' })
      expect((await kept())?.wanted).toEqual([scope])
      await loginAt(server, dir)
      const all = [child('far'), ...others.map((other) => other.child('far'))]
      const replies = await Promise.all(
        all.flatMap((one) => [call(one, 'echo', { text: scope }), call(one, 'echo', { text: scope })]),
      )
      expect(replies.map(textOf)).toEqual(Array.from({ length: 6 }, () => scope))
      expect(server.calls.splice(0)).toHaveLength(6)
    }
  })

  it('says the same each time, and that it did not run', async () => {
    const { server, child } = await rig()
    const replies: unknown[] = []
    for (let at = 0; at < 3; at += 1) {
      wantsMore(server, 'write')
      replies.push(await call(child('far'), 'echo', { text: 'x' }))
    }
    expect(new Set(replies.map((reply) => JSON.stringify(reply))).size).toBe(1)
    expect(server.calls).toEqual([])
  })

  it('is not mended beyond what servers.yaml names', async () => {
    const { auth, server, dir, child } = await rig()
    wantsMore(server, 'admin:all')
    await call(child('far'), 'echo', { text: 'x' })
    await loginAt(server, dir, 'far', { scopes: ['read', 'write'] })
    expect(asked(auth)).toEqual(['read', 'write'])
  })

  it('that ends is begun again with all that it was permitted', async () => {
    const { auth, server, dir, child, kept } = await rig({ lifetimeS: 3600 })
    wantsMore(server, 'write')
    await call(child('far'), 'echo', { text: 'x' })
    await loginAt(server, dir)
    auth.state.access.clear()
    auth.state.refresh.clear()
    await call(child('far'), 'echo', { text: 'x' })
    await call(child('far'), 'echo', { text: 'x' })
    expect(await kept()).toMatchObject({ wanted: expect.arrayContaining(['read', 'write']) })
    expect((await kept())?.tokens).toBeUndefined()
    await loginAt(server, dir)
    expect(asked(auth).toSorted()).toEqual(['read', 'write'])
  })

  it.each<[string, string, string]>([
    ['of another kind', 'write', 'invalid_request'],
    ['that names nothing', '', 'insufficient_scope'],
    ['that names what it has', 'read', 'insufficient_scope'],
    ['that names what is no scope', 'a\\b \u00e9', 'insufficient_scope'],
  ])('by a refusal %s leaves the login as it is', async (_name, scope, error) => {
    const { server, child, kept, auth } = await rig()
    const before = await kept()
    wantsMore(server, scope, error)
    expect(await call(child('far'), 'echo', { text: 'x' })).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringContaining('with HTTP 403'),
    })
    expect(await kept()).toEqual(before)
    expect(auth.state.refreshes).toBe(0)
  })

  it('is told without a word of the server, and what is kept stays bounded', async () => {
    const { server, child, kept } = await rig()
    for (let round = 0; round < 5; round += 1) {
      wantsMore(server, Array.from({ length: 40 }, (_, at) => `evil${round}-${at}`).join(' '))
      const reply = await call(child('far'), 'echo', { text: 'x' })
      expect(JSON.stringify(reply)).not.toContain('evil')
    }
    expect((await kept())?.wanted?.length).toBeLessThanOrEqual(64)
  })

  it('keeps what several calls want at once', async () => {
    const { server, child, kept } = await rig()
    for (const scope of ['a', 'b', 'c', 'd']) wantsMore(server, scope)
    await Promise.all(['1', '2', '3', '4'].map((text) => call(child('far'), 'echo', { text })))
    expect((await kept())?.wanted?.toSorted()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('keeps what was wanted when its tokens are refreshed', async () => {
    const { server, child, kept, auth } = await rig()
    wantsMore(server, 'write')
    await call(child('far'), 'echo', { text: 'x' })
    auth.state.access.clear()
    expect(textOf(await call(child('far'), 'echo', { text: 'fresh' }))).toBe('fresh')
    expect(auth.state.refreshes).toBe(1)
    expect((await kept())?.wanted).toEqual(['write'])
  })
})
