/** What hosts write and people paste: each starts exactly what its writer meant. */

/** Lines as `inShort` has them, an odd entry as `id !`, then what is said, as `line:col: message`. */
export interface Paste {
  readonly what: string
  readonly text: string | Uint8Array
  readonly starts: readonly string[]
  /** Whole messages, in the order of the file; left out where nothing is said but that the version is missing. */
  readonly says?: readonly string[]
  /** Words of the first hint. */
  readonly hint?: RegExp
}

const noVersion = '1:1: warning: "version" is missing and taken as 1'
const ignored = (at: string, key: string): string =>
  `${at}: warning: "${key}" is a key of another host; it is ignored and allows nothing`

export const HOSTS: readonly Paste[] = [
  {
    what: 'Claude Code, .mcp.json',
    text: '{ "mcpServers": { "a": { "type": "stdio", "command": "npx", "args": ["-y", "x"], "env": {} } } }',
    starts: ['a npx -y x'],
  },
  {
    what: 'Claude Code, ~/.claude.json with projects',
    text: `{
  "numStartups": 3,
  "projects": { "/w": { "mcpServers": { "p": { "command": "other" } }, "allowedTools": [] } },
  "mcpServers": { "a": { "command": "x" }, "b": { "command": "y" } },
  "disabledMcpServers": ["b"]
}`,
    starts: ['a x', 'b off'],
    says: [
      noVersion,
      ignored('2:3', 'numStartups'),
      '3:3: warning: the servers of single projects of that host are left out',
      '4:44: warning: "b" is switched off by "disabledMcpServers"',
      ignored('5:3', 'disabledMcpServers'),
    ],
  },
  {
    what: 'Claude Code, ~/.claude.json with servers in projects only',
    text: '{ "projects": { "/w": { "mcpServers": { "p": { "command": "other" } } } } }',
    starts: [],
    says: ['1:3: the servers of this file belong to single projects of that host, so none is taken'],
    hint: /copy the `mcpServers` object/,
  },
  {
    what: 'VS Code, mcp.json',
    text: '{ "inputs": [{ "id": "t" }], "servers": { "a": { "type": "http", "url": "https://e.com/mcp", "headers": { "X": "${input:t}" } }, "b": { "command": "x" } } }',
    starts: ['b x', 'a !'],
    says: [noVersion, ignored('1:3', 'inputs'), '1:113: "X": a host would put a variable here'],
  },
  {
    what: 'VS Code, settings.json',
    text: '{ "editor.fontSize": 14, "mcp": { "inputs": [], "servers": { "a": { "command": "x", "env": { "A": null } } } } }',
    starts: ['a !'],
    says: [
      noVersion,
      ignored('1:3', 'editor.fontSize'),
      '1:99: "A": expected text, or a mapping with "value"',
    ],
  },
  {
    what: 'VS Code, devcontainer.json',
    text: '{ "image": "x", "customizations": { "vscode": { "mcp": { "servers": { "a": { "command": "x" } } } } } }',
    starts: ['a x'],
    says: [noVersion, ignored('1:3', 'image')],
  },
  {
    what: 'Zed, settings.json',
    text: '{ // Zed\n  "theme": "One", "context_servers": { "a": { "source": "custom", "enabled": true, "command": "x", "args": ["y"], "env": { "A": "1" } } }, }',
    starts: ['a x y A=1'],
    says: [noVersion, ignored('2:3', 'theme'), ignored('2:47', 'source')],
  },
  {
    what: 'Zed, with the command as a mapping',
    text: '{ "context_servers": { "a": { "command": { "path": "x", "args": ["y"], "env": { "A": "1" } }, "settings": {} } } }',
    starts: ['a x y A=1'],
    says: [noVersion, ignored('1:95', 'settings')],
  },
  {
    what: 'opencode',
    text: `{
  "$schema": "https://opencode.ai/config.json",
  "mcp": {
    "a": { "type": "local", "command": ["npx", "-y", "x"], "environment": { "A": "1" }, "enabled": true },
    "off": { "type": "local", "command": ["npx"], "enabled": false },
    "far": { "type": "remote", "url": "https://e.com/mcp", "headers": { "X": "{env:KEY}" } },
    "near": { "type": "remote", "url": "https://e.com/mcp" },
  },
}`,
    starts: ['a npx -y x A=1', 'off off', 'near https://e.com/mcp', 'far !'],
    says: [noVersion, '6:79: "X": a host would put a variable here'],
  },
  {
    what: 'Codex, config.toml',
    text: 'model = "x"\n\n[mcp_servers.a]\ncommand = "npx"\nargs = ["-y", "x"]\n',
    starts: [],
    says: ['3:1: this is TOML, as Codex has it in config.toml; it is not read'],
    hint: /servers: \{ NAME: \{ command: …/,
  },
  {
    what: 'Codex, below our version',
    text: 'version: 1\n[mcp_servers.a]\ncommand = "npx"\n',
    starts: [],
    says: ['2:1: this is TOML, as Codex has it in config.toml; it is not read'],
  },
  {
    what: 'another TOML',
    text: '[servers.a]\ncommand = "npx"\n',
    starts: [],
    says: [
      '1:1: these are lines of NAME = value, as TOML and .env files have them; only YAML and JSON are read',
    ],
  },
  {
    what: 'Codex, as JSON',
    text: '{ "mcp_servers": { "a": { "command": "x", "env_vars": ["HTTPS_PROXY"], "startup_timeout_sec": 9 } } }',
    starts: ['a x +HTTPS_PROXY'],
    says: [noVersion, ignored('1:72', 'startup_timeout_sec')],
  },
  {
    what: 'Gemini CLI',
    text: '{ "mcpServers": { "a": { "httpUrl": "https://e.com/mcp", "timeout": 5000, "trust": true }, "b": { "command": "x" } }, "mcp": { "excluded": ["b"] } }',
    starts: ['a https://e.com/mcp', 'b off'],
    says: [
      noVersion,
      '1:58: warning: "timeout" has no unit and is ignored; some hosts mean seconds, others milliseconds',
      ignored('1:75', 'trust'),
      '1:92: warning: "b" is switched off by "mcp.excluded"',
      ignored('1:119', 'mcp'),
    ],
  },
  {
    what: 'Gemini CLI, allowed only',
    text: '{ "mcp": { "allowed": ["a"] }, "mcpServers": { "a": { "command": "x" }, "b": { "command": "x" } } }',
    starts: ['a x', 'b off'],
    says: [noVersion, ignored('1:3', 'mcp'), '1:73: warning: "b" is switched off by "mcp.allowed"'],
  },
  {
    what: 'Windsurf',
    text: '{ "mcpServers": { "a": { "serverUrl": "https://e.com/sse", "disabledTools": ["x"] } } }',
    starts: ['a https://e.com/sse'],
    says: [noVersion, ignored('1:60', 'disabledTools')],
  },
  {
    what: 'Roo',
    text: '{"mcpServers":{"a":{"type":"streamable-http","url":"https://e.com","alwaysAllow":["x"],"disabled":true},"b":{"command":"x","alwaysAllow":["y"]}}}',
    starts: ['a off', 'b x'],
    says: [noVersion, ignored('1:68', 'alwaysAllow'), ignored('1:124', 'alwaysAllow')],
  },
  {
    what: 'Cline with the older key',
    text: '{"mcpServers":{"a":{"transportType":"stdio","command":"x"},"b":{"transportType":"sse","url":"https://e.com/sse"}}}',
    starts: ['a x', 'b https://e.com/sse (sse)'],
  },
  {
    what: 'fastmcp',
    text: 'version: 1\nservers:\n  a: { transport: stdio, command: x }\n  b: { transport: streamable_http, url: "https://e.com" }\n  c: { transport: studio, command: x }\n',
    starts: ['a x', 'b https://e.com', 'c !'],
    says: ['5:19: "type": expected one of stdio, local, http, streamable-http, streamableHttp, sse'],
    hint: /did you mean "stdio"\?/,
  },
  {
    what: 'Continue, config.yaml',
    text: 'name: x\nversion: 0.0.1\nschema: v1\nmcpServers:\n  - name: My DB\n    command: npx\n    args: [-y, x]\n    env:\n      KEY: ${{ secrets.KEY }}\n  - name: b\n    type: sse\n    url: https://e.com/sse\n  - command: y\n',
    starts: ['b https://e.com/sse (sse)', 'my-db !', 'item-3 !'],
    says: [
      noVersion,
      ignored('1:1', 'name'),
      ignored('3:1', 'schema'),
      '5:5: warning: "My DB" is called "my-db" here: a server\'s name has only a-z, 0-9 and -, at most 16 of them',
      '9:12: "KEY": a host would put a variable here',
      '13:5: this server has no name',
    ],
  },
  {
    what: 'Goose',
    text: 'GOOSE_PROVIDER: x\nextensions:\n  dev: { type: builtin, name: dev, enabled: true, bundled: true }\n  a: { type: stdio, name: A, cmd: npx, args: [-y, x], envs: { A: "1" }, enabled: true, timeout: 300 }\n  b: { type: streamable_http, uri: "https://e.com", enabled: false }\n  c: { type: sse, uri: "https://e.com", env_keys: [K] }\n',
    starts: ['a npx -y x A=1', 'b off', 'c https://e.com (sse)'],
    says: [
      noVersion,
      ignored('1:1', 'GOOSE_PROVIDER'),
      '3:3: warning: this is a part of another host and no MCP server; it is left out',
      ignored('4:21', 'name'),
      '4:88: warning: "timeout" has no unit and is ignored; some hosts mean seconds, others milliseconds',
      ignored('6:41', 'env_keys'),
    ],
  },
  {
    what: 'LibreChat',
    text: 'version: 1.2.1\ncache: true\nmcpServers:\n  a:\n    type: streamable-http\n    url: https://e.com/mcp\n    timeout: 30000\n    chatMenu: false\n',
    starts: ['a https://e.com/mcp'],
    says: [
      noVersion,
      ignored('2:1', 'cache'),
      '7:5: warning: "timeout" has no unit and is ignored; some hosts mean seconds, others milliseconds',
      ignored('8:5', 'chatMenu'),
    ],
  },
  {
    what: 'Amazon Q, an agent',
    text: '{ "name": "q", "description": "d", "mcpServers": { "a": { "command": "x", "timeout": 120000, "disabled": false } }, "tools": ["*"], "allowedTools": ["fs_read"] }',
    starts: ['a x'],
    says: [
      noVersion,
      ignored('1:3', 'name'),
      ignored('1:16', 'description'),
      '1:75: warning: "timeout" has no unit and is ignored; some hosts mean seconds, others milliseconds',
      ignored('1:117', 'tools'),
      ignored('1:133', 'allowedTools'),
    ],
  },
  {
    what: 'Cherry Studio',
    text: '{ "mcpServers": { "x1": { "isActive": true, "name": "n", "type": "streamableHttp", "baseUrl": "https://e.com", "command": "", "args": [], "env": {} }, "x2": { "isActive": false, "type": "stdio", "command": "x", "baseUrl": "" }, "x3": { "type": "inMemory", "isActive": true } } }',
    starts: ['x1 https://e.com', 'x2 off'],
    says: [
      noVersion,
      ignored('1:45', 'name'),
      '1:127: warning: "args" does nothing for a server with a "url"',
      '1:139: warning: "env" does nothing for a server with a "url"',
      '1:229: warning: this is a part of another host and no MCP server; it is left out',
    ],
  },
  {
    what: 'Amp',
    text: '{ "amp.mcpServers": { "a": { "command": "x" } }, "amp.tools": {} }',
    starts: ['a x'],
    says: [noVersion, ignored('1:50', 'amp.tools')],
  },
  {
    what: 'the bare object',
    text: '{ "a": { "command": "x" }, "b": { "url": "https://e.com" } }',
    starts: ['a x', 'b https://e.com'],
  },
  {
    what: 'the bare object in YAML, below our version',
    text: 'version: 1\na:\n  command: x\n',
    starts: ['a x'],
    says: [],
  },
  {
    what: 'a server with its name, as `code --add-mcp` takes it',
    text: '{ "name": "a", "command": "x", "args": ["y"] }',
    starts: ['a x y'],
  },
  {
    what: 'a list of servers and nothing else',
    text: '[{ "name": "a", "command": "x" }, { "name": "b", "url": "https://e.com", "isActive": false }] // mine',
    starts: ['a x', 'b off'],
  },
  {
    what: 'a .env file',
    text: '# mine\nTOKEN=abc\nOTHER="d: e"\n',
    starts: [],
    says: [
      '2:1: these are lines of NAME = value, as TOML and .env files have them; only YAML and JSON are read',
    ],
  },
  {
    what: 'Codex, in one line',
    text: 'mcp_servers.a = { command = "npx" }\n',
    starts: [],
    says: ['1:1: this is TOML, as Codex has it in config.toml; it is not read'],
  },
  {
    what: 'a server without a name',
    text: '{ "command": "x", "args": ["y"] }',
    starts: [],
    says: ['1:1: this is one server, and it has no name'],
    hint: /servers: \{ NAME: \{ … \} \}/,
  },
  {
    what: 'a manifest of MCPB',
    text: '{ "manifest_version": "0.3", "name": "x", "version": "1.0.0", "server": { "type": "node", "entry_point": "i.js", "mcp_config": { "command": "node", "args": ["${__dirname}/i.js"] } } }',
    starts: [],
    says: [
      '1:63: this is the manifest of an extension (MCPB, DXT), and says how a host would start it once it is unpacked',
    ],
    hint: /"mcp_config"/,
  },
  {
    what: "the MCP registry's server.json",
    text: '{ "name": "io.github.x/y", "version": "1.0.0", "packages": [{ "registryType": "npm", "identifier": "y", "transport": { "type": "stdio" } }] }',
    starts: [],
    says: ['1:48: this is an entry of the MCP registry (server.json), which says where a server can be had'],
    hint: /command: npx/,
  },
  {
    what: 'smithery.yaml',
    text: 'startCommand:\n  type: stdio\n  commandFunction: |-\n    (config) => ({ command: "node" })\n',
    starts: [],
    says: ['1:1: this is a smithery.yaml, which says how Smithery builds a server'],
  },
  {
    what: 'package.json',
    text: '{ "name": "x", "version": "1.0.0", "scripts": { "start": "node ." } }',
    starts: [],
    says: ['1:3: this is a package.json'],
  },
  {
    what: 'a transport in a mapping',
    text: '{ "mcpServers": { "a": { "transport": { "type": "sse", "url": "https://e.com/sse" } } } }',
    starts: ['a https://e.com/sse (sse)'],
  },
]
