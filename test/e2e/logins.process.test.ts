/** One login and several sidecars, with a login server that ends the login when a refresh token comes twice (promise 8). */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { expect, it, onTestFinished } from 'vitest'
import { startRemote, type RemoteServer } from '../servers/remote/http.mjs'
import { startOAuth, type OAuthServer } from '../servers/remote/oauth.mjs'
import { runHere } from './run-here.ts'
import { CLI, place, textOf, until, yamlOf, type Place } from './support.ts'

const BROWSER = `let at = process.argv.at(-1)
while (at) {
  const response = await fetch(at, { redirect: 'manual' })
  await response.text()
  const next = response.headers.get('location')
  at = next && new URL(next, at).href
}`

interface Rig {
  readonly where: Place
  readonly auth: OAuthServer
  readonly far: RemoteServer
}

/** Somebody has logged in. */
async function rig(options: Parameters<typeof startOAuth>[0] = {}): Promise<Rig> {
  const { tokenDelayMs = 0, ...others } = options
  const auth = await startOAuth(others)
  const far = await startRemote('sdk2', auth.protect())
  onTestFinished(async () => {
    await far.close()
    await auth.close()
  })
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-browser-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const browser = join(dir, 'browser.mjs')
  writeFileSync(browser, BROWSER)
  const approvals = { browser: [process.execPath, browser], channels: ['elicitation'] }
  const where = place(yamlOf({ version: 1, servers: { far: { url: far.url } }, approvals }))
  expect(await runHere(where, ['login', 'far'])).toMatchObject({ code: 0 })
  auth.switches.tokenDelayMs = tokenDelayMs
  return { where, auth, far }
}

interface Sidecar {
  readonly pid: number
  echo(text: string): Promise<string>
  close(): Promise<void>
}

/** @param within a program that runs it, such as one that gives it process ids of its own */
async function sidecar(where: Place, within: readonly string[] = []): Promise<Sidecar> {
  const client = new Client({ name: 'test-host', version: '1.0.0' }, { capabilities: {} })
  const [command, ...args] = [...within, process.execPath, CLI, 'serve', '--config', where.config]
  const transport = new StdioClientTransport({ command, args, env: where.env, stderr: 'ignore' })
  await client.connect(transport)
  onTestFinished(() => client.close())
  return {
    pid: transport.pid ?? 0,
    echo: async (text) => textOf(await client.callTool({ name: 'far_echo', arguments: { text } })),
    close: () => client.close(),
  }
}

/** The server takes none of the tokens any more that are older. */
function forget({ state, switches }: OAuthServer, olderThanMs = 0): void {
  const now = Date.now()
  for (const [token, { expiresAt }] of state.access)
    if (now - (expiresAt - switches.lifetimeS * 1000) >= olderThanMs) state.access.delete(token)
}

const asked = ({ state }: OAuthServer): number =>
  state.requests.filter(({ body }) => body.includes('grant_type=refresh_token')).length

/** Processes that refresh a login of that place; Linux tells. */
function refreshing({ state }: Place): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').filter((pid) => {
    try {
      const isOurs = readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`SIDEMUX_STATE_DIR=${state}`)
      return isOurs && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('refresh-main')
    } catch {
      return false
    }
  })
}

const UNSHARE = ['unshare', '-Urpf', '--mount-proc', '--kill-child']
const HAS_NAMESPACES = spawnSync('sh', ['-c', `${UNSHARE.join(' ')} true`]).status === 0
if (!HAS_NAMESPACES) process.stderr.write('no PID namespaces here: all sidecars run in one\n')

it('three sidecars with tokens of four seconds and a slow login server lose no call, and spend no token twice', async () => {
  const began = performance.now()
  const { where, auth } = await rig({ lifetimeS: 4, tokenDelayMs: 500 })
  const all = await Promise.all(Array.from({ length: 3 }, () => sidecar(where)))
  const end = Date.now() + 8000
  await Promise.all(
    all.map(async (one, at) => {
      // A busy machine needs longer for as many.
      for (let calls = 0; Date.now() < end || calls < 3 || auth.state.refreshes < 3; calls += 1) {
        const text = `${at}.${calls}`
        expect(await one.echo(text)).toBe(text)
        await pause(250)
      }
    }),
  )
  expect(auth.state.reuse).toBe(0)
  // None before each call: no more than one for two thirds of a life each, with the time that the starts take.
  const lives = (performance.now() - began) / 4000
  expect(auth.state.refreshes).toBeLessThanOrEqual(1 + lives * 1.5)
})

it.each([
  ['in one PID namespace', []],
  ['in two PID namespaces', HAS_NAMESPACES ? UNSHARE : []],
])('two sidecars %s whose tokens are refused at once refresh once', async (_name, within) => {
  const { where, auth } = await rig({ tokenDelayMs: 1500 })
  const both = [await sidecar(where), await sidecar(where, within)]
  for (let round = 1; round <= 2; round += 1) {
    forget(auth)
    const texts = await Promise.all(both.flatMap((one) => [one.echo('a'), one.echo('b')]))
    expect(texts).toEqual(['a', 'b', 'a', 'b'])
    expect(auth.state).toMatchObject({ refreshes: round, reuse: 0 })
  }
})

it('a sidecar that is killed at any moment of a refresh takes no login along', async () => {
  const { where, auth } = await rig({ tokenDelayMs: 700 })
  const stays = await sidecar(where)
  for (const afterMs of [undefined, 0, 650]) {
    const killed = await sidecar(where)
    await killed.echo('up')
    forget(auth)
    const before = asked(auth)
    const lost = killed.echo('x').catch(() => 'killed')
    // Before the login server has been asked, or so long after it was.
    if (afterMs === undefined) await pause(60)
    else {
      await until(() => asked(auth) > before, 'the login server is asked')
      await pause(afterMs)
    }
    process.kill(killed.pid, 'SIGKILL')
    await lost
    expect(await stays.echo('stays')).toBe('stays')
    expect(auth.state.reuse).toBe(0)
  }
})

it.each([
  ['its stdin is closed', (one: Sidecar) => one.close()],
  ['it is told to end', async (one: Sidecar) => void process.kill(one.pid, 'SIGTERM')],
])('a refresh that takes 8 s is kept though %s meanwhile, and nothing is left then', async (_name, end) => {
  const { where, auth } = await rig({ tokenDelayMs: 8000 })
  const ends = await sidecar(where)
  await ends.echo('up')
  forget(auth)
  void ends.echo('x').catch(() => undefined)
  await until(() => asked(auth) === 1, 'the login server is asked')
  await end(ends)
  const next = await sidecar(where)
  expect(await next.echo('next')).toBe('next')
  expect(auth.state).toMatchObject({ refreshes: 1, reuse: 0 })
  await until(() => refreshing(where).length === 0, 'the process of the refresh has ended')
})
