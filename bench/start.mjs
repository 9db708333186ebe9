// node bench/start.mjs: how long `serve` takes to answer initialize and the first list with no store, and with a dotenv
// store that its server uses. Both alternate within the same minute, because machines drift; the ratio of the medians is
// what counts. It judges nothing.
import { ECHO, median, Place, STORE } from './connection.mjs'

const PAIRS = Number(process.env.PAIRS ?? 20)
const place = new Place({ TOKEN: 'bench-secret-0123456789' })
const echo = (env) => ({ servers: { echo: { command: 'node', args: [ECHO], env } } })
const subjects = {
  'no store': place.sidemux('none', echo({ MODE: 'plain' })),
  dotenv: place.sidemux('dotenv', { ...STORE, ...echo({ TOKEN: '${local:TOKEN}' }) }),
}

/** Milliseconds from spawn to the answers to initialize and tools/list. */
async function start(command) {
  const connection = place.connect(command)
  const { tools, ...times } = await connection.open()
  if (tools.result.tools.length !== 1) throw new Error('the child did not come up')
  await connection.close()
  return times
}

try {
  const seen = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]))
  for (const command of Object.values(subjects)) await start(command)
  for (let pair = 0; pair < PAIRS; pair += 1) {
    // Who goes first alternates too.
    const order = Object.entries(subjects)
    for (const [name, command] of pair % 2 === 0 ? order : order.toReversed())
      seen[name].push(await start(command))
  }
  for (const figure of ['initialize', 'list']) {
    const [none, dotenv] = Object.values(seen).map((starts) => median(starts.map((start) => start[figure])))
    console.log(
      `${figure}: no store ${none.toFixed(0)} ms, dotenv ${dotenv.toFixed(0)} ms, ratio of medians ${(dotenv / none).toFixed(3)} (${PAIRS} pairs, alternating, Node ${process.version})`,
    )
  }
} finally {
  place.remove()
}
