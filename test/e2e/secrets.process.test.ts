/** Promises 2 and 3: a child sees its own secrets and nothing else; a value never leaves in clear. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runHere } from './run-here.ts'
import { HOSTS_HERE, HereHost, host1Here } from './serve-here.ts'
import {
  LEAKS,
  everythingIn,
  executions,
  place,
  shared,
  textOf,
  toolbox,
  traces,
  until,
  type Host,
  type Place,
} from './support.ts'

const SECRET = 'ghp_ü"\\/+ &?Zk93hQ7x'
const SIBLING = 'sibling-secret-51c3a0'

function box(): Place {
  const yaml = [
    'version: 1',
    'environment: test',
    'secrets: { local: { type: dotenv, path: ".env.{environment}" } }',
    'servers:',
    `  box: ${toolbox({ env: { TOOLBOX_SECRET: '${local:TOKEN}' } })}`,
    `  sib: ${toolbox({ env: { TOOLBOX_SECRET: '${local:SIBLING}' } })}`,
  ].join('\n')
  return place(yaml, { '.env.test': `TOKEN='${SECRET}'\nSIBLING=${SIBLING}\n` })
}

function expectClean(text: string, secret = SECRET): void {
  for (const trace of traces(secret)) expect(text.includes(trace), trace).toBe(false)
}

describe.each(HOSTS_HERE)('%s', (_name, connect) => {
  const scene = shared(async () => {
    const where = box()
    return { where, host: await connect(where, { env: { SIDEMUX_LOG: 'trace' } }) }
  })

  it.each(LEAKS)('0 clear occurrences at the host: %s', async (how) => {
    const { where, host } = await scene()
    const result = await answerOf(host, how)
    if (how === 'stderr')
      await until(() => everythingIn(where.state).includes('about to use'), 'stderr in the log')
    expectClean(JSON.stringify(result))
    if (how === 'split') {
      const joined = (result['content'] as { text: string }[]).map(({ text }) => text).join('')
      expectClean(joined)
    }
    if (how !== 'stderr') expect(JSON.stringify(result)).toContain('[redacted:box.TOOLBOX_SECRET]')
  })

  it('masks progress on its way, and keeps it increasing', async () => {
    const { host } = await scene()
    const seen: { progress: number }[] = []
    const result = await host.call(
      'box_count',
      { to: 5 },
      { onProgress: (progress) => seen.push(progress as { progress: number }) },
    )
    expect(textOf(result)).toBe('counted to 5')
    // SDK 2.4 hosts may lose what arrives together with the result; the raw host below gets all of it.
    expect(seen.map(({ progress }) => progress).slice(0, 4)).toEqual([1, 2, 3, 4])
    expectClean(JSON.stringify(seen))
  })

  it('0 clear occurrences of all that in what it says itself, in the log and in the audit', async () => {
    const { where, host } = await scene()
    for (const how of LEAKS) await answerOf(host, how)
    await until(() => everythingIn(where.state).includes('about to use'), 'stderr in the log')
    await host.close()
    expectClean(host.stderr())
    expectClean(everythingIn(where.state))
  })
})

it('every progress notification arrives, before the result, under the host’s own token', async () => {
  const host = new HereHost(box())
  await host.initialize()
  await host.request('tools/list')
  for (let round = 0; round < 20; round += 1) {
    const params = {
      name: 'box_count',
      arguments: { to: 5, pause: 0 },
      _meta: { progressToken: `token-${round}` },
    }
    const { id, answer } = host.start('tools/call', params)
    await answer
    const at = host.received.findIndex((message) => message.id === id)
    const seen = host.received.filter((message) => message.params?.['progressToken'] === `token-${round}`)
    expect(seen.map((message) => message.params?.['progress'])).toEqual([1, 2, 3, 4, 5])
    expect(seen.every((message) => host.received.indexOf(message) < at)).toBe(true)
    expectClean(JSON.stringify(seen))
  }
})

/** A JSON-RPC error arrives as an exception; what it carries counts as well. */
async function answerOf(host: Host, how: string): Promise<Record<string, unknown>> {
  try {
    return await host.call('box_get_leak', { how })
  } catch (error) {
    return { message: String(error), data: (error as { data?: unknown }).data }
  }
}

describe('a child that returns its environment (promise 2)', () => {
  const HARMLESS = ['NODE_OPTIONS', 'LD_PRELOAD', 'npm_config_registry', 'HTTP_PROXY', 'SSH_AUTH_SOCK']

  it('shows the allowlist and its declared keys, nothing of the sidecar and nothing of a sibling', async () => {
    const where = box()
    // Values that leave the sidecar itself able to start: an LD_PRELOAD that doesn't exist is only a warning.
    const foreign = Object.fromEntries(
      HARMLESS.map((name) => [name, name === 'NODE_OPTIONS' ? '--no-warnings' : `/foreign-${name}`]),
    )
    const host = await host1Here(where, {
      env: { ...foreign, GITHUB_TOKEN: 'of-the-sidecar', LANG: 'C.UTF-8', TERM: 'xterm' },
    })
    const own = JSON.parse(textOf(await host.call('box_get_env'))) as Record<string, string>
    const allowlist = [
      'HOME',
      'LANG',
      'LC_ALL',
      'LC_CTYPE',
      'LOGNAME',
      'PATH',
      'SHELL',
      'TERM',
      'TMPDIR',
      'TZ',
      'USER',
    ]
    expect(Object.keys(own).filter((name) => !allowlist.includes(name))).toEqual(['TOOLBOX_SECRET'])
    for (const name of HARMLESS) expect(own[name], name).toBeUndefined()
    expect(own['PATH']?.startsWith(join(process.execPath, '..'))).toBe(true)
    expect(own['TOOLBOX_SECRET']).toBe('[redacted:box.TOOLBOX_SECRET]')
    expect(JSON.stringify(own)).not.toContain(SIBLING)
  })
})

it('a call whose arguments contain another server’s secret is not made, in any encoding', async () => {
  const where = box()
  const host = await host1Here(where)
  await host.tools()
  for (const text of traces(SIBLING)) {
    const result = await host.call('box_echo', { text: `see ${text}` })
    expect(result['isError'], text).toBe(true)
    expect(textOf(result)).toContain('a secret of another server (sib.TOOLBOX_SECRET)')
  }
  expect(textOf(await host.call('sib_echo', { text: SIBLING }))).toBe(':[redacted:sib.TOOLBOX_SECRET]')
  expect(executions(join(where.out, 'executions.jsonl'))).toEqual([])
})

it('a missing secret stops its own server only, and says which reference, where and what to do (promise 1)', async () => {
  const yaml = [
    'version: 1',
    'defaults: { listWait: 50s }',
    'secrets: { local: { type: dotenv, path: .env } }',
    'servers:',
    `  good: ${toolbox()}`,
    `  bad: ${toolbox({ env: { TOOLBOX_SECRET: '${local:MISSING}' } })}`,
  ].join('\n')
  const where = place(yaml, { '.env': 'OTHER=1\n' })
  const host = await host1Here(where)
  const names = (await host.tools()).map(({ name }) => name)
  expect(names.every((name) => name.startsWith('good_'))).toBe(true)
  expect(names.length).toBeGreaterThan(0)
  const { code, stdout } = await runHere(where, ['secrets', '--config', where.config])
  expect(code).toBe(1)
  expect(stdout).toMatch(/bad +env\.TOOLBOX_SECRET +local +\$\{local:MISSING\} +not_found/)
})
