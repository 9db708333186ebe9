/** A server that is limited to some environments, as the host and each verb see it. */
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runHere } from './run-here.ts'
import { HereHost } from './serve-here.ts'
import { place, type Place } from './support.ts'

const child = JSON.stringify(resolve(import.meta.dirname, '../servers/token.mjs'))
const LINE = 'not in environment dev: live (environments: [prod])'

function here(): Place {
  return place(
    [
      'version: 1',
      'environment: dev',
      'defaults: { listWait: 50s }',
      'secrets: { local: { type: dotenv, path: .env, prefix: "{environment}_" } }',
      'servers:',
      `  all: { command: node, args: [${child}], env: { TOKEN: "\${local:TOKEN}" } }`,
      `  live: { command: node, args: [${child}], environments: [prod], env: { TOKEN: "\${local:TOKEN}" } }`,
    ].join('\n'),
    { '.env': 'dev_TOKEN=secret-of-dev-0001\nprod_TOKEN=secret-of-prod-0001\n' },
  )
}

const namesFor = async (where: Place, environment?: string): Promise<unknown> => {
  const args = ['serve', '--config', where.config]
  const host = new HereHost(where, environment === undefined ? args : [...args, '--environment', environment])
  await host.initialize()
  const { result } = await host.request('tools/list')
  const names = ((result?.['tools'] ?? []) as { name: string }[]).map(({ name }) => name)
  const { error } = await host.request('tools/call', { name: 'live_get_token', arguments: {} })
  host.process.stdin?.end()
  await host.exited()
  return [names, error?.code]
}

describe('the host', () => {
  it('sees it where it belongs, and elsewhere a tool that is not there', async () => {
    const where = here()
    expect(await namesFor(where, 'prod')).toEqual([['all_get_token', 'live_get_token'], undefined])
    // Its tools are pinned by now, and still not listed.
    expect(await namesFor(where)).toEqual([['all_get_token'], -32602])
  })
})

describe('the terminal', () => {
  it('tools says what is left out, and lists it where it belongs', async () => {
    const where = here()
    const dev = await runHere(where, ['tools'])
    expect([dev.code, dev.stderr]).toEqual([0, `${LINE}\n`])
    expect(dev.stdout).not.toContain('live_')
    const prod = await runHere(where, ['tools', '--environment', 'prod'])
    expect([prod.code, prod.stderr]).toEqual([0, ''])
    expect(prod.stdout).toContain('live_get_token')
  })

  it('call is refused with what to type, and made where it belongs with its own secret', async () => {
    const where = here()
    const refused = await runHere(where, ['call', 'live', 'get_token'])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('live is not in environment dev (environments: [prod])')
    expect(refused.stderr).toContain('hint: run it with --environment prod')
    const made = await runHere(where, ['call', 'live', 'get_token', '--environment', 'prod'])
    expect([made.code, made.stderr]).toEqual([0, ''])
    // Both have this value there.
    expect(made.stdout).toMatch(/^\d+ \[redacted:(?:all|live)\.TOKEN\]/)
  })

  it('accepting its tools is refused likewise', async () => {
    const { code, stderr } = await runHere(here(), ['pin', 'live', '--all'])
    expect(code).toBe(2)
    expect(stderr).toContain('hint: run it with --environment prod')
  })

  it('secrets check resolves only what is started, by the names that the prefix makes', async () => {
    const where = here()
    const dev = await runHere(where, ['secrets', 'check', '--json'])
    expect(dev.stderr).toBe(`${LINE}\n`)
    expect(JSON.parse(dev.stdout)).toMatchObject([
      { server: 'all', reference: '${local:TOKEN}', outcome: 'ok' },
    ])
    const other = await runHere(where, ['secrets', 'check', '--environment', 'staging'])
    expect(other.code).toBe(1)
    expect(other.stdout).toContain('has no staging_TOKEN (prefix: of the store makes TOKEN staging_TOKEN)')
  })
})
