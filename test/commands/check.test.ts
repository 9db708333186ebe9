import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkConfig, type CheckOptions } from '../../src/commands/check.ts'
import type { Confiner } from '../../src/confine/confiner/confiner.ts'
import { checkSecrets } from '../../src/commands/secrets/check.ts'
import { BROKEN } from '../config/broken-files.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sidemux-check-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

async function run(
  yaml: string | Buffer,
  options: CheckOptions = {},
  env: NodeJS.ProcessEnv = {},
  confiner: Confiner = { kind: 'bubblewrap', program: '/usr/bin/bwrap' },
): Promise<{ code: number; out: string }> {
  writeFileSync(join(dir, 'servers.yaml'), yaml, { mode: 0o600 })
  const stdout = new PassThrough()
  const code = await checkConfig(options, { stdout, env, cwd: dir }, async () => confiner)
  return { code, out: String(stdout.read()) }
}

/** What `run` says about one server, without the summary. */
async function about(entry: string, stores = '{}', env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const { out } = await run(
    `version: 1\nsecrets: ${stores}\nservers: { a: { command: x, ${entry} } }\n`,
    { json: true },
    env,
  )
  const { problems } = JSON.parse(out) as { problems: { line: number; col: number; message: string }[] }
  return problems.map(({ line, col, message }) => `${line}:${col} ${message.split(':')[0] ?? ''}`)
}

test.each([
  ['there is one', 'cwd: .', []],
  [
    'there is none',
    'cwd: ./nowhere',
    ['3:34 there is no folder that "cwd" of a names, and without it the server can\'t start'],
  ],
  [
    'a file is none',
    'cwd: servers.yaml',
    ['3:34 there is no folder that "cwd" of a names, and without it the server can\'t start'],
  ],
  [
    'its name is none that a system takes',
    `cwd: /${'x'.repeat(300)}`,
    ['3:34 there is no folder that "cwd" of a names, and without it the server can\'t start'],
  ],
  ['what a variable says is not looked up', 'cwd: "${env:NOWHERE}/x"', []],
])('the folder of a server: %s', async (_, entry, expected) => {
  expect(await about(entry)).toEqual(expected)
})

describe('the answer', () => {
  test('without problems it is one line, and exit code 0', async () => {
    const { code, out } = await run(
      'version: 1\nsecrets: { e: { type: env } }\nservers: { a: { command: x }, b: { command: y } }\n',
    )
    expect(out).toBe('servers.yaml: 2 servers, 1 store, no problems\n')
    expect(code).toBe(0)
  })

  test('warnings are listed, and the exit code is 0', async () => {
    const { code, out } = await run('version: 1\nservers: { a: { command: x, trust: true } }\n')
    expect(out).toBe(
      'servers.yaml:2:29: warning: "trust" is a key of another host; it is ignored and allows nothing\n' +
        '  hint: list the tools that may run without asking in `tools: { allow: […] }`\n' +
        'servers.yaml: 1 server, 0 stores, 1 warning\n',
    )
    expect(code).toBe(0)
  })

  test('errors are listed with the warnings, and the exit code is 2', async () => {
    const { code, out } = await run('version: 1\nservers: { a: { comand: x, trust: true } }\n')
    expect(out).toBe(
      'servers.yaml:2:17: unknown key "comand" in "a"\n  hint: did you mean "command"?\n' +
        'servers.yaml:2:28: warning: "trust" is a key of another host; it is ignored and allows nothing\n' +
        '  hint: list the tools that may run without asking in `tools: { allow: […] }`\n' +
        'servers.yaml: 1 error, 1 warning\n',
    )
    expect(code).toBe(2)
  })

  test('--json is for machines', async () => {
    const { code, out } = await run('version: 1\nservers: []\n', { json: true })
    expect(JSON.parse(out)).toEqual({
      file: 'servers.yaml',
      problems: [
        {
          file: 'servers.yaml',
          line: 2,
          col: 10,
          severity: 'error',
          message: '"servers": expected a mapping (lines of "key: value"), found a list',
        },
      ],
    })
    expect(code).toBe(2)
  })

  test('a profile that is not there is an error', async () => {
    expect((await run('version: 1\nservers: {}\n', { profile: 'x' })).code).toBe(2)
  })
})

test.each(BROKEN)('a file that is %s: its place and a hint, and exit code 2', async (_what, text, told) => {
  const { code, out } = await run(text)
  expect([code, out]).toEqual([2, expect.stringMatching(told)])
})

describe('secrets in plain text (promise 3)', () => {
  const cases: readonly [entry: string, said: string[]][] = [
    ['env: { API_KEY: abc1234 }', ['3:45 "API_KEY" is too short to mask']],
    ['env: { API_KEY: abc12345 }', ['3:45 "API_KEY" is a secret in plain text']],
    [
      'env: { password: x, apiToken: y }',
      ['3:46 "password" is too short to mask', '3:59 "apiToken" is too short to mask'],
    ],
    ['env: { GITHUB_TOKEN: 123 }', ['3:50 "GITHUB_TOKEN" is too short to mask']],
    ['env: { DB_PASS: hunter2 }', ['3:45 "DB_PASS" is too short to mask']],
    ['env: { SMTP_AUTH: hunter2 }', ['3:47 "SMTP_AUTH" is too short to mask']],
    ['env: { MONKEY: x, AUTHOR: me, KEYBOARD: us, MAX_TOKENS: 4096, SSH_AUTH_SOCK: /x, AUTH_TYPE: a }', []],
    ['env: { USE_TOKEN: true, SECRET: "" }', []],
    ['env: { SECRET: "${env:NOT_SET}" }', []],
    [
      'args: [--api-key, hunter2hunter2]',
      ['3:47 "api-key" is a secret in plain text, and others can read a command line'],
    ],
    [
      'args: ["--token=hunter2"]',
      ['3:36 "token" is a secret in plain text, and others can read a command line'],
    ],
    ['args: [--token, --verbose, --key-file, x, -y]', []],
    ['args: [--port, "${env:PORT}"]', []],
  ]
  test.each(cases)('%s', async (entry, said) => {
    expect(await about(entry)).toEqual(said)
  })

  test('in the headers of a remote server the scheme does not count', async () => {
    const { out } = await run(
      'version: 1\nservers: { a: { url: "https://x.example", headers: { Authorization: Bearer abc } } }\n',
    )
    expect(out).toContain('servers.yaml:2:69: warning: "Authorization" is too short to mask')
  })
})

const short = (line: number, col: number, reference: string): string =>
  `servers.yaml:${line}:${col}: warning: the value of ${reference} is too short to mask: text of fewer than 8 characters is found everywhere`

describe('secrets on this machine that ordinary text is full of (promise 3)', () => {
  const WEAK =
    'what any result says of it is masked, and what any other server is to be told of it is stopped'

  test('from a .env file, the environment and a file, but no usual setting and nothing declared', async () => {
    writeFileSync(join(dir, '.env'), 'ODD=production\nAPP_ENV=production\n', { mode: 0o600 })
    writeFileSync(join(dir, 'thing'), 'db.internal.example.com\n', { mode: 0o600 })
    const yaml =
      'version: 1\nsecrets: { d: { type: dotenv, path: .env } }\nservers:\n  x:\n    command: x\n    env:\n' +
      '      A: ${d:ODD}\n      B: ${env:E}\n      C: ${file:thing}\n      D: ${d:APP_ENV}\n      E: ${plain:d:ODD}\n      API_KEY: production\n'
    const { code, out } = await run(yaml, {}, { E: '12345678' })
    expect(out.split('\n').filter((line) => line.includes(': warning'))).toEqual([
      `servers.yaml:7:10: warning: the value of \${d:ODD} is a common word: ${WEAK}`,
      `servers.yaml:8:10: warning: the value of \${env:E} is a number: ${WEAK}`,
      `servers.yaml:9:10: warning: the value of \${file:thing} is a host name: ${WEAK}`,
      `servers.yaml:12:16: warning: "API_KEY" is a secret in plain text and is a common word: ${WEAK}`,
    ])
    expect(out).toContain('hint: if it is no secret, write ${plain:env:E}; else replace it by a longer one')
    expect(out).not.toMatch(/12345678|internal/)
    expect(code).toBe(0)
  })
})

describe('secrets on this machine that are too short to mask (promise 3)', () => {
  const SHORT = 'zq7'
  const LONG = 'zq7-Kx0wPv2mR'

  test('a .env file, a mounted file, the environment and a file by path', async () => {
    writeFileSync(join(dir, '.env.dev'), `A=${SHORT}\nB=${LONG}\n`, { mode: 0o600 })
    mkdirSync(join(dir, 'mounted'))
    writeFileSync(join(dir, 'mounted', 'a'), `${SHORT}\n`)
    writeFileSync(join(dir, 'mounted', 'b'), `${LONG}\n`)
    const yaml =
      'version: 1\nsecrets:\n  d: { type: dotenv, path: ".env.{environment}" }\n  m: { type: file, path: mounted }\n  e: { type: env }\n' +
      'servers:\n  x:\n    command: x\n    env:\n' +
      '      D: ${d:A}\n      D2: ${d:B}\n      M: ${m:a}\n      M2: ${m:b}\n      E: ${e:S}\n      E2: ${e:L}\n' +
      '      F: ${file:mounted/a}\n      PORT: ${env:S}\n      TOKEN: ${env:S}\n      GONE: ${d:GONE}\n'
    const { code, out } = await run(yaml, {}, { S: SHORT, L: LONG })
    const lines = out.split('\n').filter((line) => line.startsWith('servers.yaml:'))
    expect(lines).toEqual([
      short(10, 10, '${d:A}'),
      short(12, 10, '${m:a}'),
      short(14, 10, '${e:S}'),
      short(16, 10, '${file:mounted/a}'),
      short(18, 14, '${env:S}'),
      'servers.yaml: 1 server, 3 stores, 5 warnings',
    ])
    expect(out).not.toContain(SHORT)
    expect(code).toBe(0)
  })

  test('a program is never run, and what cannot be read is not told here', async () => {
    const marker = join(dir, 'ran')
    const stores = `{ p: { type: exec, command: [touch, ${JSON.stringify(marker)}, "{path}"] }, d: { type: dotenv, path: gone } }`
    expect(await about('env: { A: "${p:x}", B: "${d:x}" }', stores)).toEqual([])
    expect(() => rmSync(marker)).toThrow('ENOENT')
  })
})

describe('lines of a .env file that are no NAME=value', () => {
  const yaml =
    'version: 1\nsecrets: { d: { type: dotenv, path: .env } }\nservers: { a: { command: x, env: { T: "${d:TOKEN}" } } }\n'

  test('are told by their numbers, and nothing of what stands in them', async () => {
    writeFileSync(join(dir, '.env'), '\n \t\nTOKEN: s3cret-value-1\n[s3cret]\ns3cret value\n', {
      mode: 0o600,
    })
    const { code, out } = await run(yaml)
    expect(out).toContain(
      'servers.yaml:2:37: warning: in the .env file .env, line 4 is no NAME=value, nor is line 5, so nothing is read there\n',
    )
    expect(out).not.toContain('s3cret')
    expect(code).toBe(0)
  })

  test.each([
    ['a text', false],
    ['JSON', true],
  ])('`secrets check` tells them too, in %s', async (_what, json) => {
    writeFileSync(join(dir, 'servers.yaml'), yaml)
    writeFileSync(join(dir, '.env'), 'TOKEN=s3cret-value-1\nother s3cret\n')
    const [stdout, stderr] = [new PassThrough(), new PassThrough()]
    const env = { SIDEMUX_STATE_DIR: join(dir, 'state') }
    const code = await checkSecrets(
      { json },
      { stdin: new PassThrough(), stdout, stderr, env, cwd: dir, exit: () => undefined },
    )
    const [out, err] = [String(stdout.read()), String(stderr.read())]
    expect(json ? err : out).toContain(`warning: ${join(dir, '.env')}: line 2 is no NAME=value\n`)
    if (json) expect(JSON.parse(out)).toMatchObject([{ outcome: 'ok' }])
    expect(out + err).not.toContain('s3cret')
    expect(code).toBe(0)
  })
})

test('a server that is not confined by choice is said and is no problem; one that can not be is a warning', async () => {
  const yaml =
    'version: 1\nservers:\n  a: { command: x, sandbox: off }\n  b: { command: docker, args: [run, x] }\n'
  const chosen = await run(yaml)
  expect(chosen.out).toMatch(
    /^a runs unconfined, since its entry says .*\nb runs unconfined, since .*container/,
  )
  expect(chosen.out).toMatch(/no problems\n$/)
  expect(JSON.parse((await run(yaml, { json: true })).out)).toMatchObject({
    problems: [],
    unconfined: ['a', 'b'],
  })
  const none: Confiner = { kind: 'none', why: 'bubblewrap is not installed', hint: 'install it' }
  const lacking = await run('version: 1\nservers:\n  a: { command: x }\n', {}, {}, none)
  expect(lacking.out).toMatch(
    /:3:3: warning: a runs unconfined, since bubblewrap is not installed.*\n {2}hint: install it/,
  )
  expect(lacking.code).toBe(0)
})
