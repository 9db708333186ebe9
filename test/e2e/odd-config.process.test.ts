/**
 * Every broken servers.yaml through the real commands and a real host: a sentence with its place, a hint, nothing
 * started that is meant otherwise; and one odd entry that keeps down itself only (promise 1).
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BROKEN, ODD_ENTRIES } from '../config/broken-files.ts'
import { runHere } from './run-here.ts'
import { HereHost, host1Here } from './serve-here.ts'
import { RawHost, place, shared, textOf, toolbox, until, type Place, type RawMessage } from './support.ts'

it.each(BROKEN)('%s: tools tells its place and a hint, and no stack', async (what, text, told) => {
  const where = place('')
  writeFileSync(where.config, text)
  const { code, stderr } = await runHere(where, ['tools'])
  expect(code).toBe(ODD_ENTRIES.has(what) ? 1 : 2)
  expect(stderr).toMatch(told)
  expect(stderr).not.toMatch(/\n\s+at /)
})

it('serve ends with code 0 when its host has gone, and has logged what is wrong, without a stack', async () => {
  const where = place('')
  writeFileSync(where.config, 'version: 1\nservers:\n\ta: { command: node }\n')
  const { code, stdout, stderr } = await runHere(where, ['serve'])
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  // A log line is JSON, so its line breaks are escaped.
  const said = stderr.replaceAll('\\n', '\n').replaceAll('\\"', '"')
  expect(said).toMatch(/servers\.yaml:3:1: a tab is used for indentation\n {2}hint: /)
  expect(said).not.toMatch(/\n\s+at /)
})

/** The names of the tools that are listed. */
async function listed(host: RawHost): Promise<readonly string[]> {
  const { result = {} } = await host.request('tools/list')
  return (result['tools'] as { name: string }[]).map(({ name }) => name)
}

const instructionsOf = ({ result = {} }: RawMessage): string => String(result['instructions'])

describe('a file that can not be used', () => {
  it.each<[what: string, text: string | undefined, told: RegExp, isMended?: true]>([
    ['cut short', 'version: 1\nservers: { a: { command: nod', /servers\.yaml:2:\d+: /, true],
    [
      'of another kind',
      '[mcp_servers.a]\ncommand = "npx"\n',
      /servers\.yaml:1:1: this is TOML, as Codex has it/,
    ],
    [
      'with a word that nobody knows',
      'version: 1\nservers: {}\naprovals: {}\n',
      /servers\.yaml:3:1: unknown key "aprovals"/,
    ],
    [
      'with approvals that can not be read',
      'version: 1\nservers: {}\napprovals: { wait: soon }\n',
      /servers\.yaml:3:20: "wait"/,
    ],
    ['that is not there', undefined, /servers\.yaml:1:1: there is no such file/, true],
  ])(
    '%s: the host is answered, told where it is wrong, and served as soon as it is mended',
    async (_what, text, told, isMended) => {
      const where = place('')
      if (text === undefined) rmSync(where.config)
      else writeFileSync(where.config, text)
      const host = new HereHost(where)
      const answer = await host.initialize()
      expect(instructionsOf(answer)).toMatch(told)
      expect(instructionsOf(answer)).toContain(`"sidemux check" with --config ${where.config}`)
      expect(await listed(host)).toEqual([])
      const call = await host.request('tools/call', { name: 'a_echo', arguments: {} })
      expect(textOf(call.result ?? { content: [] })).toMatch(told)
      expect(host.stderr().replaceAll('\\"', '"')).toMatch(told)
      // Whatever was wrong with it, what comes in its place is read likewise.
      if (isMended === undefined) return
      writeFileSync(where.config, `version: 1\nservers: { a: ${toolbox()} }\n`)
      await until(
        () => host.received.some(({ method }) => method === 'notifications/tools/list_changed'),
        'it applies',
      )
      await until(async () => (await listed(host)).includes('a_echo'), 'its tools are there')
    },
  )

  it('nowhere: the host is told both places, and served by the one of its user', async () => {
    const where = place('')
    rmSync(where.config)
    const host = new HereHost(where, ['serve'])
    const own = join(where.dir, '.config/sidemux/servers.yaml')
    expect(instructionsOf(await host.initialize())).toContain(
      `${own}:1:1: there is no such file, nor ${where.config}`,
    )
    mkdirSync(dirname(own), { recursive: true })
    writeFileSync(own, `version: 1\nservers: { a: ${toolbox()} }\n`)
    await until(async () => (await listed(host)).includes('a_echo'), 'its tools are there')
  })

  it('2026-07-28: server/discover says it too', async () => {
    const where = place('version: 1\nservers: { a: { comand: node } }\n')
    const host = new HereHost(where)
    expect(instructionsOf(await host.modern('server/discover'))).toMatch(
      /"a" is not started: .*servers\.yaml:2:17: unknown key "comand"/,
    )
  })
})

describe('odd entries', () => {
  const SECRET = 'q7Zx9Kq7Zx9K'
  const entries: readonly [what: string, id: string, entry: string, told: RegExp, store?: string][] = [
    ['an unknown key', 'unknown', '{ comand: node }', /unknown key "comand"/],
    [
      'rules that can not be read',
      'rules',
      `{ command: node, tools: { blok: ["*"] } }`,
      /unknown key "blok" in "tools"/,
    ],
    ['no command', 'none', '{ args: [x] }', /neither "command" nor "url"/],
    [
      'a variable of a host',
      'variable',
      `{ command: node, env: { T: $TOKEN, U: ${SECRET} } }`,
      /a host would put a variable here/,
    ],
    ['a text in place of an entry', 'text', SECRET, /expected a mapping/],
    ['an address that is none', 'address', `{ url: "ftp://${SECRET}" }`, /expected a web address/],
    [
      'a store that is broken',
      'typo',
      '{ command: node, env: { T: "${team:/x}" } }',
      /"type": expected one of/,
      'team',
    ],
    [
      'a store whose address is none',
      'nowhere',
      '{ command: node, env: { T: "${far:/x}" } }',
      /"address" is not the URL/,
      'far',
    ],
    ['an alias that holds itself', 'alias', '&x { command: node, args: *x }', /an alias contains itself/],
    ['a key twice', 'twice', '{ command: node, command: other }', /"command" is given twice/],
  ]
  const STORES =
    'secrets: { team: { type: valt }, far: { type: vault, address: here, auth: { method: token, token: "${env:X}" } } }'

  // As many as a host is told at once.
  describe.each([
    ['the first half', entries.slice(0, 5)],
    ['the others', entries.slice(5)],
  ])('%s', (_half, some) => {
    const scene = shared(async () => {
      const lines = some.map(([, id, entry]) => `  ${id}: ${entry}\n`).join('')
      const where = place(`version: 1\n${STORES}\nservers:\n  good: ${toolbox()}\n${lines}`)
      const host = new HereHost(where)
      const instructions = instructionsOf(await host.initialize())
      const tools = await runHere(where, ['tools'])
      const check = await runHere(where, ['check'])
      return { where, host, instructions, tools, check }
    })
    const logOf = ({ state }: Place): string =>
      readFileSync(join(state, 'log', 'sidemux.log'), 'utf8').replaceAll('\\"', '"')

    it('keep down themselves only: the others start, and nothing of a secret is said', async () => {
      const { where, host, instructions, tools, check } = await scene()
      expect((await listed(host)).every((name) => name.startsWith('good_'))).toBe(true)
      const good = await host.request('tools/call', { name: 'good_echo', arguments: { text: 'hi' } })
      expect(textOf(good.result ?? { content: [] })).toContain('hi')
      expect([check.code, tools.code]).toEqual([2, 1])
      expect(tools.stdout).toContain('good_echo')
      for (const said of [instructions, check.stdout, tools.stdout, tools.stderr, logOf(where)])
        expect(said).not.toContain(SECRET)
    })

    it.each(some)(
      '%s: the reason is in instructions, answers, tools, check and log',
      async (_what, id, _entry, told, store) => {
        const { where, host, instructions, tools, check } = await scene()
        const line = instructions.split('\n').find((one) => one.startsWith(`- "${id}" is not started: `))
        expect(line).toMatch(/servers\.yaml:\d+:\d+: /)
        expect(line).toMatch(told)
        if (store !== undefined) expect(line).toContain(`its store "${store}" can't be used: `)
        const bad = JSON.stringify(await host.request('tools/call', { name: `${id}_do`, arguments: {} }))
        expect(bad.replaceAll('\\"', '"')).toMatch(told)
        expect(tools.stderr).toContain(`kept down: ${id}\n`)
        for (const said of [tools.stderr, check.stdout, logOf(where)]) expect(said).toMatch(told)
        const called = await runHere(where, ['call', id, 'do'])
        expect([called.code, called.stderr]).toEqual([2, expect.stringMatching(told)])
        for (const said of [bad, called.stderr]) expect(said).not.toContain(SECRET)
      },
    )
  })

  it("what is switched off, or not of this environment, is nobody's fault", async () => {
    const where = place(
      `version: 1\nservers:\n  off: { disabled: true, comand: x }\n  prod: { environments: [prod], env: [] }\n`,
    )
    const answer = await new HereHost(where).initialize()
    expect(instructionsOf(answer)).not.toMatch(/off|prod/)
  })
})

describe('what is pasted from a host', () => {
  const CLAUDE_DESKTOP = {
    globalShortcut: 'Ctrl+Space',
    isUsingBuiltInNodeForMcp: true,
    preferences: { menuBarEnabled: false },
    mcpServers: {
      'Tool Box': JSON.parse(toolbox({ env: { GITHUB_TOKEN: 'ghp_AAAAAAAAAAAAAAAAAAAAAAAA' } })) as unknown,
      off: { command: 'npx', args: ['-y', 'x', 'C:\\Users\\me'], disabled: true, autoApprove: ['*'] },
      remote: { type: 'http', url: 'http://127.0.0.1:1/mcp' },
    },
  }

  it('a whole claude_desktop_config.json works as it is', async () => {
    const host = await host1Here(place(JSON.stringify(CLAUDE_DESKTOP, undefined, 2)))
    let names: string[] = []
    // No more can be written beside it, such as how long a first list waits.
    await until(async () => {
      names = (await host.tools()).map(({ name }) => name)
      return names.includes('tool-box_echo')
    }, 'its tools are there')
    expect(names.every((name) => name.startsWith('tool-box_'))).toBe(true)
    expect(textOf(await host.call('tool-box_get_env'))).not.toContain('ghp_')
  })

  it('its mcpServers object under version: 1 is read, and check says what to improve', async () => {
    const where = place(
      `version: 1\n"mcpServers": ${JSON.stringify(CLAUDE_DESKTOP.mcpServers, undefined, 2)}\n`,
    )
    const { code, stdout } = await runHere(where, ['check'])
    expect(code).toBe(0)
    for (const said of [
      '"GITHUB_TOKEN" is a secret in plain text',
      'is called "tool-box" here',
      '"autoApprove"',
    ])
      expect(stdout).toContain(said)
    expect(stdout).not.toContain('ghp_')
  })
})
