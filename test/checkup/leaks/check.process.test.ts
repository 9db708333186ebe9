/** What `check` says of secrets in servers.yaml and around it, with files, links and a repository that are real. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkConfig } from '../../../src/commands/check.ts'
import { workOf } from '../../work.ts'
import { chars, GITHUB, privateKey, VAULT } from './support.ts'

let dir: string
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'sidemux-leaks-')))
})
afterEach(() => rmSync(dir, { recursive: true }))

/** Git is tried here, and what confines servers is not. */
const CONFINER = async () => ({ kind: 'bubblewrap', program: '/usr/bin/bwrap' }) as const
const ENV = { PATH: process.env['PATH'] }

interface Said {
  readonly line: number
  readonly col: number
  readonly message: string
  readonly hint?: string
}

async function problems(yaml: string, env: NodeJS.ProcessEnv = ENV, mode = 0o600): Promise<readonly Said[]> {
  writeFileSync(join(dir, 'servers.yaml'), yaml)
  chmodSync(join(dir, 'servers.yaml'), mode)
  const stdout = new PassThrough()
  await checkConfig({ json: true }, { stdout, env, cwd: dir }, CONFINER)
  const out = String(stdout.read())
  for (const secret of [GITHUB, VAULT, VALUE]) expect(out).not.toContain(secret)
  return (JSON.parse(out) as { problems: Said[] }).problems
}

async function said(yaml: string, env?: NodeJS.ProcessEnv, mode?: number): Promise<readonly string[]> {
  return (await problems(yaml, env, mode)).map(({ line, col, message }) => `${line}:${col} ${message}`)
}

const VALUE = chars(20, 'value')

/** `‸` marks where something is to be said; the messages follow in the order of the marks. */
async function saidAtMarks(marked: string, messages: readonly string[]): Promise<void> {
  const places = marked
    .split('\n')
    .flatMap((line, at) =>
      [...line.matchAll(/‸/g)].map(({ index }, before) => `${at + 1}:${index + 1 - before} `),
    )
  const expected = messages.map((message, at) => (places[at] ?? places.at(-1) ?? '') + message)
  expect(await said(marked.replaceAll('‸', ''))).toEqual(expected)
}
const servers = (...entries: string[]): string => `version: 1\nservers:\n${entries.join('')}`

describe('a literal that looks like a token', () => {
  const inVariable = 'holds what looks like a GitHub token, in plain text'
  const onCommandLine =
    'what looks like a GitHub token stands here in plain text, and others can read a command line'
  const here = 'what looks like a GitHub token stands here in plain text'
  const inSetting = `"clientSecret" ${inVariable}`
  const cases: readonly [what: string, yaml: string, said: string[]][] = [
    [
      'under a harmless name',
      servers(`  a: { command: x, env: { CFG: ‸${GITHUB} } }\n`),
      [`"CFG" ${inVariable}`],
    ],
    [
      'under its own name, once',
      servers(`  a: { command: x, env: { GITHUB_TOKEN: ‸${GITHUB} } }\n`),
      [`"GITHUB_TOKEN" ${inVariable}`],
    ],
    [
      'inside a longer text',
      servers(`  a: { command: x, env: { CFG: "u=me;t=‸${GITHUB}" } }\n`),
      [`"CFG" ${inVariable}`],
    ],
    [
      'beside a reference',
      servers(`  a: { command: x, env: { CFG: "\${env:X} ‸${GITHUB}" } }\n`),
      [`"CFG" ${inVariable}`],
    ],
    [
      'as a default',
      servers(`  a: { command: x, env: { CFG: "\${env:X:-‸${GITHUB}}" } }\n`),
      [`"CFG" ${inVariable}`],
    ],
    [
      'twice in one text',
      servers(`  a: { command: x, env: { CFG: ‸${GITHUB} ‸${GITHUB} } }\n`),
      [`"CFG" ${inVariable}`, `"CFG" ${inVariable}`],
    ],
    ['in an argument', servers(`  a: { command: x, args: [--verbose, ‸${GITHUB}] }\n`), [onCommandLine]],
    [
      'in an argument with a name, once',
      servers(`  a: { command: x, args: [--token, ‸${GITHUB}] }\n`),
      [onCommandLine],
    ],
    ['in the command', servers(`  a: { command: ./x-‸${GITHUB} }\n`), [onCommandLine]],
    ['in the directory', servers(`  a: { command: x, cwd: /x/‸${GITHUB} }\n`), [onCommandLine]],
    [
      'in a header',
      servers(`  a: { url: https://x.example, headers: { X-Session: "Bearer ‸${GITHUB}" } }\n`),
      [`"X-Session" ${inVariable}`],
    ],
    [
      'in an address',
      servers(`  a: { url: "https://x.example/‸${GITHUB}" }\n`),
      ['"url" holds a GitHub token in plain text, and addresses end up in logs'],
    ],
    [
      'in the settings of a store',
      `version: 1\nsecrets:\n  k: { type: azure-kv, vaultUrl: https://x, auth: { method: client-credentials, tenantId: t, clientId: c, clientSecret: ‸${GITHUB} } }\nservers: {}\n`,
      [inSetting],
    ],
    ['in a comment', servers(`  # was ‸${GITHUB}\n  a: { command: x }\n`), [here]],
    ['in a description', servers(`  a: { command: x, description: ‸${GITHUB} }\n`), [here]],
    [
      'in an entry that is disabled',
      servers(`  a: { command: x, disabled: true, env: { CFG: ‸${GITHUB} } }\n`),
      [`"CFG" ${inVariable}`],
    ],
    [
      'in an entry that is broken',
      servers(`  ‸a: { env: { CFG: ‸${GITHUB} } }\n`),
      ['"a" has neither "command" nor "url"', `"CFG" ${inVariable}`],
    ],
    [
      'in what two entries share through an alias, once',
      servers(`  a: { command: x, env: &e { CFG: ‸${GITHUB} } }\n`, `  b: { command: y, env: *e }\n`),
      [`"CFG" ${inVariable}`, '"CFG" is the same secret that "a" uses too, in line 3'],
    ],
    [
      'in a pasted file',
      `‸{ "mcpServers": { "a": { "command": "x", "env": { "CFG": "‸${GITHUB}" } } } }\n`,
      ['"version" is missing and taken as 1', `"CFG" ${inVariable}`],
    ],
    [
      'escaped',
      servers(`  a: { command: x, env: { CFG: ‸"\\x67${GITHUB.slice(1)}" } }\n`),
      [`"CFG" ${inVariable}`],
    ],
    [
      'folded',
      servers(
        `  a:\n    command: x\n    env:\n      CFG: ‸"${GITHUB.slice(0, 20)}\\\n        ${GITHUB.slice(20)}"\n`,
      ),
      [`"CFG" ${inVariable}`],
    ],
    [
      'in a block',
      servers(`  a:\n    command: x\n    env:\n      CFG: |\n        ‸${GITHUB}\n`),
      [`"CFG" ${inVariable}`],
    ],
    [
      'a private key in a block',
      servers(`  a:\n    command: x\n    env:\n      PEM: |\n        ‸${privateKey('\n        ')}\n`),
      ['"PEM" holds what looks like a private key, in plain text'],
    ],
    [
      'a private key on one line',
      servers(`  a: { command: x, env: { PEM: "‸${JSON.stringify(privateKey()).slice(1)} } }\n`),
      ['"PEM" holds what looks like a private key, in plain text'],
    ],
  ]
  test.each(cases)('%s', async (_, yaml, expected) => {
    await saidAtMarks(yaml, expected)
  })

  test('the hint is where it can go', async () => {
    const found = await problems(servers(`  a: { command: x, args: [${GITHUB}], env: { CFG: ${VAULT} } }\n`))
    expect(found.map(({ hint }) => hint)).toEqual([
      'pass it in `env:` if the server can take it from there',
      'run "sidemux secrets migrate", which moves it to a store and leaves a reference',
    ])
    const inDefault = await problems(servers(`  a: { command: x, env: { CFG: "\${env:X:-${GITHUB}}" } }\n`))
    expect(inDefault.map(({ hint }) => hint)).toEqual([
      'put the value into a store: run "sidemux secrets set NAME" and write ${local:NAME}, with `secrets: { local: { type: local } }` at the top',
    ])
    const docker = await problems(servers(`  a: { command: docker, args: [run, -e, A_TOKEN=${GITHUB}] }\n`))
    expect(docker.map(({ hint }) => hint)).toEqual([
      'write `-e A_TOKEN` in args, without a value, and env: { A_TOKEN: … }, so that docker passes it on from there; then run "sidemux secrets migrate", which moves it to a store and leaves a reference',
    ])
  })

  test('a key of the file is not quoted when it is one', async () => {
    await saidAtMarks(servers(`  a: { command: x, env: { ‸${GITHUB}: ‸${GITHUB} } }\n`), [
      here,
      `a value ${inVariable}`,
    ])
  })

  test('of very many no more are listed than anybody reads, in a time that is bounded', async () => {
    const many = Array.from({ length: 500 }, (_, at) => `      A${at}: ${GITHUB}\n`).join('')
    let found: readonly string[] = []
    const price = await workOf(async () => {
      found = await said(servers(`  a:\n    command: x\n    env:\n${many}`))
    })
    expect(found).toHaveLength(101)
    expect(found.at(-1)).toMatch(/and 400 more$/)
    expect(price).toBeLessThan(100)
  })

  test('a text of sixty thousand characters', async () => {
    const price = await workOf(async () => {
      for (const unit of ['://?token=', '$${', '-e A_TOKEN=']) {
        await said(
          servers(
            `  a: { command: x, env: { CFG: ${JSON.stringify(unit.repeat(60_000 / unit.length))} } }\n`,
          ),
        )
      }
    })
    expect(price).toBeLessThan(100)
  })
})

describe('a secret on the command line or in an address', () => {
  const named = 'is a secret in plain text, and others can read a command line'
  const cases: readonly [entry: string, said: string[]][] = [
    ['args: [run, -e, ‸"A_TOKEN=hunter2"]', [`"A_TOKEN" ${named}`]],
    ['args: [x, --header, ‸"Authorization: Bearer hunter2"]', [`"Authorization" ${named}`]],
    [
      'args: [‸"postgres://u:hunter2@localhost/x"]',
      [
        'what looks like an address with a password stands here in plain text, and others can read a command line',
      ],
    ],
    [
      'args: [‸"https://x.example/?access_token=hunter2"]',
      [
        'what looks like an address with a secret in its query stands here in plain text, and others can read a command line',
      ],
    ],
    [
      'env: { UPSTREAM: ‸"https://u:hunter2@x.example" }',
      ['"UPSTREAM" holds what looks like an address with a password, in plain text'],
    ],
    [
      'env: { DATABASE_URL: ‸"postgres://u:hunter2@localhost/x" }',
      ['"DATABASE_URL" is a secret in plain text'],
    ],
    ['env: { DATABASE_URL: "postgres://u:${env:P}@localhost/x" }', []],
    ['args: ["${env:PORT}"]', []],
    [
      'allowSecretsInArgs: true, args: [‸"${env:A_TOKEN}", "${env:PORT}", --key, ‸"${env:K}"]',
      [
        '${env:A_TOKEN} is handed over on a command line, which others on this machine can read',
        '${env:K} is handed over on a command line, which others on this machine can read',
      ],
    ],
  ]
  test.each(cases)('%s', async (entry, expected) => {
    await saidAtMarks(servers(`  a: { command: x, ${entry} }\n`), expected)
  })

  test('the query of a remote server', async () => {
    const found = await said(servers(`  a: { url: "https://x.example/?key=hunter2" }\n`))
    expect(found).toContain(
      '3:13 "url" holds an address with a secret in its query in plain text, and addresses end up in logs',
    )
  })
})

describe('one secret for two servers', () => {
  const three = (...values: string[]): string =>
    servers(...values.map((value, at) => `  ${'abc'[at] ?? ''}: { command: x, env: { KEY: "${value}" } }\n`))
  const cases: readonly [what: string, values: string[], said: string[]][] = [
    [
      'a reference',
      ['${v:p#x}', '${v:p#y}', '${v:p#x}'],
      ['3 ${v:p#x} is the same secret that "a" uses too, in line 1'],
    ],
    [
      'two references to one value',
      ['${d:A}', '${m:a}', '${d:B}'],
      ['2 ${m:a} is the same secret that "a" uses as ${d:A}, in line 1'],
    ],
    [
      'a variable, under two names',
      ['${env:S_KEY}', '${e:T}'],
      ['2 ${e:T} is the same secret that "a" uses as ${env:S_KEY}, in line 1'],
    ],
    [
      'a literal that is in a .env file too',
      ['${d:A}', VALUE],
      ['2 "KEY" is a secret in plain text', '2 "KEY" is the same secret that "a" uses as ${d:A}, in line 1'],
    ],
    [
      'a literal that is written twice',
      [GITHUB, GITHUB],
      [
        '1 "KEY" holds what looks like a GitHub token, in plain text',
        '2 "KEY" holds what looks like a GitHub token, in plain text',
        '2 "KEY" is the same secret that "a" uses too, in line 1',
      ],
    ],
    [
      'values as short as a port',
      ['${d:PORT}', '${d:OTHER_PORT}'],
      [
        '1 the value of ${d:PORT} is too short to mask: text of fewer than 8 characters is found everywhere',
        '2 the value of ${d:OTHER_PORT} is too short to mask: text of fewer than 8 characters is found everywhere',
      ],
    ],
    ['different values', ['${d:A}', '${d:B}'], []],
  ]
  test.each(cases)('%s', async (_, values, expected) => {
    writeFileSync(join(dir, '.env'), `A=${VALUE}\nB=${chars(20, 'other')}\nPORT=5432\nOTHER_PORT=5432\n`, {
      mode: 0o600,
    })
    mkdirSync(join(dir, 'mounted'))
    writeFileSync(join(dir, 'mounted', 'a'), `${VALUE}\n`)
    const stores =
      'secrets: { v: { type: vault, address: "http://127.0.0.1:9", auth: { method: token, token: "${env:NO}" } }, d: { type: dotenv, path: .env }, m: { type: file, path: mounted }, e: { type: env } }\n'
    const found = await problems(`${stores}${three(...values)}`, { ...ENV, S_KEY: VALUE, T: VALUE })
    const brief = found.map(({ line, message }) =>
      `${line - 3} ${message}`.replace(/line (\d+)$/, (_, line: string) => `line ${Number(line) - 3}`),
    )
    expect(brief).toEqual(expected)
  })

  test('a server that the environment leaves out shares nothing', async () => {
    const yaml = servers(
      '  a: { command: x, environments: [dev], env: { KEY: "${env:S_KEY}" } }\n',
      '  b: { command: x, environments: [prod], env: { KEY: "${env:S_KEY}" } }\n',
    )
    expect(await said(yaml, { ...ENV, S_KEY: VALUE })).toEqual([])
  })
})

describe.skipIf(process.platform === 'win32')('files that others have', () => {
  const yaml = (settings: string): string => `version: 1\nsecrets: { s: { ${settings} } }\nservers: {}\n`
  const file = (name: string, mode: number): void => {
    writeFileSync(join(dir, name), `A=${VALUE}\n`)
    chmodSync(join(dir, name), mode)
  }

  test.each([0o600, 0o400, 0o700])('mode %o is fine', async (mode) => {
    file('.env.dev', mode)
    expect(await said(yaml('type: dotenv, path: ".env.{environment}"'))).toEqual([])
  })

  test.each([
    ['.env.dev', 'type: dotenv, path: ".env.{environment}"', '2:37 the .env file .env.dev'],
    ['.env', 'type: dotenv, path: "${env:WHERE}/.env"', '2:37 the .env file .env'],
    ['key.txt', 'type: age, identity: key.txt', '2:38 the key file key.txt'],
    ['.env.keys', 'type: dotenvx, path: .env', '2:38 the key file .env.keys'],
    ['k', 'type: gcp-sm, project: p, auth: { method: key-file, path: k }', '2:75 the key file k'],
    ['t', 'type: doppler, token: "${env:NO}", project: p', undefined],
  ])('%s by { %s }', async (name, settings, expected) => {
    file(name, 0o644)
    const found = await said(yaml(settings), { ...ENV, WHERE: dir })
    expect(found).toEqual(
      expected === undefined ? [] : [`${expected} can be read by other users of this machine`],
    )
  })

  test('where a link leads counts, and a file that is not there is for others to tell', async () => {
    file('real', 0o644)
    symlinkSync('real', join(dir, '.env'))
    expect(await said(yaml('type: dotenv, path: .env'))).toHaveLength(1)
    expect(await said(yaml('type: dotenv, path: gone'))).toEqual([])
    expect(await said(yaml('type: dotenv, path: .'))).toEqual([])
  })

  test('servers.yaml itself counts when there are secrets in it', async () => {
    expect(await said(servers('  a: { command: x }\n'), ENV, 0o644)).toEqual([])
    const found = await problems(servers(`  a: { command: x, env: { CFG: ${GITHUB} } }\n`), ENV, 0o644)
    expect(found[0]).toMatchObject({
      line: 1,
      message: 'servers.yaml with secrets in plain text can be read by other users of this machine',
      hint: 'run: chmod 600 servers.yaml',
    })
  })

  describe('by git', () => {
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', dir, '-c', 'user.name=x', '-c', 'user.email=x@x.example', ...args], {
        encoding: 'utf8',
      })
    const dotenv = yaml('type: dotenv, path: ".e[n]v"')
    beforeEach(() => {
      git('init', '-q')
      file('.e[n]v', 0o600)
    })

    test('tracked, then addable, then ignored, as the hints say', async () => {
      // A pattern would match this one.
      file('.env', 0o600)
      git('add', '-f', '.env')
      git('--literal-pathspecs', 'add', '-f', '.e[n]v')
      const [tracked, ...rest] = await problems(dotenv)
      expect(rest).toEqual([])
      expect(tracked?.message).toBe(
        'git tracks the .env file .e[n]v, so who has the repository has its secrets',
      )
      execFileSync('/bin/sh', ['-c', /^run: (.*); then/.exec(tracked?.hint ?? '')?.[1] ?? ''], { cwd: dir })
      const [addable, ...others] = await problems(dotenv)
      expect(others).toEqual([])
      expect(addable?.message).toBe(
        'the .env file .e[n]v is not ignored by git, so the next "git add" may take it in',
      )
      // The hint is a command that does it.
      execFileSync('/bin/sh', ['-c', addable?.hint?.replace('run: ', '') ?? ''], { cwd: dir })
      expect(await problems(dotenv)).toEqual([])
    })

    test('a repository has no program run', async () => {
      const marker = join(dir, 'ran')
      const hook = join(dir, 'hook.sh')
      writeFileSync(hook, `#!/bin/sh\ntouch '${marker}'\n`, { mode: 0o755 })
      git('--literal-pathspecs', 'add', '-f', '.e[n]v')
      for (const key of ['core.fsmonitor', 'core.pager', 'core.sshCommand', 'core.editor', 'diff.external'])
        git('config', key, hook)
      // This one proves that the hook would be run.
      git('status', '--porcelain')
      expect(() => rmSync(marker)).not.toThrow()
      expect(await problems(dotenv)).toHaveLength(1)
      expect(() => rmSync(marker)).toThrow('ENOENT')
    })

    test('without git, or with one that never answers, nothing is said', async () => {
      expect(await problems(dotenv, { PATH: '' })).toEqual([])
      mkdirSync(join(dir, 'bin'))
      writeFileSync(join(dir, 'bin', 'git'), '#!/bin/sh\nexec sleep 900\n', { mode: 0o755 })
      expect(await problems(dotenv, { PATH: `${join(dir, 'bin')}:/usr/bin:/bin` })).toEqual([])
      // A relative entry would let the working directory choose the program.
      expect(await problems(dotenv, { PATH: 'bin:.' })).toEqual([])
    })
  })
})

describe('what the start would refuse', () => {
  const readable = 'and others can read a command line'
  const cases: readonly [entry: string, said: string, hint: RegExp][] = [
    [
      'command: docker, args: [run, -i, -e, ‸"A_TOKEN=${env:A_TOKEN}", image]',
      `the value is a secret (A_TOKEN), ${readable}`,
      /^write `-e A_TOKEN` in args, without a value, and env: \{ A_TOKEN: "\$\{env:A_TOKEN\}" \}/,
    ],
    [
      'command: podman, args: [run, ‸"--env=A_TOKEN=${env:B_TOKEN:-x}", image]',
      `the value is a secret (B_TOKEN), ${readable}`,
      /^write `-e A_TOKEN` in args, without a value, and env: \{ A_TOKEN: "\$\{env:B_TOKEN\}" \}/,
    ],
    [
      'command: x, args: [--token, ‸"${env:A_TOKEN}"]',
      `the value is a secret (A_TOKEN), ${readable}`,
      /^hand it over in env/,
    ],
    ['command: ‸"./${env:A_KEY}"', `the value is a secret (A_KEY), ${readable}`, /^hand it over in env/],
    [
      'command: x, cwd: ‸"/x/${env:A_KEY}"',
      `the value is a secret (A_KEY), ${readable}`,
      /^hand it over in env/,
    ],
    [
      'url: ‸"https://x.example/?k=${env:A_KEY}"',
      'the value is a secret (A_KEY), and an address is written into many logs',
      /^hand it over in headers/,
    ],
  ]
  test.each(cases)('{ %s }', async (entry, message, hint) => {
    const yaml = servers(`  a: { ${entry} }\n`)
    await saidAtMarks(yaml, [message])
    expect((await problems(yaml.replaceAll('‸', '')))[0]?.hint).toMatch(hint)
  })

  test('a value that the entry hands over in env as well', async () => {
    const yaml = servers(`  a: { command: x, args: [--t=${VALUE}], env: { A_TOKEN: ${VALUE} } }\n`)
    expect(await said(yaml)).toContain(`3:27 the value is a secret (a.A_TOKEN), ${readable}`)
  })

  test('not where the entry allows it, nor what is declared plain', async () => {
    for (const entry of [
      'allowSecretsInArgs: true, args: ["${env:PORT}"]',
      'args: ["${plain:env:A_TOKEN}"]',
    ]) {
      expect(await said(servers(`  a: { command: x, ${entry} }\n`))).toEqual([])
    }
  })
})
