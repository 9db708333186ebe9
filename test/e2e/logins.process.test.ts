/** One login and several sidecars, with a login server that ends the login when a refresh token comes twice (promise 8). */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { describe, expect, it } from 'vitest'
import { startRemote, type RemoteServer } from '../servers/remote/http.mjs'
import { startOAuth, type OAuthServer } from '../servers/remote/oauth.mjs'
import { runHere } from './run-here.ts'
import { atEnd, CLI, place, shared, textOf, until, yamlOf, type Place } from './support.ts'

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
  atEnd(async () => {
    await far.close()
    await auth.close()
  })
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-browser-'))
  atEnd(() => rmSync(dir, { recursive: true, force: true }))
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
  atEnd(() => client.close())
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

it('two sidecars with tokens of eight seconds and a slow login server lose no call, and spend no token twice', async () => {
  const began = performance.now()
  const { where, auth } = await rig({ lifetimeS: 8, tokenDelayMs: 500 })
  const both = await Promise.all([sidecar(where), sidecar(where)])
  await Promise.all(
    both.map(async (one, at) => {
      // A busy machine needs longer for as many.
      for (let calls = 0; calls < 3 || auth.state.refreshes < 2; calls += 1) {
        const text = `${at}.${calls}`
        expect(await one.echo(text)).toBe(text)
        await pause(250)
      }
      expect(await one.echo('last')).toBe('last')
    }),
  )
  expect(auth.state.reuse).toBe(0)
  // None before each call: no more than one for two thirds of a life each, with the time that the starts take.
  const lives = (performance.now() - began) / 8000
  expect(auth.state.refreshes).toBeLessThanOrEqual(1 + lives * 1.5)
})

describe('sidecars that share a login', () => {
  const three = shared(async () => {
    const made = await rig()
    const [one, two, apart] = await Promise.all([
      sidecar(made.where),
      sidecar(made.where),
      sidecar(made.where, HAS_NAMESPACES ? UNSHARE : []),
    ])
    return { ...made, one, two, apart }
  })

  /** Their tokens are refused from now on, and the login server is slow. */
  function refuse(
    auth: OAuthServer,
    tokenDelayMs: number,
  ): { readonly asked: number; readonly refreshes: number } {
    auth.switches.tokenDelayMs = tokenDelayMs
    forget(auth)
    return { asked: asked(auth), refreshes: auth.state.refreshes }
  }

  it('refresh once when their tokens are refused at once, in one PID namespace and in two', async () => {
    const { auth, one, two, apart } = await three()
    const { refreshes } = refuse(auth, 1500)
    const texts = await Promise.all([one, two, apart].flatMap((each) => [each.echo('a'), each.echo('b')]))
    expect(texts).toEqual(['a', 'b', 'a', 'b', 'a', 'b'])
    expect(auth.state).toMatchObject({ refreshes: refreshes + 1, reuse: 0 })
  })

  it.each(['before the login server has been asked', 'when it is about to answer'])(
    'lose no login when one is killed %s',
    async (moment) => {
      const { where, auth, one: stays } = await three()
      const killed = await sidecar(where)
      await killed.echo('up')
      const before = refuse(auth, 700)
      const lost = killed.echo('x').catch(() => 'killed')
      if (moment.startsWith('before')) await pause(60)
      else {
        await until(() => asked(auth) > before.asked, 'the login server is asked')
        await pause(650)
      }
      process.kill(killed.pid, 'SIGKILL')
      await lost
      expect(await stays.echo('stays')).toBe('stays')
      expect(auth.state.reuse).toBe(0)
    },
  )

  it.each([
    ['the stdin of who asked is closed', (asker: Sidecar) => asker.close()],
    ['who asked is told to end', async (asker: Sidecar) => void process.kill(asker.pid, 'SIGTERM')],
  ])('keep a refresh that takes 8 s though %s meanwhile, and nothing is left then', async (_name, end) => {
    const { where, auth, one: stays } = await three()
    const ends = await sidecar(where)
    await ends.echo('up')
    const before = refuse(auth, 8000)
    void ends.echo('x').catch(() => undefined)
    await until(() => asked(auth) > before.asked, 'the login server is asked')
    await end(ends)
    expect(await stays.echo('next')).toBe('next')
    expect(asked(auth)).toBe(before.asked + 1)
    expect(auth.state).toMatchObject({ refreshes: before.refreshes + 1, reuse: 0 })
    await until(() => refreshing(where).length === 0, 'the process of the refresh has ended')
  })
})
