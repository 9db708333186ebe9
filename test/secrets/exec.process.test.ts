/** The exec store with real programs: what they get, what is made of their output, and how each kind of trouble ends. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StoreOptions } from '../../src/secrets/stores/options.ts'
import type { Store, StoreAnswer } from '../../src/secrets/store.ts'
import { openStore } from '../../src/secrets/stores/index.ts'

let baseDir: string

beforeAll(async () => {
  baseDir = await mkdtemp(join(tmpdir(), 'sidemux-exec-'))
})

afterAll(() => rm(baseDir, { recursive: true }))

const env = {
  PATH: process.env['PATH'],
  HOME: '/home/user',
  XDG_RUNTIME_DIR: '/run/user/1',
  GITHUB_TOKEN: 'sibling-secret',
  INFISICAL_CLIENT_SECRET: 'store-secret',
  OP_TOKEN: 'op-token-1',
  TRICK: '{path}',
}

/** A program of one line, run by Node; its arguments are from argv[1] on. */
const node = (script: string, ...args: string[]): string[] => [process.execPath, '-e', script, '--', ...args]

type ExecOptions = Omit<Extract<StoreOptions, { type: 'exec' }>, 'type'>

function open(options: ExecOptions): Promise<Store> {
  return openStore('op', { type: 'exec', ...options }, { environment: 'dev', baseDir, env })
}

async function read(
  options: ExecOptions,
  path = 'item',
  field?: string,
  signal?: AbortSignal,
): Promise<StoreAnswer> {
  const store = await open(options)
  const reference = field === undefined ? { path } : { path, field }
  const context = { serverId: 'srv', signal: signal ?? new AbortController().signal }
  const [answer] = await store.resolve([reference], context)
  if (answer === undefined) throw new Error('no answer')
  return answer
}

const ARGS = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))'

describe('starts a program', () => {
  test.each([
    ['{path}', '$(id) ; `id` "x" && y', undefined, ['$(id) ; `id` "x" && y']],
    ['op://{environment}/{path}', 'a/b', undefined, ['op://dev/a/b']],
    ['{path}={field}', '{field}', 'f', ['{field}=f']],
    ['{path}{unknown}', 'x', undefined, ['x{unknown}']],
    ['${env:TRICK}{path}', 'x', undefined, ['{path}x']],
  ])('from %s with %s#%s and no shell', async (argument, path, field, expected) => {
    const answer = await read({ command: node(ARGS, argument) }, path, field)
    expect(answer).toEqual({ ok: true, value: JSON.stringify(expected) })
  })

  test('with the session and what it is given, and no secret of others (promise 2)', async () => {
    const script = 'process.stdout.write(JSON.stringify(process.env))'
    const answer = await read({
      command: node(script, '{path}'),
      env: { OP_SERVICE_ACCOUNT_TOKEN: '${env:OP_TOKEN}' },
    })
    expect(JSON.parse(answer.ok ? answer.value : '{}')).toEqual({
      PATH: env.PATH,
      HOME: '/home/user',
      XDG_RUNTIME_DIR: '/run/user/1',
      OP_SERVICE_ACCOUNT_TOKEN: 'op-token-1',
    })
  })

  test('with an empty standard input, in the directory of servers.yaml', async () => {
    const script = 'process.stdin.on("data",()=>{}).on("end",()=>console.log("end of",process.cwd()))'
    const answer = await read({ command: node(script, '{path}') })
    expect(answer.ok && answer.value.startsWith('end of ')).toBe(true)
    expect(answer.ok && answer.value.endsWith(baseDir)).toBe(true)
  })
})

describe('takes its output', () => {
  test.each([
    ['"a\\n"', undefined, 'a'],
    ['"a\\r\\n"', undefined, 'a'],
    ['"a\\n\\n"', undefined, 'a\n'],
    ['JSON.stringify({login:{password:"pw-1"}})', 'login.password', 'pw-1'],
  ])('%s#%s', async (output, field, expected) => {
    const command = node(`process.stdout.write(${output})`, '{path}')
    expect(await read({ command }, 'item', field)).toEqual({ ok: true, value: expected })
  })
})

/** Where it is to pass, it is short; elsewhere a slow machine needs longer for the start of the program alone. */
const SHORT_MS = 700

const troubles: readonly [what: string, script: string, code: string, message: RegExp][] = [
  [
    'fails',
    'console.log("stdout-secret");console.error("stderr-secret");process.exit(3)',
    'unavailable',
    /exit code 3$/,
  ],
  [
    'is killed',
    'process.kill(process.pid,"SIGTERM");setTimeout(()=>{},9e5)',
    'unavailable',
    /ended by SIGTERM/,
  ],
  ['prints no UTF-8', 'process.stdout.write(Buffer.from([255,254]))', 'invalid_reference', /UTF-8/],
  [
    'prints too much',
    'process.stdout.write("x".repeat(1024*1024+1))',
    'invalid_reference',
    /more than 1 MiB/,
  ],
  [
    'prints without end',
    'const f=()=>process.stdout.write("x".repeat(65536),f);f()',
    'invalid_reference',
    /more than 1 MiB/,
  ],
  ['takes too long', 'setTimeout(()=>{},9e5)', 'timeout', /killed after 700 ms/],
  [
    'ignores SIGTERM',
    'process.on("SIGTERM",()=>{});setTimeout(()=>{},9e5)',
    'timeout',
    /killed after 700 ms/,
  ],
]

/** Starts another program that would outlive it, tells its process id, prints a value, and then does `end`. */
const grandchild = (end: string): string[] => [
  '/bin/sh',
  '-c',
  `sleep 900 & echo $! > "$1"; printf value-1; ${end}`,
  'sh',
  '{path}',
]

describe('a program that', () => {
  test.each(troubles)('%s: one sentence without its output (promise 3)', async (_, script, code, message) => {
    const timeout = code === 'timeout' ? SHORT_MS : 60_000
    const answer = await read({ command: node(script, '{path}'), timeout })
    if (answer.ok) throw new Error('it was resolved')
    expect(answer.error.code).toBe(code)
    expect(answer.error.message).toMatch(message)
    expect(`${answer.error.message} ${answer.error.hint}`).not.toMatch(/stdout-secret|stderr-secret/)
  })

  test('does not exist', async () => {
    const answer = await read({ command: ['sidemux-no-such-program', '{path}'] })
    expect(answer).toMatchObject({
      ok: false,
      error: { code: 'unavailable', message: expect.stringMatching(/can't be found/) as string },
    })
  })

  test('is aborted ends at once', async () => {
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 200)
    // By itself it would end long after this test.
    const command = node('setTimeout(()=>{},9e5)', '{path}')
    const answer = await read({ command, timeout: 900_000 }, 'x', undefined, controller.signal)
    expect(answer.ok).toBe(false)
  })

  test.each([
    ['ends by itself', 'exit 0', 60_000, true],
    ['is killed at its deadline', 'wait', 1500, false],
  ])('%s leaves nothing behind that it started (promise 8)', async (what, end, timeout, ok) => {
    const pidFile = join(baseDir, `pid-${what.replaceAll(' ', '-')}`)
    const answer = await read({ command: grandchild(end), timeout }, pidFile)
    expect(answer.ok).toBe(ok)
    const pid = Number(await readFile(pidFile, 'utf8'))
    await expect.poll(() => isAlive(pid)).toBe(false)
  })
})

describe('a batch', () => {
  test('runs the same command line once and four at a time', async () => {
    const log = join(baseDir, 'runs')
    const script =
      `const fs=require("fs"),l=process.argv[2];fs.appendFileSync(l,"+");` +
      `setTimeout(()=>{fs.appendFileSync(l,"-");console.log(JSON.stringify({a:"value-a",b:"value-b"}))},150)`
    const store = await open({ command: node(script, '{path}', log) })
    const references = Array.from({ length: 10 }, (_, index) => ({
      path: `p${index >> 1}`,
      field: index % 2 ? 'a' : 'b',
    }))
    const answers = await store.resolve(references, { serverId: 'srv', signal: new AbortController().signal })
    expect(answers.every((answer) => answer.ok)).toBe(true)
    const events = await readFile(log, 'utf8')
    expect(events.replaceAll('-', '')).toBe('+++++')
    let running = 0
    const most = events
      .split('')
      .map((event) => (running += event === '+' ? 1 : -1))
      .reduce((a, b) => Math.max(a, b))
    expect(most).toBeLessThanOrEqual(4)
  })
})

describe('a command', () => {
  test.each([
    [['op', 'read'], /does not say \{path\}/],
    [['{path}', '{path}'], /lets a reference choose the program/],
    [['', '{path}'], /names no program/],
    [['op', '${team:/x}', '{path}'], /another store/],
  ])('%j is refused', async (command, message) => {
    await expect(open({ command })).rejects.toThrow(message)
  })

  test('a path or a field is never an option, and a field that the command needs is asked for', async () => {
    const store = await open({ command: ['op', '{path}', '{field}'] })
    expect(store.validate({ path: '-rf', field: 'a' })).toHaveLength(1)
    expect(store.validate({ path: 'a', field: '--x' })).toHaveLength(1)
    expect(store.validate({ path: 'a' })[0]).toMatch(/needs a field: \$\{op:a#field\}/)
    expect(store.validate({ path: 'a', field: 'b' })).toEqual([])
  })
})

async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  // What nobody has reaped yet still takes signals on Linux, and is dead.
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return !/\) [ZX] /.test(state)
}
