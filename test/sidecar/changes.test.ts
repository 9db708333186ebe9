/** What an edit restarts, and what it doesn't. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { configChanges, type ConfigChanges } from '../../src/sidecar/changes.ts'

const NOTHING: ConfigChanges = { added: [], removed: [], restarted: [], changed: [], sections: [] }
const BASE = {
  version: 1,
  environment: 'dev',
  secrets: {
    local: { type: 'dotenv', path: '.env' },
    each: { type: 'dotenv', path: '.env.{environment}' },
    team: {
      type: 'vault',
      address: 'https://vault.example',
      auth: { method: 'token', token: '${env:VAULT}' },
    },
  },
  servers: {
    a: { command: 'node', args: ['a.js'], env: { X: '1', Y: '2' } },
    b: { command: 'node', env: { T: '${local:T}' }, cwd: '.' },
    c: { command: 'node', env: { T: '${each:T}' } },
    d: { command: 'node', leases: { db: { store: 'team', path: '/p' } }, env: { T: '${lease:db#x}' } },
    e: { url: 'https://mcp.example/mcp', headers: { Authorization: 'Bearer ${team:/t}' } },
  },
}

type Shape = Record<string, Record<string, unknown>>
/** A copy with something changed in it. */
type Edit = (config: { secrets: Shape; servers: Shape; [key: string]: unknown }) => unknown

it.each<[what: string, edit: Edit, expected: Partial<ConfigChanges>]>([
  ['nothing', () => {}, {}],
  [
    'the order of variables',
    ({ servers }) => Object.assign(servers['a'] ?? {}, { env: { Y: '2', X: '1' } }),
    {},
  ],
  ['the order of servers', (config) => (config.servers = reversed(config.servers)), {}],
  [
    'an argument',
    ({ servers }) => Object.assign(servers['a'] ?? {}, { args: ['b.js'] }),
    { restarted: ['a'] },
  ],
  [
    'a variable',
    ({ servers }) => Object.assign(servers['a'] ?? {}, { env: { X: '1' } }),
    { restarted: ['a'] },
  ],
  [
    'inheritEnv',
    ({ servers }) => Object.assign(servers['a'] ?? {}, { inheritEnv: ['Z'] }),
    { restarted: ['a'] },
  ],
  ['cwd', ({ servers }) => Object.assign(servers['b'] ?? {}, { cwd: './x' }), { restarted: ['b'] }],
  ['sandbox', ({ servers }) => Object.assign(servers['a'] ?? {}, { sandbox: 'off' }), { restarted: ['a'] }],
  [
    'startTimeout',
    ({ servers }) => Object.assign(servers['a'] ?? {}, { startTimeout: '9s' }),
    { restarted: ['a'] },
  ],
  [
    'allowSecretsInArgs',
    ({ servers }) => Object.assign(servers['a'] ?? {}, { allowSecretsInArgs: true }),
    { restarted: ['a'] },
  ],
  [
    'headers',
    ({ servers }) => Object.assign(servers['e'] ?? {}, { headers: { A: 'b' } }),
    { restarted: ['e'] },
  ],
  [
    'the ttl of a lease',
    ({ servers }) =>
      Object.assign(servers['d'] ?? {}, { leases: { db: { store: 'team', path: '/p', ttl: '1h' } } }),
    { restarted: ['d'] },
  ],
  ...[
    'timeout: 9s',
    'rateLimit: 1/day',
    'description: x',
    'sampling: allow',
    'elicitation: off',
    'roots: off',
  ].map((rule): [string, Edit, Partial<ConfigChanges>] => {
    const [key = '', value] = rule.split(': ')
    return [rule, ({ servers }) => Object.assign(servers['b'] ?? {}, { [key]: value }), { changed: ['b'] }]
  }),
  [
    'tools',
    ({ servers }) => Object.assign(servers['b'] ?? {}, { tools: { block: ['*'] } }),
    { changed: ['b'] },
  ],
  [
    'resources',
    ({ servers }) => Object.assign(servers['b'] ?? {}, { resources: { block: ['*'] } }),
    { changed: ['b'] },
  ],
  ['validate', ({ servers }) => Object.assign(servers['b'] ?? {}, { validate: false }), { changed: ['b'] }],
  ['a default', (config) => (config['defaults'] = { timeout: '9s' }), { changed: ['a', 'b', 'c', 'd', 'e'] }],
  ['a new server', ({ servers }) => (servers['f'] = { command: 'node' }), { added: ['f'] }],
  ['a server that goes', ({ servers }) => delete servers['a'], { removed: ['a'] }],
  [
    'a disabled server',
    ({ servers }) => Object.assign(servers['a'] ?? {}, { disabled: true }),
    { removed: ['a'] },
  ],
  [
    'a server of another environment',
    ({ servers }) => Object.assign(servers['a'] ?? {}, { environments: ['prod'] }),
    { removed: ['a'] },
  ],
  [
    'a store',
    ({ secrets }) => Object.assign(secrets['local'] ?? {}, { path: '.env.other' }),
    { restarted: ['b'], sections: ['stores'] },
  ],
  [
    'a store of leases and headers',
    ({ secrets }) => Object.assign(secrets['team'] ?? {}, { address: 'https://other.example' }),
    { restarted: ['d', 'e'], sections: ['stores'] },
  ],
  [
    'a store that nobody uses',
    ({ secrets }) => (secrets['more'] = { type: 'env' }),
    { sections: ['stores'] },
  ],
  [
    "a server's own login",
    ({ servers }) =>
      Object.assign(servers['d'] ?? {}, { auth: { team: { method: 'token', token: '${env:OTHER}' } } }),
    { restarted: ['d'], sections: ['stores'] },
  ],
  [
    'the environment',
    (config) => (config['environment'] = 'prod'),
    { restarted: ['c'], sections: ['environment'] },
  ],
  ['approvals', (config) => (config['approvals'] = { wait: '9s' }), { sections: ['approvals'] }],
  ['audit', (config) => (config['audit'] = { required: false }), { sections: ['audit'] }],
])('%s', async (_what, edit, expected) => {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-changes-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const read = async (value: unknown) => {
    const path = join(dir, 'servers.yaml')
    writeFileSync(path, JSON.stringify(value))
    const { config, problems } = await loadConfig({ path, env: {}, cwd: dir })
    if (config === undefined) throw new Error(JSON.stringify(problems))
    return config
  }
  const copy = structuredClone(BASE) as unknown as Parameters<Edit>[0]
  edit(copy)
  expect(configChanges(await read(BASE), await read(copy))).toEqual({ ...NOTHING, ...expected })
})

function reversed(servers: Shape): Shape {
  return Object.fromEntries(Object.entries(servers).toReversed())
}
