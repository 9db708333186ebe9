// npm run floods: what a server that sends as fast as it is read costs the calls of another one. For each kind of flood,
// and for five at once, in ratio to the quiet: the flooding processes are stopped and go on in turns, because machines
// drift. Linux only. It judges nothing.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { memory, Place, quantile, timed } from './connection.mjs'

const WINDOWS = Number(process.env.WINDOWS ?? 8)
const WINDOW_S = 0.7
const FIVE = ['logs', 'progress', 'pings', 'changes', 'unknown']
const MORE = ['huge', 'updated', 'roots', 'stray', 'stderr', 'blank']
const flood = (env) => ({
  command: process.execPath,
  args: [join(import.meta.dirname, '../test/servers/flood.mjs')],
  env,
})
const place = new Place({})
const ms = (value) => value.toFixed(1)
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Seconds of processor time that a process has used. */
function processor(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** The processes of the servers that flood, which run below sidemux and below what confines them. */
function flooding(pid) {
  const below = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  if (below !== '') return below.split(' ').flatMap((one) => flooding(Number(one)))
  return /(?:^|\0)FLOOD=/.test(readFileSync(`/proc/${pid}/environ`, 'latin1')) ? [pid] : []
}

/** Bytes that a process has written. */
function written(pid) {
  return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'latin1'))[1])
}

/** One call after the other for so long: how long each took, in ms. */
async function calls(connection, seconds, tool = 'quiet_echo') {
  const latencies = []
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    latencies.push(
      await timed(async () => {
        const answer = await connection.request('tools/call', { name: tool, arguments: { text: 'hi' } })
        if (answer.result?.content?.[0]?.text !== 'hi') throw new Error(JSON.stringify(answer))
      }),
    )
    await pause(5)
  }
  return latencies
}

async function round(kinds) {
  const servers = { quiet: flood({}) }
  for (const kind of kinds) servers[kind] = flood({ FLOOD: kind })
  const connection = place.connect(
    place.sidemux(kinds.join('-'), { defaults: { rateLimit: '1000000/second' }, servers }),
  )
  try {
    await connection.open()
    if (kinds.includes('updated'))
      await connection.request('resources/subscribe', { uri: 'sidemux://updated/memo:a' })
    await calls(connection, 2)
    const { pid } = connection.process
    const all = flooding(pid)
    const signal = (name) => all.forEach((one) => process.kill(one, name))
    for (const kind of kinds)
      void connection.request('tools/call', {
        name: `${kind}_wait`,
        arguments: {},
        _meta: { progressToken: kind },
      })
    await pause(1000)
    const [quiet, loud] = [[], []]
    let share = 0
    const before = all.map(written)
    for (let window = 0; window < WINDOWS; window += 1) {
      signal('SIGSTOP')
      await pause(500)
      quiet.push(...(await calls(connection, WINDOW_S)))
      signal('SIGCONT')
      await pause(200)
      const [began, used] = [performance.now(), processor(pid)]
      loud.push(...(await calls(connection, WINDOW_S)))
      share += (processor(pid) - used) / ((performance.now() - began) / 1000) / WINDOWS
    }
    const rss = memory(pid)
    const sent = all.map((one, at) => written(one) - before[at])
    if (sent.length < kinds.length || sent.some((bytes) => bytes < 10_000))
      throw new Error(`not every server floods: ${sent.join(', ')} bytes written`)
    const own = await calls(connection, 1, `${kinds[0]}_echo`)
    return {
      flood: kinds.join(', '),
      calls: loud.length,
      'p50 ms': ms(quantile(loud, 0.5)),
      'p95 ms': ms(quantile(loud, 0.95)),
      'max ms': ms(quantile(loud, 1)),
      'quiet calls': quiet.length,
      'quiet p50': ms(quantile(quiet, 0.5)),
      'quiet p95': ms(quantile(quiet, 0.95)),
      ratio: (quantile(loud, 0.5) / quantile(quiet, 0.5)).toFixed(2),
      'ratio p95': (quantile(loud, 0.95) / quantile(quiet, 0.95)).toFixed(2),
      'its own p50': ms(quantile(own, 0.5)),
      'its MB': (sent.reduce((sum, bytes) => sum + bytes, 0) / 1e6).toFixed(1),
      'rss MiB': rss.toFixed(0),
      'cpu %': (share * 100).toFixed(0),
    }
  } finally {
    await connection.close()
  }
}

try {
  const chosen = process.argv.slice(2)
  const rounds =
    chosen.length > 0
      ? chosen.map((kinds) => kinds.split(','))
      : [...[...FIVE, ...MORE].map((kind) => [kind]), FIVE]
  const rows = []
  for (const kinds of rounds) {
    rows.push(await round(kinds))
    console.log(Object.values(rows.at(-1)).join('  '))
  }
  console.log(
    `Node ${process.version}, ${(WINDOWS * WINDOW_S).toFixed(1)} s of calls to another server, one after the other`,
  )
  console.table(rows)
} finally {
  place.remove()
}
