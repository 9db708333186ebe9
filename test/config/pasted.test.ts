import { describe, expect, test } from 'vitest'
import { accepted, brief, briefs, inShort, load } from './support.ts'

const claudeDesktop = `{
  "mcpServers": {
    "filesystem": {
      "command": "npx",
      "args": ["-y", "@modelcontextprotocol/server-filesystem", "/tmp"]
    },
    "github": {
      "command": "npx",
      "args": ["-y", "@modelcontextprotocol/server-github"],
      "env": { "GITHUB_PERSONAL_ACCESS_TOKEN": "\${env:GITHUB_TOKEN}" }
    }
  },
  "isUsingBuiltInNodeForMcp": true,
  "globalShortcut": "Ctrl+Space",
  "scale": 1
}
`

const vsCode = `{
  "inputs": [{ "type": "promptString", "id": "token", "password": true }],
  "servers": {
    "memory": { "type": "stdio", "command": "npx", "args": ["-y", "memory"], "envFile": ".env", "dev": { "watch": "*" } },
    "docs": { "type": "http", "url": "https://example.com/mcp" }
  }
}
`

const cline = `{
  "mcpServers": {
    "weather": {
      "command": "uvx",
      "args": ["weather"],
      "disabled": false,
      "autoApprove": ["get_forecast"],
      "alwaysAllow": ["get_alerts"],
      "disabledTools": ["set_location"],
      "timeout": 60
    },
    "old": { "command": "x", "disabled": true }
  }
}
`

const copilot = `{ "mcpServers": { "db": { "type": "local", "command": "npx", "args": [], "tools": ["*"] } } }`

const ignored = (key: string): string =>
  `warning: "${key}" is a key of another host; it is ignored and allows nothing`

describe('the whole file of another host', () => {
  const cases: readonly [host: string, text: string, servers: string[], problems: string[]][] = [
    [
      'Claude Desktop',
      claudeDesktop,
      [
        'filesystem npx -y @modelcontextprotocol/server-filesystem /tmp',
        'github npx -y @modelcontextprotocol/server-github GITHUB_PERSONAL_ACCESS_TOKEN=${env:GITHUB_TOKEN}',
      ],
      [
        '1:1: warning: "version" is missing and taken as 1',
        `13:3: ${ignored('isUsingBuiltInNodeForMcp')}`,
        `14:3: ${ignored('globalShortcut')}`,
        `15:3: ${ignored('scale')}`,
      ],
    ],
    [
      'VS Code',
      vsCode,
      ['memory npx -y memory', 'docs https://example.com/mcp'],
      [
        '1:1: warning: "version" is missing and taken as 1',
        `2:3: ${ignored('inputs')}`,
        `4:78: ${ignored('envFile')}`,
        `4:97: ${ignored('dev')}`,
      ],
    ],
    [
      'Cline',
      cline,
      ['weather uvx weather'],
      [
        '1:1: warning: "version" is missing and taken as 1',
        `7:7: ${ignored('autoApprove')}`,
        `8:7: ${ignored('alwaysAllow')}`,
        `9:7: ${ignored('disabledTools')}`,
        '10:7: warning: "timeout" has no unit and is ignored; some hosts mean seconds, others milliseconds',
      ],
    ],
    [
      'Copilot CLI',
      copilot,
      ['db npx'],
      [
        '1:1: warning: "version" is missing and taken as 1',
        '1:74: warning: "tools" as a list is of another host; it is ignored and allows nothing',
      ],
    ],
  ]

  test.each(cases)('%s', async (_, text, servers, problems) => {
    const config = await accepted(text)
    expect(config.servers.map(inShort)).toEqual(servers)
    expect(await briefs(text)).toEqual(problems)
  })

  test.each(cases)('%s: what it allowed there is not allowed here (promise 4)', async (_, text) => {
    const config = await accepted(text)
    expect(config.servers.map(({ tools }) => tools)).toEqual(config.servers.map(() => ({})))
  })
})

describe('a pasted object in our file', () => {
  const entry = '"a-b": { "command": "x", "env": { "A": "1" } }'
  const cases: readonly [what: string, text: string][] = [
    ['mcpServers in place of servers', `version: 1\nmcpServers: { ${entry} }\n`],
    ['the value of mcpServers below servers', `version: 1\nservers: { ${entry} }\n`],
    ['mcpServers with its braces below servers', `version: 1\nservers: { "mcpServers": { ${entry} } }\n`],
    [
      'mcpServers indented below servers',
      `version: 1\nservers:\n  mcpServers:\n    a-b: { command: x, env: { A: 1 } }\n`,
    ],
  ]
  test.each(cases)('%s', async (_, text) => {
    const config = await accepted(text)
    expect(config.servers.map(inShort)).toEqual(['a-b x A=1'])
    expect(config.warnings).toEqual([])
  })

  test('positions are those of the file', async () => {
    const text = 'version: 1\nservers:\n  mcpServers:\n    a:\n      command: x\n      env: { A: "1" }\n'
    const [server] = (await accepted(text)).servers
    expect(server?.position).toEqual({ line: 4, col: 5 })
    expect(server?.fieldPosition('env.A')).toEqual({ line: 6, col: 17 })
    expect(await briefs(text.replace('command', 'comand'))).toEqual(['5:7: unknown key "comand" in "a"'])
  })

  test('a server that is called mcpServers stays one', async () => {
    const config = await accepted('version: 1\nservers: { mcpServers: { command: x } }\n')
    expect(config.servers.map(inShort)).toEqual(['mcpservers x'])
  })

  test('a slip beside pasted servers is still an error', async () => {
    expect(await briefs('{ "mcpServers": {}, "profles": {} }')).toContain('1:21: unknown key "profles"')
  })

  test('every foreign key says what to write here instead', async () => {
    const text =
      'version: 1\nservers: { a: { command: x, trust: true, excludeTools: [x], sandbox: { a: 1 } } }\n'
    const { servers, warnings } = await accepted(text)
    expect(servers[0]?.sandbox.mode).toBe('auto')
    expect(warnings.map(({ hint }) => hint)).toEqual([
      'list the tools that may run without asking in `tools: { allow: […] }`',
      'list the tools that must not run in `tools: { block: […] }`',
      'write `sandbox: required` to start the server only when it is confined',
    ])
  })
})

describe('values that YAML reads as something else than text', () => {
  const cases: readonly [written: string, read: string][] = [
    ['8080', '8080'],
    ['0x10', '0x10'],
    ['0o17', '0o17'],
    ['1e3', '1e3'],
    ['1_000', '1_000'],
    ['12345678901234567890', '12345678901234567890'],
    ['1.10', '1.10'],
    ['-0', '-0'],
    ['.inf', '.inf'],
    ['true', 'true'],
    ['TRUE', 'TRUE'],
    ['yes', 'yes'],
    ['2026-01-02', '2026-01-02'],
    ['"null"', 'null'],
    ['""', ''],
  ]
  test.each(cases)('%s is %j in env, headers and args', async (written, read) => {
    const text = `version: 1\nservers:\n  a: { command: x, args: [${written}], env: { A: ${written} } }\n`
    const [server] = (await accepted(text)).servers
    if (server?.launch.kind !== 'stdio') throw new Error('not a program')
    expect(server.launch.env.get('A')?.source).toBe(read)
    expect(server.launch.args.map(({ source }) => source)).toEqual([read])
  })
})

describe('ids', () => {
  const cases: readonly [original: string, id: string][] = [
    ['github', 'github'],
    ['GitHub', 'github'],
    ['my_server', 'my-server'],
    ['@scope/server', 'scope-server'],
    ['a  b', 'a-b'],
    ['server-filesystem-local', 'server-filesyste'],
    ['fifteen-letters_x', 'fifteen-letters'],
    ['Ünï 7', 'n-7'],
    ['8080', '8080'],
  ]
  test.each(cases)('%s is %s', async (original, id) => {
    const text = `version: 1\nservers: { ${JSON.stringify(original)}: { command: x } }\n`
    const { servers, warnings } = await accepted(text)
    expect(servers.map((server) => [server.originalId, server.id])).toEqual([[original, id]])
    expect(warnings.every(({ message }) => message.includes(`is called "${id}" here`))).toBe(true)
    expect(warnings).toHaveLength(original === id ? 0 : 1)
  })

  test.each(['sidemux', 'Sidemux', '@sidemux', 'sidemux-', 'sidemux---'])(
    '%s is none: its words would be taken for ours',
    async (id) => {
      const entry = `{ ${JSON.stringify(id)}: { command: x } }`
      const message = 'no server can be called "sidemux": what it says would be taken for what sidemux says'
      const { config, problems } = await load(`version: 1\nservers: ${entry}\n`)
      expect([config, problems.map(brief)]).toEqual([undefined, [`2:12: ${message}`]])
      expect(problems[0]?.hint).toMatch(/^rename it; if it starts sidemux itself, remove it$/)
      // Also as a host has it.
      expect(await briefs(`mcpServers: ${entry}\n`)).toContain(`1:15: ${message}`)
    },
  )

  test('that only begin like our name are others', async () => {
    const { servers } = await accepted('version: 1\nservers: { sidemux-docs: { command: x } }\n')
    expect(servers.map(({ id }) => id)).toEqual(['sidemux-docs'])
  })
})

test('warnings leave the configuration usable, and it carries them', async () => {
  const config = await accepted(copilot)
  expect(config.warnings.map(brief)).toEqual(await briefs(copilot))
})
