// npm run bench [-- --quick] [--json FILE] [--picture FILE] [--only a,b] [--before CLI] [--docs]: what a call through sidemux costs,
// beside the same call straight to the server, through a relay that checks nothing, and through what others use. All run
// at the same time and are measured in turns, because machines drift: ratios are what counts. Linux only. It judges
// nothing; what a call may cost is held by counts.mjs. How to read it: docs/performance.md, where --docs puts the figures.
import { writeFileSync } from 'node:fs'
import { cpus, loadavg, release } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { median, Place } from './connection.mjs'
import { contenders, secrets } from './contenders/contenders.mjs'
import { promptsAndResources, remoteAndAsking } from './measure/other-roads.mjs'
import { memoryOf } from './measure/processes.mjs'
import { largeCalls, memoryAfter, sequential, smallCalls, together } from './measure/rounds.mjs'
import { Subject } from './measure/subject.mjs'
import { cannotCount, countCalls } from './measure/system-calls.mjs'
import { mediansOf, rateRatio, smallFigures, smallRatios, usedBy } from './report/figures.mjs'
import { intoPage } from './report/document.mjs'
import { picture } from './report/picture.mjs'
import { table } from './report/table.mjs'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    picture: { type: 'string' },
    only: { type: 'string' },
    before: { type: 'string' },
    docs: { type: 'boolean', default: false },
  },
})
const SIZES = values.quick
  ? {
      small: { rounds: 5, alone: 150, at8: 400, at32: 1000, warm: 800 },
      large: { rounds: 2, tenToo: false },
      others: { rounds: 2, times: 40, warm: 400 },
      asks: 3,
      counted: 200,
    }
  : {
      small: { rounds: 15, alone: 200, at8: 800, at32: 1500, warm: 2000 },
      large: { rounds: 6, tenToo: true },
      others: { rounds: 6, times: 60, warm: 1500 },
      asks: 15,
      counted: 500,
    }
const CALLS = 20_000
const before = values.before && resolve(values.before)

async function measured(place) {
  const { all, without } = contenders(place, { before })
  const chosen = Object.entries(all).filter(([name]) => values.only?.split(',').includes(name) ?? true)
  const notes = [without].filter(Boolean)
  const subjects = []
  const found = Object.fromEntries(chosen.map(([name, { what }]) => [name, { what }]))
  try {
    for (const [name, contender] of chosen) subjects.push(await Subject.open(place, name, contender))
    const small = await smallCalls(subjects, SIZES.small)
    for (const [name, rounds] of Object.entries(small)) Object.assign(found[name], smallFigures(rounds))
    const others = await promptsAndResources(subjects, SIZES.others)
    for (const [name, kinds] of Object.entries(others)) found[name].others = mediansOf(kinds)
    const relays = subjects.filter(({ name }) => name !== 'direct')
    const why = cannotCount()
    if (why !== undefined) notes.push(`system calls and threads: ${why}`)
    for (const subject of why === undefined ? relays : [])
      Object.assign(found[subject.name], await counted(subject))
    const calls = await memoryAfter(relays, CALLS)
    const large = await largeCalls(subjects, SIZES.large)
    for (const [name, kinds] of Object.entries(large))
      Object.assign(found[name], { large: mediansOf(kinds), cpuLarge: usedBy(kinds) })
    for (const { name, pid } of relays) found[name].memory = { calls: calls[name], large: memoryOf(pid) }
    return { found, ratios: ratiosOf(found, small), rates: ratesOf(small), notes }
  } finally {
    for (const subject of subjects) await subject.close()
  }
}

async function counted(subject) {
  const alone = await countCalls(subject.pid, () => sequential(subject, SIZES.counted))
  const many = await countCalls(subject.pid, () => together(subject, SIZES.counted * 4, 32))
  const each = ([name, count]) => [name, count / SIZES.counted]
  return {
    systemCalls: { 1: alone.calls / SIZES.counted, 32: many.calls / (SIZES.counted * 4) },
    threads: alone.started / SIZES.counted,
    systemCallsByName: Object.fromEntries(Object.entries(alone.kinds).map(each)),
  }
}

function ratiosOf(found, { raw, direct, ...others }) {
  if (raw === undefined || direct === undefined) return {}
  const large = (name) =>
    Object.fromEntries([
      ...Object.entries(found[name].large).map(([kind, ms]) => [kind, ms / found.raw.large[kind]]),
      ['cpuResult1', found[name].cpuLarge.result1 / found.raw.cpuLarge.result1],
    ])
  return Object.fromEntries(
    Object.entries({ raw, ...others }).map(([name, rounds]) => [
      name,
      { ...smallRatios(rounds, raw, direct), ...large(name) },
    ]),
  )
}

function ratesOf({ sidemux, ...others }) {
  if (sidemux === undefined) return {}
  return Object.fromEntries(
    Object.entries(others).map(([name, rounds]) => [name, rateRatio(sidemux, rounds)]),
  )
}

const place = new Place(secrets)
try {
  const run = {
    at: new Date().toISOString(),
    cpu: cpus()[0].model,
    cpus: cpus().length,
    os: `Linux ${release()}`,
    node: process.version,
    load: loadavg(),
    rounds: SIZES.small.rounds,
  }
  const { found, ratios, rates, notes } = await measured(place)
  const { remote, asking } = await remoteAndAsking(place, SIZES.others, SIZES.asks, { before })
  for (const [name, kinds] of Object.entries(remote))
    if (found[name] !== undefined) found[name].remote = mediansOf(kinds).remote
  for (const [name, waits] of Object.entries(asking))
    if (found[name] !== undefined) found[name].asks = median(waits)
  const all = { run, contenders: found, ratios, rates, without: notes }
  console.log(table(all))
  if (values.docs) intoPage('figures', `\`\`\`text\n${table(all).trim()}\n\`\`\``)
  if (values.json) writeFileSync(values.json, `${JSON.stringify(all, null, 1)}\n`)
  if (values.picture) writeFileSync(values.picture, picture(all))
} finally {
  place.remove()
}
