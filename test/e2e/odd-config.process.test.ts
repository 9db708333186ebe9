/**
 * Every broken servers.yaml through the real commands and a real host: a sentence with its place, a hint, nothing
 * started that is meant otherwise; and one odd entry that keeps down itself only (promise 1).
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { workOf } from '../work.ts'
import { runHere } from './run-here.ts'
import { HOSTS_HERE, HereHost, host1Here } from './serve-here.ts'
import { RawHost, place, textOf, toolbox, until, type RawMessage } from './support.ts'

const BROKEN: [string, string | Buffer, RegExp][] = [
  ['empty', '', /servers\.yaml:1:1: the file is empty\n {2}hint: begin with/],
  ['only a comment', '# later\n', /servers\.yaml:1:1: .*\n {2}hint: /],
  ['larger than 1 MiB', 'a'.repeat(2 << 20), /servers\.yaml:1:1: the file is larger than 1 MiB\n {2}hint: /],
  [
    'not UTF-8',
    Buffer.from('version: 1\nservers:\n  a: { command: "\xff" }\n', 'latin1'),
    /servers\.yaml:3:18: the file is not UTF-8 .*\n {2}hint: save it as UTF-8/,
  ],
  [
    'UTF-16',
    Buffer.from('\ufeffversion: 1\n', 'utf16le'),
    /servers\.yaml:1:1: the file is UTF-16\n {2}hint: /,
  ],
  [
    'an alias that holds itself',
    'version: 1\nservers:\n  a: &x { command: node, args: *x }\n',
    /servers\.yaml:3:\d+: an alias contains itself\n {2}hint: /,
  ],
  [
    'aliases that multiply',
    `version: 1\na: &a [1,1,1,1,1,1,1,1,1]\n${'bcdefghi'
      .split('')
      .map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[at]}`).join()}]\n`)
      .join('')}`,
    /servers\.yaml:\d+:\d+: .*\n {2}hint: /,
  ],
  [
    'duplicate ids',
    'version: 1\nservers:\n  a: { command: node }\n  a: { command: node }\n',
    /servers\.yaml:4:3: "a" is given twice, first in line 3\n {2}hint: /,
  ],
  [
    'ids that become one',
    'version: 1\nservers:\n  My Srv: { command: node }\n  my-srv: { command: /nowhere/x }\n',
    /servers\.yaml:3:3: .*both become "my-srv"\n {2}hint: /,
  ],
  [
    'an unknown store',
    'version: 1\nservers:\n  a:\n    command: node\n    env: { T: "${nope:/x}" }\n',
    /servers\.yaml:5:16: .*no store is called "nope"\n {2}hint: declare it/,
  ],
  [
    'a tab',
    'version: 1\nservers:\n\ta: { command: node }\n',
    /servers\.yaml:3:1: a tab is used for indentation\n {2}hint: /,
  ],
  [
    'an unknown key',
    'version: 1\nservers:\n  a: { comand: node }\n',
    /servers\.yaml:3:8: unknown key "comand".*\n {2}hint: did you mean "command"\?/,
  ],
  ['a list', '- a\n', /servers\.yaml:1:1: .*/],
  ['two documents', 'version: 1\nservers: {}\n---\nversion: 1\n', /servers\.yaml:\d+:\d+: .*\n {2}hint: /],
  ['JSON cut short', '{ "mcpServers": { "a": { "command": "node"', /servers\.yaml:\d+:\d+: .*/],
]

/** What is wrong in one entry only. */
const ODD_ENTRIES: ReadonlySet<string> = new Set([
  'an alias that holds itself',
  'duplicate ids',
  'ids that become one',
  'an unknown store',
  'an unknown key',
])

it.each(BROKEN)(
  '%s: check and tools tell the same place and hint, with exit code 2',
  async (what, text, told) => {
    const where = place('')
    writeFileSync(where.config, text)
    const shown = async (): Promise<void> => {
      const check = await runHere(where, ['check'])
      expect({ code: check.code, stderr: check.stderr }).toEqual({ code: 2, stderr: '' })
      expect(check.stdout).toMatch(told)
      const tools = await runHere(where, ['tools'])
      const isWhole = !ODD_ENTRIES.has(what)
      expect({ code: tools.code }).toEqual({ code: isWhole ? 2 : 1 })
      expect(tools.stderr).toMatch(told)
      expect(tools.stderr).not.toMatch(/\n\s+at /)
    }
    expect(await workOf(shown)).toBeLessThan(400)
  },
)

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
  it.each([
    ['cut short', 'version: 1\nservers: { a: { command: nod', /servers\.yaml:2:\d+: /],
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
    ['that is not there', undefined, /servers\.yaml:1:1: there is no such file/],
  ])(
    '%s: the host is answered, told where it is wrong, and served as soon as it is mended',
    async (_what, text, told) => {
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

describe('one odd entry', () => {
  const SECRET = 'q7Zx9Kq7Zx9K'
  const entries: readonly [what: string, entry: string, more: string, told: RegExp][] = [
    ['an unknown key', '{ comand: node }', '', /unknown key "comand"/],
    [
      'rules that can not be read',
      `{ command: node, tools: { blok: ["*"] } }`,
      '',
      /unknown key "blok" in "tools"/,
    ],
    ['no command', '{ args: [x] }', '', /neither "command" nor "url"/],
    [
      'a variable of a host',
      `{ command: node, env: { T: $TOKEN, U: ${SECRET} } }`,
      '',
      /a host would put a variable here/,
    ],
    ['a text in place of an entry', SECRET, '', /expected a mapping/],
    ['an address that is none', `{ url: "ftp://${SECRET}" }`, '', /expected a web address/],
    [
      'a store that is broken',
      '{ command: node, env: { T: "${team:/x}" } }',
      'secrets: { team: { type: valt } }\n',
      /"type": expected one of/,
    ],
    [
      'a store whose address is none',
      '{ command: node, env: { T: "${team:/x}" } }',
      'secrets: { team: { type: vault, address: here, auth: { method: token, token: "${env:X}" } } }\n',
      /"address" is not the URL/,
    ],
    ['an alias that holds itself', '&x { command: node, args: *x }', '', /an alias contains itself/],
    ['a key twice', '{ command: node, command: other }', '', /"command" is given twice/],
  ]
  it.each(entries)(
    '%s: the others start, and the reason is in instructions, answers, tools, check and log',
    async (_what, entry, more, told) => {
      const where = place(`version: 1\n${more}servers:\n  good: ${toolbox()}\n  odd: ${entry}\n`)
      const host = new HereHost(where)
      const instructions = instructionsOf(await host.initialize())
      expect(instructions).toMatch(/- "odd" is not started: .*servers\.yaml:\d+:\d+: /)
      expect(instructions).toMatch(told)
      if (more !== '') expect(instructions).toContain('its store "team" can\'t be used: ')
      expect((await listed(host)).every((name) => name.startsWith('good_'))).toBe(true)
      const good = await host.request('tools/call', { name: 'good_echo', arguments: { text: 'hi' } })
      expect(textOf(good.result ?? { content: [] })).toContain('hi')
      const bad = JSON.stringify(await host.request('tools/call', { name: 'odd_do', arguments: {} }))
      expect(bad.replaceAll('\\"', '"')).toMatch(told)
      const check = await runHere(where, ['check'])
      expect([check.code, check.stdout]).toEqual([2, expect.stringMatching(told)])
      const tools = await runHere(where, ['tools'])
      expect([tools.code, tools.stderr]).toEqual([1, expect.stringMatching(told)])
      expect(tools.stderr).toContain('kept down: odd')
      expect(tools.stdout).toContain('good_echo')
      const called = await runHere(where, ['call', 'odd', 'do'])
      expect([called.code, called.stderr]).toEqual([2, expect.stringMatching(told)])
      const log = readFileSync(join(where.state, 'log', 'sidemux.log'), 'utf8')
      expect(log.replaceAll('\\"', '"')).toMatch(told)
      for (const said of [instructions, bad, check.stdout, tools.stderr, called.stderr, log])
        expect(said).not.toContain(SECRET)
    },
  )

  it("what is switched off, or not of this environment, is nobody's fault", async () => {
    const where = place(
      `version: 1\nservers:\n  good: ${toolbox()}\n  off: { disabled: true, comand: x }\n  prod: { environments: [prod], env: [] }\n`,
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

  it.each(HOSTS_HERE)('%s: a whole claude_desktop_config.json works as it is', async (_name, connect) => {
    const where = place(JSON.stringify(CLAUDE_DESKTOP, undefined, 2))
    const host = await connect(where)
    let names: string[] = []
    // No more can be written beside it, such as how long a first list waits.
    await until(async () => {
      names = (await host.tools()).map(({ name }) => name)
      return names.includes('tool-box_echo')
    }, 'its tools are there')
    expect(names.every((name) => name.startsWith('tool-box_'))).toBe(true)
    expect(textOf(await host.call('tool-box_get_env'))).not.toContain('ghp_')
  })

  it('its mcpServers object under version: 1 works; check says what to improve', async () => {
    const where = place(
      `version: 1\n"mcpServers": ${JSON.stringify(CLAUDE_DESKTOP.mcpServers, undefined, 2)}\n`,
    )
    const host = await host1Here(where)
    expect((await host.tools()).map(({ name }) => name)).toContain('tool-box_echo')
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
