// node bench/start.mjs [CLI…]: what a start of `serve` costs, against a bare server on Node that answers the same. CLI is a
// dist/cli.js, this checkout's when none is named; several are measured side by side. The subjects alternate within the
// same minute, because machines drift; ratios of medians, and the processor's time, are what counts. It judges nothing.
//
//   initialize, list   milliseconds from spawn to the answers to initialize and to the first tools/list
//   CPU                milliseconds of the processor until the answer to initialize, of this process without its servers
//   RSS, PSS           megabytes, half a second after the list (Linux alone has CPU, RSS and PSS)
//
// SERVERS=30 of servers that are known; one where it isn't set. The bare one is itself the server.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

const ROUNDS = Number(process.env.ROUNDS ?? 15)
const SERVERS = Number(process.env.SERVERS ?? 1)
const IDLE_MS = 500
const ECHO = join(import.meta.dirname, 'echo-child.mjs')
const dir = mkdtempSync(join(tmpdir(), 'sidemux-start-'))
const config = join(dir, 'servers.yaml')
writeFileSync(join(dir, '.env'), 'TOKEN=bench-secret-0123456789\n', { mode: 0o600 })
writeFileSync(
  config,
  JSON.stringify({
    version: 1,
    secrets: { local: { type: 'dotenv', path: '.env' } },
    servers: Object.fromEntries(
      Array.from({ length: SERVERS }, (_, at) => [
        `echo-${at}`,
        { command: 'node', args: [ECHO], env: { TOKEN: '${local:TOKEN}' } },
      ]),
    ),
  }),
)

const clis =
  process.argv.length > 2 ? process.argv.slice(2) : [resolve(import.meta.dirname, '../dist/cli.js')]
const subjects = {
  bare: [ECHO],
  ...Object.fromEntries(clis.map((cli) => [cli, [resolve(cli), 'serve', '--config', config]])),
}

const orNaN = (read) => {
  try {
    return read()
  } catch {
    return Number.NaN
  }
}
const cpuMs = (pid) =>
  orNaN(() => {
    const tasks = readdirSync(`/proc/${pid}/task`)
    const ns = tasks.map((task) =>
      Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
    )
    return ns.reduce((sum, one) => sum + one, 0) / 1e6
  })
const megabytes = (pid, name) =>
  orNaN(
    () =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/smaps_rollup`))[1]) /
      1024,
  )

async function start(args, isFirst) {
  const began = performance.now()
  const env = {
    PATH: process.env.PATH,
    HOME: dir,
    SIDEMUX_STATE_DIR: join(dir, 'state'),
    SIDEMUX_TRUST: 'off',
  }
  const child = spawn(process.execPath, args, { env, cwd: dir, stdio: ['pipe', 'pipe', 'ignore'] })
  const ended = new Promise((done) => child.on('exit', done))
  const send = (message) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const seen = {}
  const answered = new Promise((done, fail) => {
    void ended.then(() => fail(new Error(`${args[0]} ended before it listed its tools`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { id, result } = JSON.parse(line)
      if (id === 1) {
        seen.initialize = performance.now() - began
        seen.CPU = cpuMs(child.pid)
        send({ method: 'notifications/initialized' })
        send({ id: 2, method: 'tools/list' })
      } else if (id === 2) {
        seen.list = performance.now() - began
        const isWhole = result.tools.length === (args[0] === ECHO ? 1 : SERVERS)
        if (isWhole) done()
        // The first start of all knows no server yet.
        else if (isFirst) setTimeout(() => send({ id: 2, method: 'tools/list' }), IDLE_MS)
        else fail(new Error(`${args[0]} did not list all tools`))
      }
    })
  })
  const clientInfo = { name: 'bench', version: '1' }
  send({
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo },
  })
  try {
    await answered
  } catch (error) {
    child.kill()
    throw error
  }
  await sleep(IDLE_MS)
  seen.RSS = megabytes(child.pid, 'Rss')
  seen.PSS = megabytes(child.pid, 'Pss')
  child.stdin.end()
  await ended
  return seen
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
try {
  const seen = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]))
  for (let round = -1; round < ROUNDS; round += 1) {
    // The first is not counted: it fills the caches of the disk, and knows no server yet.
    const order = Object.entries(subjects)
    for (const [name, args] of round % 2 === 0 ? order : order.toReversed()) {
      const one = await start(args, round < 0)
      if (round >= 0) seen[name].push(one)
    }
  }
  process.stdout.write(
    `Node ${process.version}, ${SERVERS} server(s), ${ROUNDS} rounds, medians, in brackets as a ratio to bare\n`,
  )
  for (const name of Object.keys(subjects)) {
    const cells = ['initialize', 'list', 'CPU', 'RSS', 'PSS'].map((figure) => {
      const of = (subject) => median(seen[subject].map((one) => one[figure]))
      return `${figure} ${of(name).toFixed(0)} (${(of(name) / of('bare')).toFixed(2)})`
    })
    process.stdout.write(`${name}: ${cells.join(', ')}\n`)
  }
} finally {
  rmSync(dir, { recursive: true, force: true })
}
