/** Arguments and results against the schemas of a real server, through a running sidecar, for every kind of host. */
import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runHere } from './run-here.ts'
import { HOSTS_HERE } from './serve-here.ts'
import { APPROVE, executions, host1, place, shared, textOf, type Place } from './support.ts'
import { workOf } from '../work.ts'

const TYPED = resolve(import.meta.dirname, '../servers/typed.mjs')
const SECRET = 'UPPER-CASE-SECRET-77aa31'

/** `loose` is a server whose schemas the operator doesn't believe. */
function typed(more: Record<string, unknown> = {}, hasLoose = false): Place & { log: string } {
  const where = place('version: 1\nservers: {}\n')
  const log = join(where.out, 'ran.jsonl')
  const server = { command: 'node', args: [TYPED], env: { TYPED_LOG: log, TYPED_SECRET: SECRET } }
  const servers = {
    box: { ...server, ...more },
    ...(hasLoose && { loose: { ...server, validate: false } }),
  }
  return { ...place(`version: 1\ndefaults: { listWait: 50s }\nservers: ${JSON.stringify(servers)}\n`), log }
}

describe.each(HOSTS_HERE)('%s', (_name, connect) => {
  const scene = shared(async () => {
    const where = typed({}, true)
    const asked: string[] = []
    const host = await connect(where, {
      elicit: (message) => {
        asked.push(message)
        return APPROVE
      },
    })
    const tools = await host.tools()
    return { where, host, asked, tools }
  })

  it('is told what is wrong with arguments before anybody is asked or called, and can mend it', async () => {
    const { where, host, asked } = await scene()
    const before = executions(where.log).length
    const wrong = await host.call('box_delete_thing', { id: { token: 's3cret' }, force: true })
    expect(wrong['isError']).toBe(true)
    expect(textOf(wrong)).toContain(
      '- /id: expected string, got object\n- /force: is not known; known are "id"\nhint: ',
    )
    expect(textOf(wrong)).not.toContain('s3cret')
    for (const tool of ['box_get_new', 'box_get_old']) {
      expect(textOf(await host.call(tool, { at: [1] }))).toContain('- /at/0: expected string, got number')
      expect(textOf(await host.call(tool, { at: ['a', 'b'] }))).toContain('- /at/1: is not allowed here')
    }
    expect([asked.length, executions(where.log).length - before]).toEqual([0, 0])
    expect(textOf(await host.call('box_delete_thing', { id: 'x' }))).toBe('ran delete_thing')
    expect(textOf(await host.call('box_get_new', { at: ['a'] }))).toBe('ran get_new')
    expect(textOf(await host.call('box_get_old', { at: ['a'] }))).toBe('ran get_old')
    expect([asked.length, executions(where.log).length - before]).toEqual([1, 3])
    expect((await runHere(where, ['audit', 'verify'])).code).toBe(0)
  })

  it('gets every result, also one that does not fit (promise 7), and never the secret (promise 3)', async () => {
    const { host } = await scene()
    expect((await host.call('box_get_said', { say: { code: 'abc' } }))['structuredContent']).toEqual({
      code: 'abc',
    })
    for (const say of [{ code: 1 }, { other: 1 }, undefined]) {
      const result = await host.call('box_get_said', say === undefined ? {} : { say })
      expect(result['isError']).toBe(true)
      expect(textOf(result)).toMatch(/^sidemux: the tool ran.*\n- [^]*\nran get_said/)
      if (say !== undefined) expect(textOf(result)).toContain(JSON.stringify(say))
    }
    const masked = await host.call('box_get_secret')
    expect(textOf(masked)).toContain('with the secrets in it masked')
    expect(textOf(masked)).toContain('{"code":"[redacted:box.TYPED_SECRET]"}')
    expect(JSON.stringify(masked)).not.toContain(SECRET)
  })

  it('calls a server whose schemas are wrong, once the operator says so', async () => {
    const { host, tools } = await scene()
    const loose = tools.filter(({ name }) => name.startsWith('loose_'))
    expect(loose.map(({ name }) => name)).toContain('loose_get_said')
    expect(loose.filter((tool) => 'outputSchema' in tool)).toEqual([])
    expect(textOf(await host.call('loose_get_new', { at: [1] }))).toBe('ran get_new')
    expect((await host.call('loose_get_said', { say: { code: 1 } }))['structuredContent']).toEqual({
      code: 1,
    })
    expect(textOf(await host.call('loose_get_secret'))).toBe('ran get_secret')
  })

  it('is not held up by a pattern that never ends, nor is anybody else (promise 9)', async () => {
    const { host } = await scene()
    const id = `${'a'.repeat(60)}!`
    // The sidemux runs in this thread.
    const taken = await workOf(async () => {
      const bombs = Array.from({ length: 20 }, async () => textOf(await host.call('box_get_bomb', { id })))
      const others = Array.from({ length: 20 }, async () =>
        textOf(await host.call('box_get_new', { at: ['a'] })),
      )
      for (const said of await Promise.all(bombs))
        expect(said).toContain('expected text that matches the pattern')
      expect(new Set(await Promise.all(others))).toEqual(new Set(['ran get_new']))
    })
    expect(taken).toBeLessThan(40)
  })
})

it('checks each of 20 bad calls while other processes keep the machine busy, and after it', async () => {
  const where = typed()
  const host = await host1(where)
  await host.tools()
  const others = Array.from({ length: 2 }, () =>
    spawn(process.execPath, ['-e', 'for (const end = Date.now() + 20_000; Date.now() < end; );'], {
      stdio: 'ignore',
    }),
  )
  onTestFinished(() => others.forEach((other) => other.kill('SIGKILL')))
  const bad = async (): Promise<unknown[]> =>
    Promise.all([
      host.call('box_delete_thing', { id: 5 }),
      host.call('box_get_new', { at: [5] }),
      host.call('box_get_bomb', { id: 'b' }),
      host.call('box_get_old', { at: ['a', 5] }),
    ])
  for (let round = 0; round < 4; round += 1) await bad()
  for (const other of others) other.kill('SIGKILL')
  await bad()
  expect(executions(where.log)).toEqual([])
  await host.call('box_get_new', { at: ['a'] })
  expect(executions(where.log)).toHaveLength(1)
})

it('tools says what is not checked, and why', async () => {
  const where = typed({ validate: { results: false, except: ['get_n*', 'nothing_*'] } })
  const { stdout, stderr } = await runHere(where, ['tools', '--config', where.config])
  expect(stdout).toMatch(
    /box_get_remote .*arguments are not checked: its inputSchema refers to a schema outside of it/,
  )
  expect(stdout).toMatch(/box_get_new .*arguments are not checked: servers\.box\.validate; results are not/)
  expect(stdout).toMatch(/box_get_said .*results are not checked: servers\.box\.validate/)
  expect(stdout).toMatch(
    /left out +outputSchema +results are not checked: servers\.box\.validate.* box_get_said/,
  )
  expect(stderr).toContain('servers.box.validate.except: "nothing_*" matches no tool')
  const json = JSON.parse((await runHere(where, ['tools', '--json', '--config', where.config])).stdout) as {
    tool: string
    checked: unknown
  }[]
  expect(json.find(({ tool }) => tool === 'get_old')?.checked).toEqual({ arguments: true, results: false })
  expect(json.find(({ tool }) => tool === 'get_remote')?.checked).toEqual({
    arguments: false,
    results: false,
  })
})
