// npm run bench: what a call through sidemux costs, beside the same call straight to the child and through a relay
// that checks nothing. Rounds interleave, because machines drift; ratios are what counts. It judges nothing.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const ROUNDS = Number(process.env.ROUNDS ?? 5)
const SEQUENTIAL = 1500
const CONCURRENT = 6000
const AT_ONCE = 32
const here = import.meta.dirname
const dir = mkdtempSync(join(tmpdir(), 'sidemux-bench-'))
const child = join(here, 'echo-child.mjs')
const node = process.execPath

function config(name, children, extra = {}) {
  const servers = Object.fromEntries(
    Array.from({ length: children }, (_, index) => [
      `s${index}`,
      { command: 'node', args: [child], ...extra },
    ]),
  )
  const file = join(dir, name)
  writeFileSync(
    file,
    JSON.stringify({
      version: 1,
      secrets: { local: { type: 'dotenv', path: '.env' } },
      defaults: { rateLimit: '1000000/second' },
      servers,
    }),
  )
  return [node, resolve(here, '../dist/cli.js'), 'serve', '--config', file]
}

const names = ['A', 'B', 'C', 'D', 'E']
writeFileSync(join(dir, '.env'), names.map((name) => `${name}=bench-secret-${name}-0123456789\n`).join(''))
const secrets = Object.fromEntries(names.map((name) => [name, `\${local:${name}}`]))

const subjects = {
  'straight to the child': { command: [node, child], tool: 'echo' },
  'raw relay, 1 child': { command: [node, join(here, 'raw-relay.mjs'), child], tool: 'echo' },
  'sidemux, 1 child': { command: config('one.yaml', 1), tool: 's0_echo' },
  'sidemux, 4 children, 20 secrets': { command: config('four.yaml', 4, { env: secrets }), tool: 's0_echo' },
}

class Connection {
  #waiting = new Map()
  #parts = []
  #next = 0

  constructor(command) {
    const env = { PATH: process.env.PATH, HOME: dir, SIDEMUX_STATE_DIR: join(dir, 'state') }
    this.process = spawn(command[0], command.slice(1), { env, stdio: ['pipe', 'pipe', 'ignore'] })
    this.process.stdout.on('data', (chunk) => this.#take(chunk))
  }

  request(method, params) {
    const id = ++this.#next
    return new Promise((done) => {
      this.#waiting.set(id, done)
      this.process.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
    })
  }

  close() {
    return new Promise((done) => {
      this.process.on('exit', done)
      this.process.stdin.end()
    })
  }

  #take(chunk) {
    let from = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      this.#parts.push(chunk.subarray(from, end))
      from = end + 1
      const message = JSON.parse(Buffer.concat(this.#parts).toString())
      this.#parts = []
      this.#waiting.get(message.id)?.(message)
      this.#waiting.delete(message.id)
    }
    if (from < chunk.length) this.#parts.push(chunk.subarray(from))
  }
}

const quantile = (values, q) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))]
const median = (values) => quantile(values, 0.5)
const timed = async (act) => {
  const start = performance.now()
  await act()
  return performance.now() - start
}
/** Resident memory of one process in MiB, where /proc tells. */
const memory = (pid) => {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024
  } catch {
    return Number.NaN
  }
}

async function round({ command, tool }) {
  const started = performance.now()
  const connection = new Connection(command)
  await connection.request('initialize', {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'bench', version: '1' },
  })
  const initialize = performance.now() - started
  connection.process.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
  await connection.request('tools/list', {})
  const list = performance.now() - started
  const call = async (text) => {
    const { result } = await connection.request('tools/call', { name: tool, arguments: { text } })
    if (result?.content?.[0]?.text !== text)
      throw new Error(`wrong answer: ${JSON.stringify(result)?.slice(0, 200)}`)
  }
  for (let index = 0; index < 400; index += 1) await call('warm')
  const latencies = []
  for (let index = 0; index < SEQUENTIAL; index += 1) latencies.push(await timed(() => call('hello')))
  let sent = 0
  const worker = async () => {
    while (sent++ < CONCURRENT) await call('hello')
  }
  const together = await timed(() => Promise.all(Array.from({ length: AT_ONCE }, worker)))
  const megabyte = 'y'.repeat(1 << 20)
  const large = []
  for (let index = 0; index < 10; index += 1) large.push(await timed(() => call(megabyte)))
  const rss = memory(connection.process.pid)
  const close = await timed(() => connection.close())
  return {
    initialize,
    list,
    p50: median(latencies),
    p99: quantile(latencies, 0.99),
    perSecond: CONCURRENT / (together / 1000),
    large: median(large),
    rss,
    close,
  }
}

try {
  const rounds = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]))
  for (let index = 0; index < ROUNDS; index += 1) {
    for (const [name, subject] of Object.entries(subjects)) rounds[name].push(await round(subject))
  }
  const of = (name, figure) => median(rounds[name].map((one) => one[figure]))
  const base = Object.keys(subjects)[0]
  const rows = Object.keys(subjects).map((name) => ({
    subject: name,
    'initialize ms': of(name, 'initialize').toFixed(0),
    'first list ms': of(name, 'list').toFixed(0),
    'call p50 ms': `${of(name, 'p50').toFixed(3)} (x${(of(name, 'p50') / of(base, 'p50')).toFixed(1)})`,
    'p99 ms': of(name, 'p99').toFixed(2),
    'calls/s, 32 at once': of(name, 'perSecond').toFixed(0),
    '1 MB ms': of(name, 'large').toFixed(1),
    'rss MiB': of(name, 'rss').toFixed(0),
    'close ms': of(name, 'close').toFixed(0),
  }))
  console.log(`Node ${process.version}, medians of ${ROUNDS} interleaved rounds`)
  console.table(rows)
} finally {
  rmSync(dir, { recursive: true, force: true })
}
