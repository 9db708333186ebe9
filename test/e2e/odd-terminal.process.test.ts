/** The commands in clumsy hands: wrong words, lost readers, bad places. One sentence and a hint, never a stack trace. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runHere } from './run-here.ts'
import { CLI, place, run, shared, toolbox, until, type Place } from './support.ts'

const VERBS = ['serve', 'check', 'tools', 'call', 'approvals', 'audit', 'secrets']
const here = (): Place => place(`version: 1\nservers:\n  box: ${toolbox()}\n`)

/** `sidemux: one sentence`, then `hint: …`; nothing of a stack, and nothing beside it. */
const TOLD = /^sidemux: [^\n]+\nhint: [^\n]+\n$/

describe('words that are not understood', () => {
  const CASES: [string[], string][] = [
    [['chek'], 'hint: did you mean "sidemux check"? run "sidemux --help"'],
    [['frob'], 'there is no command "frob"'],
    [['check', '--nope'], "Unknown option '--nope'"],
    [['check', 'servers.yaml'], '"check" takes options only'],
    [['tools', '--log-level', 'loud'], 'there is no such log level'],
    [['tools', '--config'], "Option '--config <value>' argument missing"],
    [['call'], '"call" is followed by SERVER and TOOL'],
    [['call', 'box'], '"call" is followed by SERVER and TOOL'],
    [['call', 'box', 'echo', '--args', '{'], '--args is not a JSON object'],
    [['call', 'box', 'echo', '--args', '[1]'], '--args is not a JSON object'],
    [['call', 'bix', 'echo'], 'there is no server "bix"'],
    [['approvals', 'frob'], 'there is no "approvals frob"'],
    [['approvals', 'approve'], '"approvals approve" takes one id'],
    [['approvals', 'deny', '123'], 'an id is at least 4 characters'],
    [['approvals', 'approve', '12345678'], '"approvals approve" needs a person at a terminal'],
    [['approvals', 'deny', '12345678', '87654321'], '"approvals deny" needs a person at a terminal'],
    [['approvals', '--watch'], '"approvals list --watch" needs a person at a terminal'],
    [['approvals', 'page', '--json'], '--json belongs to "approvals list"'],
    [['audit', 'read'], 'there is no "audit read"'],
    [['audit', 'show', '--limit', 'many'], '--limit is not a number'],
    [['secrets', 'frob'], 'there is no "secrets frob"'],
    [['tools', '--config', 'nope.yaml'], 'nope.yaml, named by --config, does not exist'],
    [['check', '--config', '.'], 'is not a file'],
    [['check', '--environment', 'a/../b'], '--environment is not the name of an environment'],
    [['pin', 'box', '--accept', 'nothing'], 'nothing called "nothing" of box differs from servers.lock'],
    [['pin', '--accept', 'nothing'], '--accept needs the SERVER'],
    [['pin', 'box', 'more'], '"pin" is followed by one SERVER'],
  ]
  it('each gets exit code 2, a sentence and a hint', async () => {
    const where = here()
    for (const [at, [args, said]] of CASES.entries()) {
      // One as a program, whose exit code a shell sees; the others are the same function.
      const { code, stderr, stdout } = await (at === 0 ? run : runHere)(where, args)
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' })
      expect(stderr).toMatch(TOLD)
      expect(stderr).toContain(said)
    }
  })

  it('each verb has help that names its options, and `help VERB` is the same', async () => {
    const where = here()
    for (const verb of VERBS) {
      const { code, stdout } = await runHere(where, [verb, '--help'])
      expect({ verb, code }).toEqual({ verb, code: 0 })
      expect(stdout).toMatch(new RegExp(`^usage: sidemux ${verb} `))
      expect((await runHere(where, ['help', verb])).stdout).toBe(stdout)
    }
  })
})

it('an unknown profile is told with the line of the profiles and those that there are', async () => {
  const where = place(
    `version: 1\nservers:\n  box: ${toolbox()}\nprofiles:\n  dev: { tools: { allow: ['*'] } }\n`,
  )
  for (const verb of ['check', 'tools', 'serve']) {
    const { code, stdout, stderr } = await runHere(where, [verb, '--profile', 'prod'])
    // A host is answered all the same, without a server, and reads it in the instructions.
    expect(code).toBe(verb === 'serve' ? 0 : 2)
    expect((stdout + stderr).replaceAll(String.raw`\n`, '\n').replaceAll(String.raw`\"`, '"')).toMatch(
      /servers\.yaml:\d+:\d+: no profile is called "prod"\n {2}hint: .*declared: dev/,
    )
  }
})

describe('a state directory that can not be used', () => {
  it('says so in one sentence, before any server is started', async () => {
    const where = here()
    const file = join(where.dir, 'file')
    writeFileSync(file, '')
    for (const [dir, said] of [
      [file, 'is a file'],
      [join(file, 'state'), 'ENOTDIR'],
    ] as const) {
      const at = { ...where, env: { ...where.env, SIDEMUX_STATE_DIR: dir } }
      for (const args of [['serve'], ['tools'], ['call', 'box', 'echo'], ['audit'], ['audit', 'show']]) {
        const { code, stdout, stderr } = await runHere(at, args)
        expect({ args, stdout, failed: code !== 0 }).toEqual({ args, stdout: '', failed: true })
        expect(stderr).toMatch(TOLD)
        if (args[0] !== 'audit') expect(stderr).toContain(said)
      }
    }
  })

  it('audit says "no records" only when there are none', async () => {
    const where = here()
    expect((await runHere(where, ['audit', 'show'])).stdout).toBe('no records yet\n')
    writeFileSync(join(where.state, 'audit'), 'not a directory')
    const { code, stderr } = await runHere(where, ['audit', 'show'])
    expect(code).toBe(1)
    expect(stderr).toMatch(TOLD)
  })
})

it('--json of each verb is JSON, also when something is wrong', async () => {
  const where = place(
    `version: 1\nsecrets: { local: { type: dotenv, path: .env } }\nservers:\n  box: ${toolbox()}\n  bad: ${toolbox({ env: { T: '${local:T}' } })}\n`,
  )
  const parsed = async (args: string[]): Promise<unknown> => {
    const { stdout } = await runHere(where, [...args, '--json'])
    return JSON.parse(stdout) as unknown
  }
  expect(await parsed(['check'])).toMatchObject({ problems: [] })
  expect(await parsed(['secrets'])).toMatchObject([{ server: 'bad', outcome: 'not_found' }])
  expect(await parsed(['tools'])).toEqual(
    expect.arrayContaining([expect.objectContaining({ name: 'box_echo', verdict: 'allow' })]),
  )
  expect(await parsed(['call', 'box', 'echo', '--args', '{"text":"x"}'])).toMatchObject({ kind: 'result' })
  expect(await parsed(['audit', 'verify'])).toMatchObject({ ok: true })
  const { stdout } = await runHere(where, ['audit', 'show', '--json'])
  const records = stdout.trim().split('\n')
  expect(records.every((record) => typeof (JSON.parse(record) as { seq: unknown }).seq === 'number')).toBe(
    true,
  )
})

describe('output that nobody takes', () => {
  function piped(where: Place, command: string): { status: number | null; stderr: string } {
    return spawnSync('sh', ['-c', command], { cwd: where.dir, env: { ...where.env, CLI }, encoding: 'utf8' })
  }

  it('into a reader that has gone: no stack trace, and no failure', async () => {
    const where = here()
    for (const args of ['--help', 'check', 'tools --json', 'audit tail --json'])
      expect(piped(where, `{ node "$CLI" ${args}; echo "code $?" >&2; } | true`), args).toMatchObject({
        stderr: 'code 0\n',
      })
  })

  it.runIf(process.platform === 'linux')('onto a full disk: one sentence, exit code 1', () => {
    const where = here()
    for (const args of ['--help', 'tools']) {
      const { status, stderr } = piped(where, `node "$CLI" ${args} > /dev/full`)
      expect({ args, status }).toEqual({ args, status: 1 })
      expect(stderr).toMatch(TOLD)
    }
  })
})

describe('servers that are down', () => {
  const scene = shared(async () => {
    const crash = {
      command: 'node',
      args: ['-e', 'console.error("GITHUB_TOKEN is not set"); process.exit(1)'],
    }
    const where = place(
      `version: 1\nservers:\n  box: ${toolbox()}\n  gone: { command: ./no-such-program }\n  sad: ${JSON.stringify(crash)}\n  far: { url: 'http://127.0.0.1:1/mcp' }\n`,
    )
    return { where, tools: await runHere(where, ['tools']) }
  })

  it('are told in words, not as a line of the log', async () => {
    const { tools } = await scene()
    expect(tools.code).toBe(1)
    expect(tools.stderr).toMatch(
      /^gone is not running: The command of "gone" does not exist\.\nhint: [^\n]+which[^\n]+$/m,
    )
    expect(tools.stderr).not.toContain('{"level"')
  })

  it('what one printed before it failed is what tools and call say, and where they say it is', async () => {
    const { where, tools } = await scene()
    for (const { stderr } of [tools, await runHere(where, ['call', 'sad', 'x'])]) {
      expect(stderr).toContain("(the server's words, not sidemux's):\n> GITHUB_TOKEN is not set\nhint: ")
      expect(stderr).toContain('"sidemux logs sad"')
    }
    expect((await runHere(where, ['logs', 'sad'])).stdout).toContain('> GITHUB_TOKEN is not set')
  })

  it('a remote one that can not be reached is said to be, by tools and by call', async () => {
    const { where, tools } = await scene()
    expect(tools.stderr).toMatch(/^far is not running: [^\n]+\nhint: /m)
    expect((await runHere(where, ['call', 'far', 'x'])).stderr).toMatch(
      /^sidemux: far did not start: [^\n]+\nhint: /,
    )
  })
})

it('a server that is kept down or disabled is never said not to be there', async () => {
  const where = place(
    `version: 1\nservers:\n  box: ${toolbox()}\n  off: { command: node, disabled: true }\n  odd: { command: 7 }\n`,
  )
  for (const args of [
    ['call', 'off', 'x'],
    ['tools', '--explain', 'off/x'],
  ])
    expect((await runHere(where, args)).stderr).toMatch(/^sidemux: "off" is not started: it is disabled\n/)
  for (const args of [
    ['call', 'odd', 'x'],
    ['tools', '--explain', 'odd/x'],
  ])
    expect((await runHere(where, args)).stderr).toMatch(/^sidemux: "odd" is kept down: /)
  for (const id of ['off', 'odd'])
    expect((await runHere(where, ['logs', id])).stderr).toMatch(
      /^(?:nothing of \w+ is in the log|there is no log) yet/,
    )
})

it('a plain variable in args is not called a secret that is too short', async () => {
  const where = place(
    `version: 1\nservers:\n  box: ${toolbox({ env: { A_TOKEN: '${env:A_TOKEN}', PORT: '${env:PORT}' } })}\n`,
  )
  const { stdout } = await runHere({ ...where, env: { ...where.env, A_TOKEN: 'short', PORT: '80' } }, [
    'secrets',
  ])
  expect(stdout).toMatch(/env\.A_TOKEN .*too short to mask/)
  expect(stdout).toMatch(/env\.PORT +env +\S+ +ok, plain: a number +-/)
})

it('runs from another directory: paths are relative to the file, and it is named as it was given', async () => {
  const where = here()
  const elsewhere = join(where.dir, 'elsewhere')
  mkdirSync(elsewhere)
  const { code, stdout, stderr } = await runHere({ ...where, dir: elsewhere }, [
    'check',
    '--config',
    '../servers.yaml',
  ])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain('1 server')
})

it.each<[NodeJS.Signals, string[]]>([
  ['SIGINT', ['tools']],
  ['SIGTERM', ['call', 'slow', 'x']],
  ['SIGHUP', ['tools']],
])('%s during %s leaves no process and no trace', async (signal, args) => {
  const where = place(
    `version: 1\nservers:\n  slow: { command: sh, args: [-c, "echo $$ > pid; sleep 30"], sandbox: off }\n`,
  )
  const child = spawn(process.execPath, [CLI, ...args], { cwd: where.dir, env: where.env, stdio: 'pipe' })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const exited = new Promise((resolve) => child.on('exit', resolve))
  const pid = (): number => Number(existsSync(join(where.dir, 'pid')) && readFileSync(join(where.dir, 'pid')))
  await until(() => pid() > 0, 'the server runs')
  const running = pid()
  child.kill(signal)
  await exited
  expect(stderr).not.toMatch(/\n\s+at /)
  expect(() => process.kill(running, 0)).toThrow()
})

it.runIf(process.platform === 'linux')('serve, typed into a terminal, says what it waits for', () => {
  const where = here()
  const typed = `(sleep 1; printf '\\004') | script -qec "node ${CLI} serve" /dev/null`
  const { stdout } = spawnSync('sh', ['-c', typed], { cwd: where.dir, env: where.env, encoding: 'utf8' })
  expect(stdout).toContain("waits for the host's messages")
  expect(stdout).toContain('hint: ')
})
