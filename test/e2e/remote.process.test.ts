/** Remote servers through the whole sidecar: the same pipeline, verdicts, masks and audit as for local ones. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  startRemote,
  type RemoteKind,
  type RemoteOptions,
  type RemoteServer,
} from '../servers/remote/http.mjs'
import { startOAuth, type OAuthServer } from '../servers/remote/oauth.mjs'
import { startSessions } from '../servers/remote/sessions.mjs'
import { audit } from './reload.ts'
import { runHere } from './run-here.ts'
import { HereHost, host1Here, host2Here } from './serve-here.ts'
import {
  APPROVE,
  everythingIn,
  place,
  RawHost,
  textOf,
  traces,
  until,
  type Connect,
  type Place,
} from './support.ts'

const SECRET = 'rmt_ü"\\/+ &?Zk93hQ7x'.replace('ü', 'u')

async function server(kind: RemoteKind, options: RemoteOptions = {}): Promise<RemoteServer> {
  const started = await startRemote(kind, options)
  onTestFinished(() => started.close())
  return started
}

async function loginServer(options: Parameters<typeof startOAuth>[0] = {}): Promise<OAuthServer> {
  const started = await startOAuth(options)
  onTestFinished(() => started.close())
  return started
}

/** A browser that follows redirects and shows nothing. */
const BROWSER = `
let at = process.argv.at(-1)
for (let hops = 0; hops < 10 && at !== null; hops += 1) {
  const response = await fetch(at, { redirect: 'manual' })
  await response.text()
  const next = response.headers.get('location')
  at = next === null ? null : new URL(next, at).href
}
`

/** By its whole path: browsers are not started in the directory of servers.yaml. */
function browserFile(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-browser-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const file = join(dir, 'browser.mjs')
  writeFileSync(file, BROWSER)
  return file
}

function farAt({ url }: { readonly url: string }, entry: Record<string, unknown> = {}): Place {
  const yaml = [
    'version: 1',
    'environment: test',
    // On a busy machine a first list may wait for less than a server takes.
    'defaults: { listWait: 50s }',
    'secrets: { local: { type: dotenv, path: .env } }',
    `servers: { far: ${JSON.stringify({ url, ...entry })} }`,
    `approvals: { channels: [elicitation], browser: ${JSON.stringify([process.execPath, browserFile()])} }`,
  ].join('\n')
  return place(yaml, { '.env': `TOKEN='${SECRET}'\n` })
}

function expectClean(text: string, secret: string): void {
  for (const trace of traces(secret)) expect(text.includes(trace), trace).toBe(false)
}

const REMOTES: [string, RemoteKind, Record<string, unknown>][] = [
  ['Streamable HTTP of SDK 2.4', 'sdk2', {}],
  ['Streamable HTTP of SDK 1.32', 'sdk1', { type: 'http' }],
  ['SSE of SDK 1.32', 'sse', { type: 'sse' }],
]
/** Of another SDK or of another era than the server. */
const HOST_FOR: Readonly<Record<RemoteKind, Connect>> = {
  sdk2: host1Here,
  sdk1: async (where, options) => host2Here(where, 'legacy', options),
  sse: async (where, options) => host2Here(where, '2026-07-28', options),
}

// What a host speaks is read before the corridor, and what a server speaks behind it: each once, not each with each.
describe.each(REMOTES)('%s', (_name, kind, entry) => {
  it('lists, calls, asks first, masks and writes down (promises 2, 3, 4, 6 and 8)', async () => {
    const far = await server(kind)
    const where = farAt(far, { ...entry, headers: { 'X-Api-Key': '${local:TOKEN}' } })
    const host = await HOST_FOR[kind](where, { elicit: () => APPROVE, env: { SIDEMUX_LOG: 'trace' } })
    const names = (await host.tools()).map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['far_echo', 'far_delete_all']))
    expect(textOf(await host.call('far_echo', { text: 'hello' }))).toBe('hello')
    expect(far.requests.at(-1)?.headers['x-api-key']).toBe(SECRET)
    expect(textOf(await host.call('far_get_secret'))).toBe('it is [redacted:far.X-Api-Key]')
    expect(textOf(await host.call('far_delete_all'))).toBe('deleted')
    expect(far.calls).toEqual([['echo', 'hello'], ['delete_all']])
    await host.close()
    await until(() => far.sockets.size === 0, 'nothing is left behind')
    expect(far.sessions.size).toBe(0)
    expectClean(everythingIn(where.state) + host.stderr(), SECRET)
    const phases = audit(where)
      .filter(({ type }) => type === 'server')
      .map(({ phase }) => phase)
    expect(phases).toEqual(['config', 'launch', 'connected'])
    expect(audit(where).filter(({ type }) => type === 'approval').length).toBeGreaterThan(0)
  })
})

it('does not run what nobody said yes to (promise 4)', async () => {
  const far = await server('sdk2')
  const host = await host1Here(farAt(far), { elicit: () => ({ action: 'decline' }) })
  expect(await host.call('far_delete_all')).toMatchObject({ isError: true })
  expect(far.calls).toEqual([])
  await host.close()
})

describe('a login', () => {
  it('from the first start to the logout: no token in argv, output, log, audit or a plain file', async () => {
    const auth = await loginServer()
    const far = await server('sdk2', auth.protect())
    const where = farAt(far)
    const seen: string[] = []

    const host = await host1Here(where, { env: { SIDEMUX_LOG: 'trace' } })
    expect(await host.tools()).toEqual([])
    const before = await runHere(where, ['login', '--status', '--json'])
    expect(JSON.parse(before.stdout)).toEqual([{ server: 'far', login: 'none' }])

    const login = await runHere(where, ['login', 'far'])
    seen.push(login.stdout, login.stderr)
    expect(login).toMatchObject({ code: 0, stderr: '' })
    expect(login.stdout).toContain('logged in to far; the login is kept ')

    // The sidecar that waits for it connects by itself.
    await until(() => audit(where).some(({ phase }) => phase === 'connected'), 'the sidecar is connected')
    expect(textOf(await host.call('far_echo', { text: 'in' }))).toBe('in')
    expect(textOf(await host.call('far_get_secret'))).toMatch(/^it is Bearer \[redacted:far access token\]$/)

    const status = await runHere(where, ['login', '--status'])
    seen.push(status.stdout)
    expect(status.stdout).toMatch(/far +logged in/)

    // A new access token is masked before it is used.
    auth.state.access.clear()
    expect(textOf(await host.call('far_get_secret'))).toMatch(/^it is Bearer \[redacted:far access token\]$/)
    expect(auth.state.refreshes).toBe(1)

    const logout = await runHere(where, ['logout', 'far'])
    seen.push(logout.stdout, logout.stderr)
    expect(logout.stdout).toContain('its login server has ended the login')
    expect(auth.state.revoked).toBe(1)
    expect((await runHere(where, ['logout', 'far'])).stdout).toBe('nobody was logged in to far\n')
    await host.close()

    const tokens = [...auth.state.access.keys(), ...auth.state.refresh.keys()]
    expect(tokens.length).toBeGreaterThan(1)
    const everything = everythingIn(where.state) + host.stderr() + seen.join('\n')
    for (const token of tokens) expectClean(everything, token)
  })

  it('is told to a host that calls before anybody has logged in', async () => {
    const auth = await loginServer()
    const far = await server('sdk2', auth.protect())
    const where = farAt(far)
    const { code, stderr } = await runHere(where, ['call', 'far', 'echo', '--args', '{"text":"x"}'])
    expect(code).toBe(1)
    expect(stderr).toContain('far did not start: "far" needs a login.')
    expect(stderr).toContain('run "sidemux login far"')
    const tools = await runHere(where, ['tools'])
    expect(tools.stderr).toContain('"far" needs a login.')
    expect(auth.state.requests).toEqual([])
  })

  it('that permits too little is widened by the next one, which says by what', async () => {
    const auth = await loginServer()
    const far = await server('sdk2', auth.protect({ scope: 'read' }))
    far.faults.push(({ request, response, body }) => {
      const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
      if (!body.includes('"tools/call"') || auth.scopeOf(bearer)?.includes('write') === true) return undefined
      const challenge =
        'Bearer error="insufficient_scope", scope="write \\\u00e9vil", error_description="words"'
      response.writeHead(403, { 'www-authenticate': challenge }).end()
      return true
    })
    const where = farAt(far)
    const first = await runHere(where, ['login', 'far'])
    expect(first).toMatchObject({ code: 0, stdout: expect.not.stringContaining('wanted') })
    const host = await host1Here(where)
    const told = textOf(await host.call('far_echo', { text: 'x' }))
    expect(told).toContain('Run "sidemux login far", which asks for what it lacks.')
    expect(told).not.toMatch(/write|vil|words/)
    const second = await runHere(where, ['login', 'far'])
    expect(second.stdout).toContain('the server has wanted to be permitted besides: write\n')
    expect(auth.state.authorizations.map(({ scope }) => scope)).toEqual(['read', 'read write'])
    // The sidecar that runs uses it from now on.
    expect(textOf(await host.call('far_echo', { text: 'permitted' }))).toBe('permitted')
    await host.close()
  })

  it('with a client of its own takes the secret from a store', async () => {
    const auth = await loginServer({
      registration: false,
      clients: { mine: { client_secret: 'client-s3cret-9' } },
    })
    const far = await server('sdk2', auth.protect())
    const where = farAt(far, { oauth: { clientId: 'mine', clientSecret: '${env:CLIENT_SECRET}' } })
    const login = await runHere({ ...where, env: { ...where.env, CLIENT_SECRET: 'client-s3cret-9' } }, [
      'login',
      'far',
    ])
    expect(login).toMatchObject({ code: 0 })
    expect(everythingIn(where.state) + login.stdout).not.toContain('client-s3cret-9')
  })

  it('is refreshed by one of two sidecars each time, and both stay logged in', async () => {
    const auth = await loginServer({ tokenDelayMs: 150 })
    const far = await server('sdk2', auth.protect())
    const where = farAt(far)
    expect(await runHere(where, ['login', 'far'])).toMatchObject({ code: 0 })
    const hosts = await Promise.all([host1Here(where), host1Here(where)])
    await Promise.all(hosts.map((host) => host.tools()))
    for (let round = 1; round <= 4; round += 1) {
      auth.state.access.clear()
      const replies = await Promise.all(
        hosts.flatMap((host) => [1, 2, 3].map((at) => host.call('far_echo', { text: `${round}.${at}` }))),
      )
      expect(replies.map(textOf)).toEqual([1, 2, 3, 1, 2, 3].map((at) => `${round}.${at}`))
      expect(auth.state.refreshes).toBe(round)
    }
    expect(auth.state.reuse).toBe(0)
    await Promise.all(hosts.map((host) => host.close()))
  })

  const REFUSED: [string, Record<string, unknown>, string][] = [
    [
      'has its credentials in headers',
      { headers: { Authorization: 'Bearer ${local:TOKEN}' } },
      'far has its credentials in "headers", so nobody logs in there',
    ],
    ['asks for none', {}, '"far" doesn\'t ask for a login'],
  ]
  it.each(REFUSED)('is refused at a server that %s', async (_name, entry, message) => {
    const far = await server('sdk2')
    const { code, stderr } = await runHere(farAt(far, entry), ['login', 'far'])
    expect(code).toBeGreaterThan(0)
    expect(stderr).toContain(message)
  })

  it('is refused at a server that is not there, with the one that is meant', async () => {
    const far = await server('sdk2')
    const { stderr } = await runHere(farAt(far), ['login', 'fra'])
    expect(stderr).toContain('there is no server "fra"')
    expect(stderr).toContain('did you mean "sidemux login far"?')
  })
})

it('a secret in the url is refused, unless the entry allows it', async () => {
  const far = await server('sdk2')
  const url = `${far.url}?key=\${env:API_KEY}`
  const where = farAt(far, { url })
  where.env['API_KEY'] = SECRET
  const refused = await runHere(where, ['tools'])
  expect(refused.stderr).toContain(
    'the value is a secret (API_KEY), and an address is written into many logs',
  )
  expectClean(refused.stderr + refused.stdout, SECRET)
  expect(far.requests).toEqual([])
})

it('a sidecar that is killed leaves no connection (promise 8)', async () => {
  const far = await server('sdk1')
  const host = new RawHost(farAt(far))
  await host.initialize()
  await host.request('tools/list')
  expect(far.sockets.size).toBeGreaterThan(0)
  host.process.kill('SIGKILL')
  await until(() => far.sockets.size === 0, 'its connections are closed')
})

describe('a session that the server has forgotten', () => {
  const tool = (name: string): Record<string, unknown> => ({ name, inputSchema: { type: 'object' } })
  const start = async (names: readonly string[], entry: Record<string, unknown> = {}) => {
    const far = await startSessions({ tools: names.map(tool) })
    onTestFinished(() => far.close())
    return { far, where: farAt(far, entry) }
  }

  it("costs neither a call nor a human's second yes", async () => {
    const { far, where } = await start(['delete_page'])
    let asked = 0
    const elicit = (): typeof APPROVE => {
      asked += 1
      far.forget()
      return APPROVE
    }
    const host = await host1Here(where, { elicit })
    expect(textOf(await host.call('far_delete_page', {}))).toBe('ran 1')
    expect(asked).toBe(1)
    expect(far.state).toMatchObject({ runs: 1, initialized: 2 })
  })

  it('takes a yes for another definition along to nowhere', async () => {
    const { far, where } = await start(['delete_page'])
    const elicit = (): typeof APPROVE => {
      far.settings.tools = [{ ...tool('delete_page'), description: 'deletes everything' }]
      far.forget()
      return APPROVE
    }
    const host = await host1Here(where, { elicit })
    expect(textOf(await host.call('far_delete_page', {}))).toContain('so the call was not made')
    expect(far.state.runs).toBe(0)
  })

  it('is news to the host only where a list is another one in the next session', async () => {
    const { far, where } = await start(['get_note'], { tools: { allow: ['*'] } })
    const host = new HereHost(where)
    await host.initialize()
    await host.request('tools/list')
    const changes = (): number =>
      host.received.filter(({ method }) => method === 'notifications/tools/list_changed').length
    const before = changes()
    far.forget()
    expect((await host.request('tools/call', { name: 'far_get_note' })).result).toBeDefined()
    far.forget({ endStreams: true })
    await until(() => far.state.initialized === 3, 'it is noticed')
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(changes()).toBe(before)
    far.settings.tools = [tool('get_note'), tool('get_more')]
    far.forget({ endStreams: true })
    await until(() => changes() === before + 1, 'the host is told')
  })
})
