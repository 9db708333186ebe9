// What large results of one server cost, and what they cost the calls of another: `node bench/results.mjs`, after a
// build. The same two servers are spoken to directly in the same minute; the difference is ours. The host that measures
// doesn't parse large answers, so that it isn't the one that is late. Figures depend on the machine; compare ratios.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const SECONDS = Number(process.env.BENCH_SECONDS ?? 3)
const MB = 1_000_000
const here = import.meta.dirname
const node = process.execPath
const dir = mkdtempSync(join(tmpdir(), 'sidemux-results-'))
mkdirSync(join(dir, 'state'), { mode: 0o700 })
const servers = {
  big: { command: node, args: [join(here, 'big-child.mjs')], env: { TOKEN: 'a-secret-value-0123456789' } },
  small: { command: node, args: [join(here, 'echo-child.mjs')], env: { TOKEN: 'another-secret-value-987' } },
}
for (const entry of Object.values(servers)) entry.env = { TOKEN: '${local:TOKEN}' }
writeFileSync(join(dir, '.env'), 'TOKEN=a-secret-value-0123456789\n')
writeFileSync(
  join(dir, 'servers.yaml'),
  JSON.stringify({
    version: 1,
    secrets: { local: { type: 'dotenv', path: '.env' } },
    servers,
    approvals: { channels: ['elicitation'] },
    defaults: { rateLimit: '1000000/second' },
  }),
)

class Connection {
  #waiting = new Map()
  #parts = []
  #next = 0

  constructor(command) {
    const env = { PATH: process.env.PATH, HOME: dir, SIDEMUX_STATE_DIR: join(dir, 'state') }
    this.process = spawn(command[0], command.slice(1), { env, stdio: ['pipe', 'pipe', 'ignore'] })
    this.process.stdout.on('data', (chunk) => this.#take(chunk))
  }

  async open() {
    const clientInfo = { name: 'bench', version: '1' }
    await this.request('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo })
    this.process.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
    await this.request('tools/list', {})
    return this
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
      const bytes = this.#parts.reduce((sum, part) => sum + part.length, 0)
      const ends = [this.#parts[0].subarray(0, 200), this.#parts.at(-1).subarray(-200)].map(String)
      const id = Number((/^\{"jsonrpc":"2.0","id":(\d+)/.exec(ends[0]) ?? /"id":(\d+)\}$/.exec(ends[1]))?.[1])
      this.#parts = []
      this.#waiting.get(id)?.({ bytes, ends })
      this.#waiting.delete(id)
    }
    if (from < chunk.length) this.#parts.push(Buffer.from(chunk.subarray(from)))
  }
}

const quantile = (values, q) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? Number.NaN
const pause = (ms) => new Promise((done) => setTimeout(done, ms))
const timed = async (act) => {
  const start = performance.now()
  await act()
  return performance.now() - start
}
const memory = (pid) => {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024
  } catch {
    return Number.NaN
  }
}

/** Small calls, one after the other, until `over` is true. */
async function smallCalls({ small }, over, watch) {
  const latencies = []
  let rss = 0
  while (!over()) {
    latencies.push(await timed(() => small('hello')))
    rss = Math.max(rss, memory(watch))
    await pause(3)
  }
  return { latencies, rss }
}

async function measure(subject, kind, bytes) {
  let until = performance.now() + SECONDS * 1000
  const quiet = await smallCalls(subject, () => performance.now() > until, subject.pid)
  await subject.big(kind, bytes)
  until = performance.now() + SECONDS * 1000
  const large = []
  let isOver = false
  const busy = (async () => {
    while (performance.now() < until) large.push(await timed(() => subject.big(kind, bytes)))
    isOver = true
  })()
  const during = await smallCalls(subject, () => isOver, subject.pid)
  await busy
  return {
    quiet: quantile(quiet.latencies, 0.5),
    median: quantile(during.latencies, 0.5),
    p95: quantile(during.latencies, 0.95),
    worst: quantile(during.latencies, 1),
    large: quantile(large, 0.5),
    rss: during.rss,
  }
}

const call = (connection, prefix) => ({
  small: (text) => connection.request('tools/call', { name: `${prefix.small}echo`, arguments: { text } }),
  big: (name, bytes) => connection.request('tools/call', { name: prefix.big + name, arguments: { bytes } }),
})

try {
  const direct = {
    big: await new Connection([node, join(here, 'big-child.mjs')]).open(),
    small: await new Connection([node, join(here, 'echo-child.mjs')]).open(),
  }
  const cli = join(here, '../dist/cli.js')
  const sidemux = await new Connection([node, cli, 'serve', '--config', join(dir, 'servers.yaml')]).open()
  const subjects = {
    direct: {
      small: call(direct.small, { small: '' }).small,
      big: call(direct.big, { big: '' }).big,
      pid: direct.big.process.pid,
    },
    sidemux: { ...call(sidemux, { small: 'small_', big: 'big_' }), pid: sidemux.process.pid },
  }
  const sizes = (process.env.BENCH_SIZES ?? '1,5,9.9,50').split(',').map(Number)
  const rows = []
  for (const size of sizes) {
    for (const kind of (process.env.BENCH_KINDS ?? 'text,binary,dense').split(',')) {
      for (const [name, subject] of Object.entries(subjects)) {
        const { quiet, median, p95, worst, large, rss } = await measure(subject, kind, size * MB)
        rows.push({
          result: `${size} MB ${kind}`,
          subject: name,
          'result ms': large.toFixed(0),
          'small calls: quiet ms': quiet.toFixed(2),
          'during ms': `${median.toFixed(2)} (x${(median / quiet).toFixed(1)})`,
          'p95 ms': p95.toFixed(1),
          'worst ms': worst.toFixed(0),
          'rss MiB': rss.toFixed(0),
        })
      }
    }
  }
  console.log(`Node ${process.version}, ${SECONDS} s each`)
  console.table(rows)
  for (const connection of [direct.big, direct.small, sidemux]) await connection.close()
} finally {
  rmSync(dir, { recursive: true, force: true })
}
