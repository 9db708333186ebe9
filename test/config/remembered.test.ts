/** What is remembered of a servers.yaml is what it means, for the very same file and choice, and nobody else can read it. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { Config, ServerConfig } from '../../src/config/config.ts'
import { loadConfig, type ConfigChoice } from '../../src/config/load.ts'
import { recallConfig } from '../../src/config/remembered/recall.ts'
import { rememberConfig } from '../../src/config/remembered/remember.ts'

const EXAMPLES = resolve(import.meta.dirname, '../../examples')

interface Kept {
  readonly dir: string
  readonly state: string
  readonly choice: ConfigChoice
  /** What was remembered. */
  readonly file: () => string
}

/** A servers.yaml that was read once and remembered. */
async function kept(content: string | Uint8Array, more: Partial<ConfigChoice> = {}): Promise<Kept> {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-remembered-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const path = join(dir, 'servers.yaml')
  const state = join(dir, 'state')
  mkdirSync(state)
  writeFileSync(path, content)
  const choice = { path, env: {}, cwd: dir, ...more }
  await rememberConfig(await loadConfig(choice), choice, state)
  return {
    dir,
    state,
    choice,
    file: () => join(state, 'configs', readdirSync(join(state, 'configs'))[0] ?? ''),
  }
}

/** Without functions, which are compared by what they give. */
function plain(config: Config): unknown {
  const server = ({ fieldPosition, launch, ...rest }: ServerConfig): unknown => {
    const names = launch.kind === 'remote' ? launch.headers : launch.env
    const section = launch.kind === 'remote' ? 'headers' : 'env'
    const args = launch.kind === 'remote' ? [] : launch.args.map((_arg, index) => `args.${index}`)
    const fields = ['command', 'url', 'cwd', 'sandbox', 'nothing', ...args, `${section}.NONE`]
    const all = [...fields, ...[...names.keys()].map((name) => `${section}.${name}`)]
    return { ...rest, launch, at: all.map((field) => fieldPosition(field)) }
  }
  return {
    ...config,
    source: undefined,
    servers: config.servers.map(server),
    elsewhere: config.elsewhere.map(server),
    unchosen: config.unchosen.map(server),
  }
}

const RICH = `version: 1
environment: dev
secrets:
  local: { type: dotenv, path: .env }
servers:
  one:
    command: node
    args: [server.js, '--port', '\${env:PORT:-80}']
    env: { TOKEN: '\${local:TOKEN}', "A.B": x }
    environments: [dev]
    tools: { allow: [get_*, { tool: put, where: { path: { pattern: '^/tmp/' } } }], rateLimit: { put: 3/min } }
  two: { url: 'https://mcp.example.com', headers: { Authorization: 'Bearer \${local:TWO}' } }
  three: { command: three, environments: [prod] }
  broken: { command: [7] }
profiles:
  few: { servers: [two] }
`

it.each([
  ...readdirSync(EXAMPLES)
    .filter((name) => existsSync(join(EXAMPLES, name, 'servers.yaml')))
    .map((name) => ({
      name: `the example ${name}`,
      content: readFileSync(join(EXAMPLES, name, 'servers.yaml'), 'utf8'),
      more: {},
    })),
  { name: 'much of everything, and an entry that is kept down', content: RICH, more: {} },
  { name: 'another environment', content: RICH, more: { environment: 'prod' } },
  { name: 'a profile', content: RICH, more: { profile: 'few' } },
  { name: 'a path that is relative to elsewhere', content: RICH, more: { cwd: '/' } },
])('comes back as it was read: $name', async ({ content, more }) => {
  const { choice, state } = await kept(content, more)
  const { runnable } = await loadConfig(choice)
  const recalled = await recallConfig(choice, state)
  expect(runnable && plain(runnable)).toEqual(recalled && plain(recalled))
  expect(recalled).toBeDefined()
})

it.each<[what: string, change: (kept: Kept) => Partial<ConfigChoice> | void]>([
  ['one byte of the file', ({ choice }) => writeFileSync(choice.path ?? '', `${RICH}\n`)],
  ['the environment', () => ({ environment: 'prod' })],
  ['the environment by its variable', () => ({ env: { SIDEMUX_ENVIRONMENT: 'prod' } })],
  ['the profile', () => ({ profile: 'few' })],
  ['trust', () => ({ env: { SIDEMUX_TRUST: 'off' } })],
  ['who chose the file', ({ dir }) => ({ path: 'servers.yaml', cwd: dir })],
  [
    'the place of the file',
    ({ dir, choice }) => {
      mkdirSync(join(dir, 'other'))
      writeFileSync(join(dir, 'other/servers.yaml'), readFileSync(choice.path ?? ''))
      return { path: join(dir, 'other/servers.yaml') }
    },
  ],
  ['a byte of what is remembered', ({ file }) => damage(file(), 40)],
  ['its seal', ({ file }) => damage(file(), 20)],
  ['its length', ({ file }) => writeFileSync(file(), readFileSync(file()).subarray(0, 60))],
  ['all of it', ({ file }) => writeFileSync(file(), '')],
  ['who may write it', ({ file }) => chmodSync(file(), 0o666)],
])('is forgotten when %s is another', async (_what, change) => {
  const one = await kept(RICH)
  const more = change(one) ?? {}
  expect(await recallConfig({ ...one.choice, ...more }, one.state)).toBeUndefined()
})

function damage(file: string, at: number): void {
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`)
}

it('is not believed in a file of another user', async () => {
  if (process.getuid?.() !== 0) return
  const { choice, state, file } = await kept(RICH)
  chownSync(file(), 12_345, 12_345)
  expect(await recallConfig(choice, state)).toBeUndefined()
})

it('holds nothing that can be read without the file, for this user alone (promise 3)', async () => {
  const secret = 'made-up-token-0123456789'
  const { file } = await kept(RICH.replace('x }', `${secret} }`))
  const sealed = readFileSync(file(), 'utf8')
  const hidden = Buffer.from(sealed, 'base64').toString('latin1')
  for (const word of [secret, 'server.js', 'mcp.example.com', 'TOKEN', 'three'])
    expect([sealed.includes(word), hidden.includes(word)], word).toEqual([false, false])
  expect(statSync(file()).mode & 0o777).toBe(0o600)
})

it('is nothing where a file has to be mended, or other files decide what it means', async () => {
  const NESTED = (file: string): string =>
    `version: 1\nservers: { inner: { command: sidemux, args: [--config, ${file}] } }\n`
  const { state: broken } = await kept('version: 1\nservers: 7\n')
  expect(readdirSync(broken)).toEqual([])
  const one = await kept(NESTED('other.yaml'))
  // The other file isn't there yet, so nothing was found.
  expect(await recallConfig(one.choice, one.state)).toBeDefined()
  writeFileSync(join(one.dir, 'other.yaml'), NESTED('servers.yaml'))
  expect(await recallConfig(one.choice, one.state)).toBeUndefined()
  const { runnable } = await loadConfig(one.choice)
  expect(runnable?.odd.map(({ id }) => id)).toEqual(['inner'])
  rmSync(join(one.state, 'configs'), { recursive: true })
  await rememberConfig(await loadConfig(one.choice), one.choice, one.state)
  expect(readdirSync(one.state)).toEqual([])
})

it('keeps the newest content of a file, and the newest 32 of all', async () => {
  const { choice, state, dir } = await kept(RICH)
  writeFileSync(choice.path ?? '', `${RICH}# edited\n`)
  await rememberConfig(await loadConfig(choice), choice, state)
  expect(readdirSync(join(state, 'configs'))).toHaveLength(1)
  for (let index = 0; index < 33; index += 1) {
    const path = join(dir, `${index}.yaml`)
    writeFileSync(path, 'version: 1\nservers: {}\n')
    await rememberConfig(await loadConfig({ ...choice, path }), { ...choice, path }, state)
  }
  expect(readdirSync(join(state, 'configs'))).toHaveLength(32)
})
