// node bench/profile.mjs [CLI]: where sidemux's processor time goes while it relays small calls one at a time, 32 in flight,
// and large results and arguments; every stage on, with the configuration of bench.mjs. For each the functions that take most of the busy
// time themselves, and the modules whose work, with what they call in packages and in Node, it is. CLI is dist/cli.js of
// a checkout of which only `tsc -p tsconfig.build.json` was run: the bundle's files say less. TOP=25 sets how many lines.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { prose } from './children/answers.mjs'
import { Place } from './connection.mjs'
import { secrets, sidemux } from './contenders/contenders.mjs'
import { Subject } from './measure/subject.mjs'

const cli = resolve(process.argv[2] ?? join(import.meta.dirname, '../dist/cli.js'))
const TOP = Number(process.env.TOP ?? 25)
const SECONDS = 4
const NOT_BUSY = new Set(['(idle)', '(program)', '(root)'])
const now = () => Number(process.hrtime.bigint() / 1000n)

const MB = 1_000_000
const text = prose(MB)
const KINDS = [
  { what: 'one at a time', inFlight: 1, act: (subject) => subject.echo() },
  { what: '32 in flight', inFlight: 32, act: (subject) => subject.echo() },
  { what: 'results of 1 MB', inFlight: 1, act: (subject) => subject.resultOf(MB) },
  { what: 'arguments of 1 MB', inFlight: 1, act: (subject) => subject.argumentsOf(text) },
]

/** Samples of sidemux's main thread while `inFlight` calls are under way, and how many calls there were. */
async function profiled({ inFlight, act }) {
  const place = new Place(secrets)
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-profile-'))
  try {
    const [node, , ...args] = sidemux(place)
    const command = [node, '--cpu-prof', '--cpu-prof-interval=200', `--cpu-prof-dir=${dir}`, cli, ...args]
    const subject = await Subject.open(place, 'sidemux', { command, named: (name) => `s0_${name}` })
    const until = async (seconds) => {
      const end = performance.now() + seconds * 1000
      const worker = async () => {
        while (performance.now() < end) await act(subject)
      }
      await Promise.all(Array.from({ length: inFlight }, worker))
    }
    await until(2)
    const [from, before] = [now(), subject.calls]
    await until(SECONDS)
    const [to, calls] = [now(), subject.calls - before]
    await subject.close()
    const files = readdirSync(dir).map((name) => JSON.parse(readFileSync(join(dir, name), 'utf8')))
    // The thread for large lines has a profile too; the main thread's has most samples that are not idle.
    const profiles = files.map((profile) => ({ ...sampled(profile, from, to), calls }))
    return profiles.toSorted((a, b) => b.busy - a.busy)[0]
  } finally {
    place.remove()
    rmSync(dir, { recursive: true, force: true })
  }
}

const add = (map, key, value) => map.set(key, (map.get(key) ?? 0) + value)

function sampled(profile, from, to) {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  for (const node of profile.nodes) for (const child of node.children ?? []) nodes.get(child).parent = node
  const selfs = new Map()
  const modules = new Map()
  let busy = 0
  let at = profile.startTime
  for (const [index, id] of profile.samples.entries()) {
    const took = profile.timeDeltas[index]
    at += took
    const node = nodes.get(id)
    if (at < from || at > to || NOT_BUSY.has(node.callFrame.functionName)) continue
    busy += took
    add(selfs, named(node.callFrame), took)
    add(modules, moduleOf(node), took)
  }
  return { busy, selfs, modules }
}

const short = (url) => /node_modules\/.*$/.exec(url)?.[0] ?? /dist\/.*$/.exec(url)?.[0] ?? url
const named = ({ functionName, url, lineNumber }) =>
  `${functionName || '(anonymous)'} ${url ? `${short(url)}:${lineNumber + 1}` : ''}`

/** Whose work it is: the nearest caller in sidemux's own code, else the nearest in a package, else Node. */
function moduleOf(node) {
  for (let one = node; one; one = one.parent) {
    const url = short(one.callFrame.url)
    if (url.startsWith('dist/') || url.startsWith('node_modules/')) return url
  }
  return node.callFrame.url ? 'Node' : node.callFrame.functionName
}

for (const kind of KINDS) {
  const { busy, calls, selfs, modules } = await profiled(kind)
  const each = (took) =>
    `${((took / busy) * 100).toFixed(1).padStart(5)} %  ${(took / calls).toFixed(2).padStart(7)} µs`
  console.log(`\n${kind.what}: ${calls} calls, ${(busy / calls).toFixed(1)} µs busy a call`)
  for (const [head, map] of Object.entries({ 'by function, itself': selfs, 'by module': modules })) {
    console.log(`  ${head}`)
    for (const [name, took] of [...map].toSorted((a, b) => b[1] - a[1]).slice(0, TOP))
      console.log(`    ${each(took)}  ${name}`)
  }
}
