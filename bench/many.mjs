// node bench/many.mjs [DIST…]: how long a host waits for its tools when sidemux has 33 small servers to start: the first
// list and what was in it, the first tools, all tools. Each build (default: dist) is started with nothing known, and again
// with what that left in the state directory; builds alternate, because machines drift. HANGING=3 puts so many servers
// that never answer in front of the others. It judges nothing.
import { join, resolve } from 'node:path'
import { median, Place } from './connection.mjs'

const ROUNDS = Number(process.env.ROUNDS ?? 3)
const HANGING = Number(process.env.HANGING ?? 0)
const WITHIN_MS = 120_000
const builds = (process.argv.length > 2 ? process.argv.slice(2) : [join(import.meta.dirname, '../dist')]).map(
  (dir) => resolve(dir, 'cli.js'),
)
const published = (name, ...args) => ({
  command: 'node',
  args: [
    join(import.meta.dirname, `../node_modules/@modelcontextprotocol/server-${name}/dist/index.js`),
    ...args,
  ],
})

function config(dir) {
  const hangs = { command: 'node', args: ['-e', 'setInterval(() => {}, 1000)'] }
  const three = {
    everything: published('everything'),
    memory: published('memory'),
    files: published('filesystem', dir),
  }
  const servers = Array.from({ length: 11 }, (_, i) =>
    Object.entries(three).map(([name, entry]) => [`${name}-${i + 1}`, entry]),
  ).flat()
  return {
    servers: {
      ...Object.fromEntries(Array.from({ length: HANGING }, (_, i) => [`hangs-${i + 1}`, hangs])),
      ...Object.fromEntries(servers),
    },
  }
}

/** Milliseconds from spawn; `all` is when each of the 33 has a tool in the list. */
async function start(place, [node, , ...args], cli) {
  const connection = place.connect([node, cli, ...args])
  const times = {}
  const note = ({ result: { tools } }) => {
    const ids = new Set(tools.map(({ name }) => name.split('_')[0]))
    if (ids.size > 0) times.first ??= connection.elapsed
    if (ids.size === 33) times.all ??= connection.elapsed
    return tools.length
  }
  const { initialize, list, tools } = await connection.open()
  Object.assign(times, { initialize, list, listed: note(tools) })
  while (times.all === undefined && connection.elapsed < WITHIN_MS) {
    await connection.changed
    note(await connection.request('tools/list', {}))
  }
  // What comes after is for the next start.
  await new Promise((done) => setTimeout(done, 500))
  await connection.close()
  return times
}

const seen = new Map()
for (let round = 0; round < ROUNDS; round += 1) {
  for (const cli of round % 2 === 0 ? builds : builds.toReversed()) {
    const place = new Place({})
    const command = place.sidemux('many', config(place.dir))
    for (const known of ['nothing known', 'known']) {
      const name = `${cli}, ${known}`
      seen.set(name, [...(seen.get(name) ?? []), await start(place, command, cli)])
    }
    place.remove()
  }
}
for (const [name, starts] of seen) {
  const of = (figure) => median(starts.map((one) => one[figure] ?? Infinity)).toFixed(0)
  console.log(
    `${name}: initialize ${of('initialize')} ms, first list ${of('list')} ms with ${of('listed')} tools, first tools ${of('first')} ms, all ${of('all')} ms (medians of ${ROUNDS})`,
  )
}
