/** `secrets migrate`: what it moves, what it leaves as it was, and that nothing is lost or shown. */
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findPlainSecrets, replacePlainSecrets } from '../../src/checkup/plain-secrets.ts'
import { GITHUB, VAULT } from '../checkup/leaks/support.ts'
import { runHere } from '../e2e/run-here.ts'
import { run, type Place } from '../e2e/support.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sidemux-migrate-'))
})

afterEach(() => rm(dir, { recursive: true }))

/** In this process: what it says is the subject here, and not that it is a program. */
async function sidemux(...args: string[]): Promise<{ status: number | null; said: string }> {
  const { code, stdout, stderr } = await runHere(here(), args)
  return { status: code, said: stdout + stderr }
}

async function asProgram(...args: string[]): Promise<{ status: number | null; said: string }> {
  const { code, stdout, stderr } = await run(here(), args)
  return { status: code, said: stdout + stderr }
}

function here(): Place {
  const [config, state] = [join(dir, 'servers.yaml'), join(dir, 'state')]
  const env = { PATH: process.env['PATH'] ?? '', HOME: dir, SIDEMUX_STATE_DIR: state }
  return { dir, config, state, out: dir, env }
}

const place = (text: string): Promise<void> => writeFile(join(dir, 'servers.yaml'), text)
const now = (): Promise<string> => readFile(join(dir, 'servers.yaml'), 'utf8')

const YAML = `# head of the file
version: 1   # one

# the servers
servers:
  github:
    command: node
    args: ["-e", "0"]   # fine
    env:
      GITHUB_TOKEN: ghp_0123456789abcdef   # rotate me
      OTHER: plain
      API_KEY: |
        block-secret-value
      DB_PASSWORD: 'it''s "quoted" $\${x}'
  off: { command: x, disabled: true, env: { "API_TOKEN": "tok-in-flow-12345", N: 1 } }
  web:
    url: https://x.example/
    headers: { Authorization: "Bearer abcdefghijklmnop" }
`

const MOVED = `# head of the file
version: 1   # one

secrets:
  local: { type: local }
# the servers
servers:
  github:
    command: node
    args: ["-e", "0"]   # fine
    env:
      GITHUB_TOKEN: "\${local:github/GITHUB_TOKEN}"   # rotate me
      OTHER: plain
      API_KEY: "\${local:github/API_KEY}"
      DB_PASSWORD: "\${local:github/DB_PASSWORD}"
  off: { command: x, disabled: true, env: { "API_TOKEN": "\${local:off/API_TOKEN}", N: 1 } }
  web:
    url: https://x.example/
    headers: { Authorization: "Bearer \${local:web/Authorization}" }
`

const VALUES = /ghp_0123|block-secret|quoted|tok-in-flow|abcdefghijklmnop/

describe('secrets migrate', () => {
  test('shows by default and changes nothing', async () => {
    await place(YAML)
    const { status, said } = await sidemux('secrets', 'migrate')
    expect(status).toBe(0)
    expect(said).toContain('servers.yaml:10:21: github env.GITHUB_TOKEN -> ${local:github/GITHUB_TOKEN}')
    expect(said).toMatch(/5 values would move[^]*Nothing was changed/)
    expect(said).not.toMatch(VALUES)
    expect([await now(), await readdir(dir)]).toEqual([YAML, ['servers.yaml']])
  })

  test('moves with --write, keeps every other character and a backup of one’s own (promise 3)', async () => {
    await place(YAML)
    await chmod(join(dir, 'servers.yaml'), 0o640)
    const { status, said } = await asProgram('secrets', 'migrate', '--write')
    expect([status, await now()]).toEqual([0, MOVED])
    expect(said).not.toMatch(VALUES)
    expect((await stat(join(dir, 'servers.yaml'))).mode & 0o777).toBe(0o640)
    const backup = join(dir, (await readdir(dir)).find((name) => name.endsWith('.backup')) ?? '')
    expect([await readFile(backup, 'utf8'), (await stat(backup)).mode & 0o777]).toEqual([YAML, 0o600])
    expect((await sidemux('secrets', 'check')).status).toBe(0)
    expect((await sidemux('secrets', 'migrate', '--write')).said).toMatch(/holds no secret in plain/)
  })

  test('moves out of the object of another host, JSON as it was pasted', async () => {
    const json =
      '{\n  "mcpServers": {\n    "gh": { "command": "x", "env": { "GH_TOKEN": "ghp_\\u0030123456" } }\n  }\n}\n'
    await place(json)
    expect((await sidemux('secrets', 'migrate', '--write')).status).toBe(0)
    expect(await now()).toBe(
      '{\n  "secrets": { "local": { "type": "local" } },\n  "mcpServers": {\n    "gh": { "command": "x", "env": { "GH_TOKEN": "${local:gh/GH_TOKEN}" } }\n  }\n}\n',
    )
    expect((await sidemux('secrets', 'check')).status).toBe(0)
  })

  test('into a .env file, which the server then gets it from', async () => {
    await place(
      'version: 1\nsecrets:\n  env-file: { type: dotenv, path: .env }\nservers:\n  a: { command: x, env: { A_TOKEN: \'a "b" 0123456\' } }\n',
    )
    await writeFile(join(dir, '.env'), 'OLD=1')
    expect((await sidemux('secrets', 'migrate', '--write', '--to', 'env-file')).said).toMatch(/1 value moved/)
    expect(await readFile(join(dir, '.env'), 'utf8')).toBe('OLD=1\nA_A_TOKEN=\'a "b" 0123456\'\n')
    expect(await now()).toContain('"${env-file:A_A_TOKEN}"')
    expect((await sidemux('secrets', 'check')).status).toBe(0)
  })

  test('never overwrites another value of that name, and takes an equal one as it is', async () => {
    const entry = (value: string): string =>
      `version: 1\nservers:\n  a: { command: x, env: { A_TOKEN: ${value} } }\n`
    for (const [value, name] of [
      ['first-0123456', 'a/A_TOKEN'],
      ['second-0123456', 'a/A_TOKEN_2'],
      ['first-0123456', 'a/A_TOKEN'],
    ] as const) {
      await place(entry(value))
      expect((await sidemux('secrets', 'migrate', '--write')).status).toBe(0)
      expect(await now()).toContain(`"\${local:${name}}"`)
    }
  })

  test.each([
    [['--to', 'nope'], /there is no store "nope"/],
    [['--to', 'ro'], /doesn't write to stores of type env/],
  ])('%j is refused before anything happens', async (args, message) => {
    const text =
      'version: 1\nsecrets: { ro: { type: env } }\nservers: { a: { command: x, env: { A_TOKEN: abcdef012345 } } }\n'
    await place(text)
    for (const write of [[], ['--write']]) {
      const { status, said } = await sidemux('secrets', 'migrate', ...args, ...write)
      expect(status).toBe(2)
      expect(said).toMatch(message)
      expect([await now(), await readdir(dir)]).toEqual([text, ['servers.yaml']])
    }
  })
})

const layouts: readonly [what: string, before: string, after: string][] = [
  [
    'a block of stores',
    'secrets:\n    # mine\n    e: { type: env }\n',
    'secrets:\n    # mine\n    local: { type: local }\n    e: { type: env }\n',
  ],
  [
    'stores on one line',
    'secrets: { e: { type: env } }\n',
    'secrets: { "local": { "type": "local" }, e: { type: env } }\n',
  ],
  ['no stores on one line', 'secrets: {}\n', 'secrets: { "local": { "type": "local" } }\n'],
  ['an empty section', 'secrets:\n', 'secrets: { local: { type: local } }\n'],
]

describe('the text', () => {
  const rewrite = async (text: string): Promise<string | undefined> => {
    const moves = (await findPlainSecrets(text)).map((secret) => ({ secret, reference: '${local:x}' }))
    return replacePlainSecrets(text, moves, { alias: 'local', type: 'local' })
  }

  test.each(layouts)('a store is added to %s', async (_, before, after) => {
    const rest = 'servers: { a: { command: x, env: { A_TOKEN: abcdef012345 } } }\n'
    expect(await rewrite(`version: 1\n${before}${rest}`)).toBe(
      `version: 1\n${after}${rest.replace('abcdef012345', '"${local:x}"')}`,
    )
  })

  const moved: readonly [what: string, before: string, after: string][] = [
    ['a token under a harmless name', `{ CFG: ${GITHUB} }`, '{ CFG: "${local:x}" }'],
    [
      'a token inside a longer text',
      `{ CFG: 'u=$\${me};t=${GITHUB};' }`,
      '{ CFG: "u=$${me};t=${local:x};" }',
    ],
    ['a token beside a reference', `{ CFG: "\${env:U} ${GITHUB}" }`, '{ CFG: "${env:U} ${local:x}" }'],
    ['two tokens, together', `{ CFG: "${GITHUB} ${VAULT}" }`, '{ CFG: "${local:x}" }'],
    ['a token behind what would escape its reference', `{ CFG: "a$${GITHUB}" }`, '{ CFG: "${local:x}" }'],
    [
      'the password of an address',
      '{ CFG: "redis://u:hunter2@localhost/0" }',
      '{ CFG: "redis://u:${local:x}@localhost/0" }',
    ],
    [
      'an address under the name of one',
      '{ DATABASE_URL: "postgres://u:hunter2@localhost/0" }',
      '{ DATABASE_URL: "${local:x}" }',
    ],
  ]
  test.each(moved)('%s moves', async (_, before, after) => {
    const entry = (env: string): string => `servers: { a: { command: x, env: ${env} } }\n`
    expect(await rewrite(`version: 1\nsecrets: {}\n${entry(before)}`)).toBe(
      `version: 1\nsecrets: { "local": { "type": "local" } }\n${entry(after)}`,
    )
  })

  test('what no reference to a store can replace stays for a human', async () => {
    const entries = [
      `args: [${GITHUB}]`,
      `env: { CFG: "\${env:X:-${GITHUB}}" }`,
      `cwd: /${GITHUB}`,
      `description: ${GITHUB} # ${GITHUB}\n`,
    ]
    for (const entry of entries) {
      expect(await findPlainSecrets(`version: 1\nservers: { a: { command: x, ${entry} } }\n`)).toEqual([])
    }
  })

  test('line ends, anchors and shared values stay', async () => {
    const text =
      'version: 1\r\nservers:\r\n  a: { command: x, env: &e { A_TOKEN: &t abcdef012345 } }\r\n  b: { command: x, env: *e }\r\n  c: { command: x, env: { C_TOKEN: *t } }\r\n'
    expect(await rewrite(text)).toBe(
      'version: 1\r\nsecrets:\r\n  local: { type: local }\r\nservers:\r\n  a: { command: x, env: &e { A_TOKEN: &t "${local:x}" } }\r\n  b: { command: x, env: *e }\r\n  c: { command: x, env: { C_TOKEN: "${local:x}" } }\r\n',
    )
  })

  test('references, switches, empty values and harmless names are no plain secrets', async () => {
    const env =
      '{ A_TOKEN: "${env:X}", USE_TOKEN: true, B_TOKEN: "", MAX_TOKENS: 4096, AUTHOR: someone-long }'
    expect(await findPlainSecrets(`version: 1\nservers: { a: { command: x, env: ${env} } }\n`)).toEqual([])
  })
})
