/** Servers of every make and with every fault, behind real hosts: the good ones work, a bad one costs itself (promises 1 and 7). */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { workOf } from '../work.ts'
import { HOSTS_HERE, HereHost, host1Here, host2Here } from './serve-here.ts'
import { REPO, place, shared, textOf, toolbox, until, type Host } from './support.ts'

const server = (file: string, ...args: string[]): string =>
  JSON.stringify({
    command: 'node',
    args: [join(REPO, 'test/servers', file), ...args],
    tools: { allow: ['*'] },
  })
const faulty = (mode: string): string => server('faulty.mjs', mode)
const yaml = (servers: Record<string, string>): ReturnType<typeof place> =>
  place(
    `version: 1\ndefaults: { listWait: 50s }\nservers:\n${Object.entries(servers)
      .map(([id, entry]) => `  ${id}: ${entry}\n`)
      .join('')}`,
  )

const answerOf = async (host: Host, name: string, args: Record<string, unknown> = {}): Promise<string> =>
  host
    .call(name, args)
    .then(textOf, (error: unknown) => `error ${(error as { code?: number }).code}: ${String(error)}`)

const names = async (host: Host): Promise<string[]> => (await host.tools()).map(({ name }) => name)

// Of each SDK, and in each era.
describe.each(HOSTS_HERE.filter(([name]) => !name.includes('2025-11-25')))('%s', (_name, connect) => {
  const all = shared(() =>
    connect(
      yaml({
        old: server('legacy.mjs'),
        new: server('modern.mjs'),
        bare: faulty('plain'),
        late: faulty('grows'),
        none: faulty('no-tools'),
        bad: faulty('faulty-tools'),
        odd: faulty('odd-results'),
        good: toolbox(),
      }),
    ),
  )

  it('SDK 1.32, SDK 2.4 and SDK-less servers side by side', async () => {
    const host = await all()
    const listed = await names(host)
    expect(listed).toEqual(expect.arrayContaining(['old_echo', 'new_echo', 'bare_echo']))
    expect(listed.some((name) => name.startsWith('none_'))).toBe(false)
    for (const id of ['old', 'new', 'bare'])
      expect(await answerOf(host, `${id}_echo`, { text: 'hi' })).toContain('hi')
  })

  it('accepts a list of tools with every schema fault, and calls what was repaired', async () => {
    const host = await all()
    const tools = (await host.tools()).filter(({ name }) => /^(?:bad|good)_/.test(name))
    const listed = tools.map(({ name }) => name)
    expect(listed).toEqual(
      expect.arrayContaining(['bad_echo', 'bad_no-schema', 'bad_one-of', 'bad_any-of', 'good_echo']),
    )
    for (const { name, inputSchema, outputSchema } of tools as unknown as Record<
      string,
      Record<string, unknown>
    >[]) {
      expect(name).toMatch(/^[A-Za-z0-9_-]{1,46}$/)
      expect(inputSchema).toMatchObject({ type: 'object' })
      for (const word of ['oneOf', 'anyOf', 'allOf']) {
        const alternatives: unknown = inputSchema?.[word] ?? [true]
        expect(alternatives).toEqual(
          (alternatives as unknown[]).map((one) =>
            one === Object(one) ? expect.any(Object) : expect.any(Boolean),
          ),
        )
      }
      for (const key of Object.keys(inputSchema?.['properties'] ?? {})) expect(key).toMatch(/^[\w.-]{1,64}$/)
      if (outputSchema !== undefined) expect(outputSchema).toMatchObject({ type: 'object' })
    }
    for (const name of listed.filter((name) => name.startsWith('bad_')))
      expect(await answerOf(host, name), name).toMatch(/^\{"name":/)
    const renamed = tools.find(({ name }) => name === 'bad_key') as
      | { inputSchema: { properties: object } }
      | undefined
    const args = Object.fromEntries(
      Object.keys(renamed?.inputSchema.properties ?? {}).map((key) => [key, key[0]]),
    )
    expect(JSON.parse(await answerOf(host, 'bad_key', args))).toMatchObject({
      args: { 'a b$c': 'a', ['x'.repeat(80)]: 'x' },
    })
  })

  it('gets odd results as results', async () => {
    const host = await all()
    await host.tools()
    expect(await answerOf(host, 'odd_unknown-content')).toContain('hologram')
    expect(await answerOf(host, 'odd_unknown-content')).toContain('after')
    expect(await answerOf(host, 'odd_no-content')).toBe('')
    expect(await host.call('odd_error-without-structured')).toMatchObject({ isError: true })
    expect(await answerOf(host, 'odd_error-without-structured')).toContain('failed')
    for (const name of ['odd_wrong-structured', 'odd_missing-structured', 'odd_list-structured']) {
      // A result that breaks its own promise is for the host or for us to refuse, with words, at once.
      expect((await answerOf(host, name)).length, name).toBeGreaterThan(0)
    }
    expect(await answerOf(host, 'odd_unknown-content')).toContain('after')
  })

  it('gets structured content that is no object from a server of 2026-07-28', async () => {
    const host = await all()
    await host.tools()
    expect(await answerOf(host, 'new_numbers')).toBe('[1,2]')
  })

  it('sees a tool that a server adds later', async () => {
    const host = await all()
    expect((await names(host)).filter((name) => name.endsWith('_grown'))).toEqual([])
    for (const id of ['late', 'old', 'new']) await host.call(`${id}_${id === 'late' ? 'echo' : 'grow'}`)
    await until(async () => {
      const listed = await names(host)
      return ['late', 'old', 'new'].every((id) => listed.includes(`${id}_grown`))
    }, 'the grown tools')
  })
})

it('a server of 1,000 tools: they are on one page, at a bounded price', async () => {
  const host = await host2Here(yaml({ many: faulty('thousand') }), '2026-07-28')
  let listed: string[] = []
  const price = await workOf(async () => (listed = await names(host)))
  expect(price).toBeLessThan(80)
  expect(listed.length).toBe(1000)
  expect(new Set(listed).size).toBe(listed.length)
  expect(await answerOf(host, 'many_tool-999', { text: 'x' })).toContain('tool-999')
})

describe('a server that misbehaves on the wire', () => {
  const beside = shared(() =>
    host1Here(
      yaml({
        loud: faulty('banner'),
        shut: faulty('closes'),
        forger: faulty('forges'),
        big: faulty('floods'),
        good: toolbox(),
      }),
    ),
  )

  it('a banner on stdout: it works all the same', async () => {
    const host = await beside()
    expect(await names(host)).toEqual(expect.arrayContaining(['loud_echo', 'good_echo']))
    expect(await answerOf(host, 'loud_echo', { text: 'x' })).toContain('echo')
    expect(host.stderr()).not.toContain('Super MCP server')
  })

  it('stdout closed: its calls say so at once, the others go on', async () => {
    const host = await beside()
    await host.tools()
    let told = ''
    await until(async () => {
      told = await answerOf(host, 'shut_echo')
      return /closed its output|exited with code/.test(told)
    }, 'closed output is told')
    expect(told).toMatch(
      /^sidemux: shut: "shut" [^\n]+\n(?:it printed [^\n]+\n(?:> [^\n]+\n)+)?hint: [^\n]+$/,
    )
    expect(await answerOf(host, 'good_echo', { text: 'x' })).toBe(':x')
  })

  it('answers for other ids: none crosses, the own one does', async () => {
    const host = await beside()
    await host.tools()
    const slow = host.call('good_echo', { text: 'own', delay: 300 })
    for (let round = 0; round < 20; round += 1)
      expect(await answerOf(host, 'forger_echo')).toBe('{"name":"echo","args":{}}')
    expect(textOf(await slow)).toBe(':own')
  })

  it('50 MB on one line: that call fails in a sentence, and memory stays bounded', async () => {
    const host = await beside()
    await host.tools()
    const side = host.call('good_echo', { text: 'x', delay: 200 })
    const told = await answerOf(host, 'big_echo')
    expect(told).toMatch(/^sidemux: big: "big" answered [^\n]+10 MiB[^\n]*\nhint: [^\n]+$/)
    expect(textOf(await side)).toBe(':x')
  })
})

it('a server behind a launcher process, as npx is one, works and leaves neither behind', async () => {
  const file = join(REPO, 'test/servers/faulty.mjs')
  const where = yaml({
    wrapped: JSON.stringify({
      command: 'sh',
      args: ['-c', `node ${file} plain; true`],
      tools: { allow: ['*'] },
    }),
  })
  const host = await host1Here(where)
  expect(await answerOf(host, 'wrapped_echo', { text: 'x' })).toContain('echo')
  await host.close()
})

it('a published server through npx, found in the project’s node_modules', async () => {
  const where = yaml({
    files: JSON.stringify({
      command: 'npx',
      args: ['--no-install', 'mcp-server-filesystem', '.'],
      cwd: REPO,
    }),
  })
  expect(await names(await host1Here(where))).toContain('files_read_text_file')
})

describe('a server that is slow to start', () => {
  const slow = (ms: number): ReturnType<typeof place> =>
    yaml({ slow: toolbox({ env: { TOOLBOX_SLEEP: String(ms) } }), good: toolbox() })

  it('is in the first list, because that waits for it', async () => {
    const host = await host2Here(slow(1500), 'legacy')
    expect(await names(host)).toContain('slow_echo')
  })

  it('delays neither initialize, nor ping, nor a call to another', async () => {
    // It never gets there.
    const host = new HereHost(slow(600_000))
    await host.initialize()
    await host.request('ping')
    const { result } = await host.request('tools/call', { name: 'good_echo', arguments: { text: 'x' } })
    expect(textOf(result ?? {})).toBe(':x')
  })
})
