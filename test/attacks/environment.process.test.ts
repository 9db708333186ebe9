/** Promise 2: what a child finds in itself beyond its variables, and where the store's own credentials go. */
import { spawn } from 'node:child_process'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CLI, RawHost, everythingIn, host1, linesOf, textOf, until } from '../e2e/support.ts'
import { lair, tool } from './support.ts'

interface Surroundings {
  fds: [string, string][]
  cwd: string
  argv: string[]
  umask: string
  own: boolean
  tty: string
}

const LOOK = { tools: [tool('get_it')], do: { get_it: 'surroundings' } }

describe.skipIf(process.platform !== 'linux')('a child finds', () => {
  it('its three pipes and no file of the sidecar, the host or a sibling; a session of its own, and no terminal', async () => {
    const where = lair(LOOK, {
      rest: '  sib: { command: node, args: ["-e", "setInterval(() => {}, 1000)"] }\ndefaults: { listWait: 300ms }\n',
    })
    const secret = join(where.dir, 'host-secret')
    writeFileSync(secret, 'of the host')
    // A host that leaves descriptors open for everything it starts.
    const fd = openSync(secret, 'r')
    const stdio = Array.from({ length: 40 }, (_, index) => (index < 3 ? ('pipe' as const) : fd))
    const sidecar = spawn(process.execPath, [CLI, 'serve', '--config', where.config], {
      env: where.env,
      stdio,
    })
    closeSync(fd)
    onTestFinished(() => void sidecar.kill('SIGKILL'))
    let out = ''
    sidecar.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
    const send = (message: object): void =>
      void sidecar.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
    const params = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'raw', version: '1' },
    }
    send({ id: 1, method: 'initialize', params })
    send({ method: 'notifications/initialized' })
    send({ id: 2, method: 'tools/call', params: { name: 'evil_get_it', arguments: {} } })
    const answered = (): string | undefined => linesOf(out).find((line) => line.includes('"id":2'))
    await until(() => answered() !== undefined, 'an answer')
    const { result } = JSON.parse(answered() ?? '') as { result: Record<string, unknown> }
    const seen = JSON.parse(textOf(result)) as Surroundings
    for (const [, target] of seen.fds)
      expect(target).not.toMatch(/sidemux-|\.jsonl|servers\.yaml|sidemux\.log/)
    const pipes = seen.fds.filter(([, target]) => /^(?:pipe|socket):/.test(target)).map(([number]) => number)
    expect(pipes).toEqual(expect.arrayContaining(['0', '1', '2']))
    expect(seen).toMatchObject({ cwd: where.dir, own: true, tty: '0' })
    expect(seen.argv.join(' ')).not.toContain(where.config)
  })
})

describe('the store’s own credentials', () => {
  it('a child that read them anyway can’t hand them to the host, nor to a sibling', async () => {
    const credential = 'infisical-client-secret-5d41402abc'
    const result = { content: [{ type: 'text', text: `found ${credential}` }] }
    const where = lair(
      { tools: [tool('get_it'), tool('get_more', {})], replies: { get_it: { result } } },
      {
        rest: 'secrets: { team: { type: infisical, siteUrl: "http://127.0.0.1:9", projectId: p, environment: dev, auth: { method: universal-auth, clientId: "${env:INFISICAL_CLIENT_ID}", clientSecret: "${env:INFISICAL_CLIENT_SECRET}" } } }\n',
      },
    )
    const env = { INFISICAL_CLIENT_ID: 'client-id', INFISICAL_CLIENT_SECRET: credential }
    const host = await host1(where, { env })
    await host.tools()
    expect(textOf(await host.call('evil_get_it'))).not.toContain(credential)
    expect((await host.call('evil_get_more', { text: credential }))['isError']).toBe(true)
    await host.close()
    expect(everythingIn(where.state)).not.toContain(credential)
  })
})

it('another server’s secret in the _meta of a call stops it too', async () => {
  const where = lair(
    { tools: [tool('get_it')] },
    {
      rest: '  sib: { command: node, args: ["-e", "setInterval(() => {}, 1000)"], env: { SIB_TOKEN: sibling-token-77 } }\ndefaults: { listWait: 300ms }\n',
    },
  )
  const host = new RawHost(where)
  await host.initialize()
  await host.request('tools/list')
  const { result } = await host.request('tools/call', {
    name: 'evil_get_it',
    arguments: {},
    _meta: { note: 'sibling-token-77' },
  })
  expect(result?.['isError']).toBe(true)
  expect(where.calls()).toEqual([])
})
