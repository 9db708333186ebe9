// npm run bench:sleeping: what servers cost that nobody calls, and what the first call of one costs that sleeps.
//
//   30 known servers        how many of them run after initialize and all lists: 0
//   5 hosts x 10 servers    PSS of all five sidemuxes with all that they started, nothing called, beside five times one
//   first call              from the call of a server that sleeps to its answer, beside the same server on its own, from
//                           its start to the answer of the same call; paired, one after the other, since machines drift.
//                           And beside its own start below sidemux, which has its sandbox and its lists: what is more
//                           than that is the corridor, the launch and the comparison. The first call of a session also
//                           loads what it needs of sidemux
//
// Exits 1 where a server runs that nobody called. ROUNDS=8 of first calls. Linux, for the processes and the memory.
import { readFileSync, readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { ECHO, median, Place, timed } from './connection.mjs'

const ROUNDS = Number(process.env.ROUNDS ?? 8)
const HOSTS = 5
const KNOWN = 30
const SERVERS = 10
const IDLE_MS = 1500
const KINDS = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list']

const place = new Place({})
// In the directory of servers.yaml, whose name chance made here, a token could stand, and it would be looked for.
const entry = (more) => ({ command: process.execPath, args: [ECHO], cwd: '/', ...more })
const config = (count, more) => ({
  servers: Object.fromEntries(Array.from({ length: count }, (_, n) => [`echo-${n}`, entry(more)])),
})
let isWrong = false

const many = place.sidemux('many', config(KNOWN))
await introduced(many, KNOWN)
await during(many, async (host, lists) => {
  const running = serversBelow(host).length
  isWrong ||= running > 0
  console.log(
    `${KNOWN} known servers: ${running} of them run after initialize and all lists (${lists} tools)`,
  )
})

const ten = place.sidemux('ten', config(SERVERS))
await introduced(ten, SERVERS)
const alone = await during(ten, async (host) => megabytesOf([host]))
const hosts = await Promise.all(Array.from({ length: HOSTS }, async () => opened(ten)))
await sleep(IDLE_MS)
const running = hosts.flatMap(({ host }) => serversBelow(host)).length
isWrong ||= running > 0
console.log(
  `${HOSTS} hosts x ${SERVERS} servers, nothing called: ${running} servers run, PSS of all ${megabytesOf(hosts.map(({ host }) => host)).toFixed(0)} MB; one alone ${alone.toFixed(0)} MB`,
)
await Promise.all(hosts.map(async ({ host }) => host.close()))

for (const [how, sandbox] of [
  ['unconfined', 'off'],
  ['confined, as by default', 'auto'],
]) {
  const names = ['first', 'second', 'third']
  const sleepers = place.sidemux(`sleepers-${sandbox}`, {
    servers: Object.fromEntries(names.map((name) => [name, entry({ sandbox })])),
  })
  await introduced(sleepers, names.length)
  const rows = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const { host } = await opened(sleepers)
    // A model thinks at least so long before it calls.
    await sleep(IDLE_MS)
    const row = {}
    for (const name of names) {
      const bare = await timed(async () => {
        const direct = place.connect([process.execPath, ECHO])
        await direct.open()
        await call(direct, 'echo')
        void direct.close()
      })
      const woken = await timed(async () => call(host, `${name}_echo`))
      row[name] = { bare, woken, own: ownStart(host.process.pid, name) }
    }
    await host.close()
    rows.push(row)
  }
  const told = (what, all) =>
    console.log(
      `${what} of a server that sleeps, ${how}: ${of(all, ({ woken }) => woken)} ms; its start and a call without sidemux ${of(all, ({ bare }) => bare)} ms, more than that ${of(all, ({ woken, bare }) => woken - bare)}; its start below sidemux ${of(all, ({ own }) => own)} ms, more than that ${of(all, ({ woken, own }) => woken - own)} (medians of ${all.length})`,
    )
  told(
    'first call of a session',
    rows.map(({ first }) => first),
  )
  told(
    'later first calls',
    rows.flatMap(({ second, third }) => [second, third]),
  )
}
place.remove()
process.exitCode = isWrong ? 1 : 0

function of(all, read) {
  return median(all.map(read)).toFixed(0)
}

function ids(list) {
  return new Set(list.result.tools.map(({ name }) => name.split('_')[0])).size
}

async function call(connection, name) {
  const { result, error } = await connection.request('tools/call', { name, arguments: { text: 'hi' } })
  if (error !== undefined || result.isError) throw new Error(JSON.stringify(error ?? result))
}

/** All of them have been listed once, and what they list is kept. */
async function introduced(command, count) {
  const host = place.connect(command)
  const { tools } = await host.open()
  let listed = ids(tools)
  while (listed < count) {
    await Promise.race([host.changed, sleep(1000)])
    listed = ids(await host.request('tools/list', {}))
  }
  await host.close()
}

async function opened(command) {
  const host = place.connect(command)
  await host.open()
  const lists = await Promise.all(KINDS.map(async (kind) => host.request(kind, {})))
  return { host, tools: lists[0].result.tools.length }
}

async function during(command, look) {
  const { host, tools } = await opened(command)
  await sleep(IDLE_MS)
  const seen = await look(host, tools)
  await host.close()
  return seen
}

function megabytesOf(all) {
  const pids = all.flatMap(({ process: { pid } }) => treeOf(pid))
  return pids.reduce((sum, pid) => sum + pss(pid), 0)
}

function pss(pid) {
  return Number(/^Pss:\s+(\d+)/m.exec(textOf(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) / 1024
}

/** Not what sidemux starts for itself. */
function serversBelow(host) {
  return treeOf(host.process.pid).filter((pid) => textOf(`/proc/${pid}/cmdline`).includes(ECHO))
}

function textOf(file) {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}

/** From the start of its process, or of what confines it, until it had listed what it offers; by sidemux's log. */
function ownStart(pid, server) {
  const events = readFileSync(join(place.dir, 'state/log/sidemux.log'), 'utf8')
    .split('\n')
    .filter((line) => line.includes(`"server":"${server}"`))
    .map((line) => JSON.parse(line))
    .filter((line) => line.pid === pid)
  const at = (event) => Date.parse(events.findLast((line) => line.event === event).time)
  return at('ready') - at('launched')
}

/** It comes first. */
function treeOf(pid) {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    const children = threads.flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean),
    )
    return [pid, ...children.flatMap((child) => treeOf(Number(child)))]
  } catch {
    return [pid]
  }
}
