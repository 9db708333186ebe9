// npm run executable:try, after npm run executable: uses the executable as people do. It runs in a folder in which nothing
// else of sidemux is, with a PATH on which its Node is only for the server. Any word against it ends this with 1.
import { execFileSync, spawn } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

const ROOT = resolve(import.meta.dirname, '../..')
const home = mkdtempSync(join(tmpdir(), 'sidemux executable '))
const program = join(home, 'sidemux')
const problems = []
const check = (what, isSo) => {
  process.stdout.write(`${isSo ? 'ok  ' : 'FAIL'} ${what}\n`)
  if (!isSo) problems.push(what)
}
const until = async (look) => {
  const end = Date.now() + 20_000
  for (;;) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    if (Date.now() > end) return undefined
    await sleep(50)
  }
}
const isAlive = (pid) => {
  try {
    process.kill(pid, 0)
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}

try {
  copyFileSync(join(ROOT, 'dist/executable/sidemux'), program)
  mkdirSync(join(home, 'bin'))
  symlinkSync(process.execPath, join(home, 'bin/node'))
  const server = join(ROOT, 'bench/echo-child.mjs')
  writeFileSync(join(home, '.env'), 'TOKEN=made-up-0123456789\n', { mode: 0o600 })
  const config = join(home, 'servers.yaml')
  const echo = {
    command: 'node',
    args: [server],
    env: { TOKEN: '${local:TOKEN}' },
    start: 'eager',
    tools: { allow: ['*'] },
  }
  const secrets = { local: { type: 'dotenv', path: '.env' } }
  writeFileSync(config, JSON.stringify({ version: 1, secrets, servers: { e: echo } }))
  const state = join(home, 'state')
  const env = {
    PATH: `${join(home, 'bin')}:/usr/bin:/bin`,
    HOME: home,
    SIDEMUX_STATE_DIR: state,
    SIDEMUX_TRUST: 'off',
  }
  const run = (...args) => execFileSync(program, args, { cwd: home, env, encoding: 'utf8' })
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  check('says its version', run('--version').trim() === version)
  check('checks a config', run('check', '--config', config).includes('1 server'))
  check('lists tools', run('tools', '--config', config).includes('e_echo'))
  let code = ''
  try {
    code = execFileSync(program, ['-e', 'process.stdout.write("run")'], {
      cwd: home,
      env,
      encoding: 'utf8',
      stdio: 'pipe',
    })
  } catch {
    code = 'refused'
  }
  check('runs no code that it is handed', code === 'refused')

  for (const round of ['first', 'second']) {
    const serve = spawn(program, ['serve', '--config', config], {
      env,
      cwd: home,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const answers = new Map()
    createInterface({ input: serve.stdout }).on('line', (line) => {
      const message = JSON.parse(line)
      answers.get(message.id)?.(message)
    })
    let id = 0
    const ask = (method, params) =>
      new Promise((done) => {
        answers.set(++id, done)
        serve.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
      })
    const clientInfo = { name: 'executable', version: '1' }
    await ask('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo })
    serve.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`)
    const call = async (text) =>
      (await ask('tools/call', { name: 'e_echo', arguments: { text } })).result?.content?.[0]?.text
    check(`${round} start: a call comes back`, (await call('there and back')) === 'there and back')
    const long = 'x'.repeat(3_000_000)
    check(`${round} start: a long result comes back, through its thread`, (await call(long)) === long)
    const [name] =
      (await until(
        () =>
          existsSync(join(state, 'run')) &&
          readdirSync(join(state, 'run')).filter((one) => one.endsWith('.json')).length === 1 &&
          readdirSync(join(state, 'run')),
      )) ?? []
    const { port } = JSON.parse(readFileSync(join(state, 'run', name), 'utf8'))
    const page = await fetch(`http://127.0.0.1:${port}/`)
    check(`${round} start: its door answers`, page.status >= 200 && page.status < 500)
    const children = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(server))
      .map((line) => Number.parseInt(line, 10))
    check(`${round} start: its server runs`, children.length > 0)
    const ended = new Promise((done) => serve.once('exit', done))
    if (round === 'first') serve.stdin.end()
    else serve.kill('SIGKILL')
    await ended
    const gone = await until(() => children.every((pid) => !isAlive(pid)))
    check(
      `${round} start: no server outlives it${round === 'second' ? ', although it was killed' : ''}`,
      gone === true,
    )
  }
} finally {
  rmSync(home, { recursive: true, force: true })
}
process.exitCode = problems.length === 0 ? 0 : 1
