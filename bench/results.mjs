// What large results of one server cost, and what they cost the calls of another: `node bench/results.mjs`, after a
// build. The same two servers are spoken to directly in the same minute; the difference is ours. The host that measures
// doesn't parse large answers, so that it isn't the one that is late. Figures depend on the machine; compare ratios.
import { BIG, ECHO, glanced, memory, Place, quantile, STORE, timed } from './connection.mjs'

const SECONDS = Number(process.env.BENCH_SECONDS ?? 3)
const MB = 1_000_000
const node = process.execPath
const place = new Place({ TOKEN: 'a-secret-value-0123456789' })
const server = (child) => ({ command: node, args: [child], env: { TOKEN: '${local:TOKEN}' } })
const command = place.sidemux('servers', {
  ...STORE,
  servers: { big: server(BIG), small: server(ECHO) },
  approvals: { channels: ['elicitation'] },
  defaults: { rateLimit: '1000000/second' },
})

async function opened(command) {
  const connection = place.connect(command, { read: glanced })
  await connection.open()
  return connection
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms))

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
  const direct = { big: await opened([node, BIG]), small: await opened([node, ECHO]) }
  const sidemux = await opened(command)
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
  place.remove()
}
