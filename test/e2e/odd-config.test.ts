/** Every broken servers.yaml through the real commands and a real host: a sentence with its place, a hint, nothing started. */
import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { HOSTS, RawHost, host1, place, run, textOf, toolbox } from './support.ts'

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
    'version: 1\nservers:\n  My Srv: { command: node }\n  my-srv: { command: node }\n',
    /servers\.yaml:4:3: .*both become "my-srv"\n {2}hint: /,
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

it.each(BROKEN)(
  '%s: check, tools and serve tell the same place and hint, with exit code 2',
  async (_what, text, told) => {
    const where = place('')
    writeFileSync(where.config, text)
    const started = Date.now()
    const check = await run(where, ['check'])
    expect({ code: check.code, stderr: check.stderr }).toEqual({ code: 2, stderr: '' })
    expect(check.stdout).toMatch(told)
    for (const verb of ['tools', 'serve']) {
      const { code, stdout, stderr } = await run(where, [verb])
      expect({ verb, code, stdout }).toEqual({ verb, code: 2, stdout: '' })
      expect(stderr).toMatch(told)
      expect(stderr).not.toMatch(/\n\s+at /)
    }
    expect(Date.now() - started).toBeLessThan(10_000)
  },
)

it('a host that launches a broken config sees the process end with code 2 and the reason on stderr', async () => {
  const host = new RawHost(place('version: 1\nservers: { a: { comand: node } }\n'))
  host.send({ id: 1, method: 'initialize', params: {} })
  expect(await host.exited()).toEqual({ code: 2, signal: null })
  expect(host.stderr()).toMatch(
    /^sidemux: [^\n]*servers\.yaml can't be used:\n[^\n]+:2:17: unknown key "comand"/,
  )
  expect(host.received).toEqual([])
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

  it.each(HOSTS)('%s: a whole claude_desktop_config.json works as it is', async (_name, connect) => {
    const where = place(JSON.stringify(CLAUDE_DESKTOP, undefined, 2))
    const host = await connect(where)
    const names = (await host.tools()).map(({ name }) => name)
    expect(names).toContain('tool-box_echo')
    expect(names.every((name) => name.startsWith('tool-box_'))).toBe(true)
    expect(textOf(await host.call('tool-box_env'))).not.toContain('ghp_')
  })

  it('its mcpServers object under version: 1 works; check says what to improve', async () => {
    const where = place(
      `version: 1\n"mcpServers": ${JSON.stringify(CLAUDE_DESKTOP.mcpServers, undefined, 2)}\n`,
    )
    const host = await host1(where)
    expect((await host.tools()).map(({ name }) => name)).toContain('tool-box_echo')
    const { code, stdout } = await run(where, ['check'])
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
