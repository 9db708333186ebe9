// node bench/egress.mjs: what a network by name costs a server: a request, a connection and a start, against the same
// sandbox with the machine's own network. The two alternate request by request, because machines drift; medians count.
// It judges nothing. Needs bwrap and perl.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { bubblewrapArguments } from '../dist/confine/confiner/bubblewrap.js'
import { networkRules } from '../dist/confine/network.js'
import { realFiles } from '../dist/confine/real-files.js'
import { systemMounts } from '../dist/confine/system.js'
import { Egress } from '../dist/egress/egress.js'
import { RefusedPlaces } from '../dist/egress/refused-places.js'

const ROUNDS = Number(process.env.ROUNDS ?? 400)
const STARTS = Number(process.env.STARTS ?? 25)
const web = createServer((_, response) => response.end('x'.repeat(2000)))
await new Promise((done) => web.listen(0, '127.0.0.1', done))
const { port } = web.address()
const stateDir = mkdtempSync(join(tmpdir(), 'sidemux-egress-bench-'))
const egress = new Egress({
  stateDir,
  env: process.env,
  refused: new RefusedPlaces((place) => process.stderr.write(`refused: ${JSON.stringify(place)}\n`)),
  doors: async () => new Set(),
  resolve: async () => [{ address: '127.0.0.1', family: 4 }],
})

const base = {
  mounts: [...systemMounts([], realFiles), { kind: 'read', path: dirname(process.execPath) }],
  cwd: '/tmp',
}

/** A program in a sandbox, with a network by name or the machine's. */
async function start(isNamed, command) {
  const began = performance.now()
  const network = networkRules(isNamed ? [`api.test:${port}`, `localhost:${port}`] : 'all')
  const launch = { args: [], env: {}, declared: [] }
  const way = isNamed ? await egress.open({ server: 'bench', network, launch }) : undefined
  const profile = {
    ...base,
    network,
    ...(way && { mounts: [...base.mounts, ...way.mounts], enter: way.enter }),
  }
  const child = spawn('bwrap', bubblewrapArguments(profile, command, {}), {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH },
  })
  const ended = new Promise((done) => child.once('close', done)).then(() => way?.close())
  return { child, ended, began }
}

const CLIENT = `
const http = require('http')
const agents = { kept: new http.Agent({ keepAlive: true }), new: new http.Agent() }
require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const [kind, url] = line.split(' ')
  const began = process.hrtime.bigint()
  http.get(url, { agent: agents[kind] }, (response) => {
    response.resume().once('end', () => console.log(Number(process.hrtime.bigint() - began) / 1e6))
  })
})`
const url = { named: `http://api.test:${port}/`, plain: `http://127.0.0.1:${port}/` }
const clients = {}
for (const name of ['plain', 'named']) {
  const { child, ended } = await start(name === 'named', [process.execPath, '-e', CLIENT])
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ask = async (kind) => {
    child.stdin.write(`${kind} ${url[name]}\n`)
    return Number((await lines.next()).value)
  }
  clients[name] = { child, ended, ask }
}

const median = (all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)]
const round = (value) => value.toFixed(3).padStart(8)
console.log(`median of ${ROUNDS}, ms                plain    named    more`)
for (const kind of ['kept', 'new']) {
  const took = { plain: [], named: [] }
  for (let at = 0; at < ROUNDS + 20; at += 1)
    for (const name of at % 2 === 0 ? ['plain', 'named'] : ['named', 'plain']) {
      const one = await clients[name].ask(kind)
      if (at >= 20) took[name].push(one)
    }
  const more = median(took.named.map((one, at) => one - took.plain[at]))
  console.log(
    `request, ${kind} connection        ${round(median(took.plain))} ${round(median(took.named))} ${round(more)}`,
  )
}
for (const { child, ended } of Object.values(clients)) {
  child.stdin.end()
  await ended
}

const starts = { plain: [], named: [] }
for (let at = 0; at < STARTS * 2; at += 1) {
  const name = at % 2 === 0 ? 'plain' : 'named'
  const { child, ended, began } = await start(name === 'named', ['/bin/sh', '-c', 'echo up; read _'])
  await new Promise((done) => child.stdout.once('data', done))
  starts[name].push(performance.now() - began)
  if (at === STARTS * 2 - 1) console.log(`relay, PSS in MB                 ${round(relayOf(child.pid))}`)
  child.stdin.end('\n')
  await ended
}
console.log(
  `start of a shell, of ${STARTS}           ${round(median(starts.plain))} ${round(median(starts.named))} ${round(median(starts.named) - median(starts.plain))}`,
)
web.close()
rmSync(stateDir, { recursive: true })

/** Of the process below that calls itself so. */
function relayOf(pid) {
  const below = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
  for (const child of below) {
    if (readFileSync(`/proc/${child}/cmdline`, 'utf8').startsWith('sidemux-network'))
      return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${child}/smaps_rollup`, 'utf8'))[1]) / 1024
    const found = relayOf(child)
    if (found > 0) return found
  }
  return 0
}
