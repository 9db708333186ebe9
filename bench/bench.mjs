// npm run bench: what a call through sidemux costs, beside the same call straight to the child and through a relay
// that checks nothing. Rounds interleave, because machines drift; ratios are what counts. It judges nothing.
import { join } from 'node:path'
import { ECHO, median, memory, Place, quantile, STORE, timed } from './connection.mjs'

const ROUNDS = Number(process.env.ROUNDS ?? 5)
const SEQUENTIAL = 1500
const CONCURRENT = 6000
const AT_ONCE = 32
const node = process.execPath
const names = ['A', 'B', 'C', 'D', 'E']
const place = new Place(Object.fromEntries(names.map((name) => [name, `bench-secret-${name}-0123456789`])))
const secrets = Object.fromEntries(names.map((name) => [name, `\${local:${name}}`]))

function sidemux(children, extra = {}) {
  const ids = Array.from({ length: children }, (_, index) => `s${index}`)
  const servers = Object.fromEntries(ids.map((id) => [id, { command: 'node', args: [ECHO], ...extra }]))
  return place.sidemux(`${children}`, { ...STORE, defaults: { rateLimit: '1000000/second' }, servers })
}

const subjects = {
  'straight to the child': { command: [node, ECHO], tool: 'echo' },
  'raw relay, 1 child': { command: [node, join(import.meta.dirname, 'raw-relay.mjs'), ECHO], tool: 'echo' },
  'sidemux, 1 child': { command: sidemux(1), tool: 's0_echo' },
  'sidemux, 4 children, 20 secrets': { command: sidemux(4, { env: secrets }), tool: 's0_echo' },
}

async function round({ command, tool }) {
  const connection = place.connect(command)
  const { initialize, list } = await connection.open()
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
  place.remove()
}
