// npm run bench:counts, and a step of CI: what a small call through sidemux may cost, in counts that hold on a loaded
// machine: processor time in ratio to the raw relay's in the same minute, system calls, threads started. Exits 1 where one
// is over its bar. No time of a clock is judged. Linux with strace; in CI its absence is an error.
//
// The bars are the largest that was measured on quiet and loaded machines, and a fifth more (one at a time, where a round is
// short and the raw relay's least counts, two fifths; of system calls one more). A change that goes over one does work
// twice, or has a reason: then the new bar stands here, in the commit that needs it.
import { Place } from './connection.mjs'
import { contenders, secrets } from './contenders/contenders.mjs'
import { together, sequential } from './measure/rounds.mjs'
import { Subject } from './measure/subject.mjs'
import { cannotCount, countCalls } from './measure/system-calls.mjs'

/** At most, of one small call with every stage on. */
const BARS = {
  'CPU at 32 in flight ÷ raw relay': 3.5,
  'CPU one at a time ÷ raw relay': 7,
  'system calls, one at a time': 15,
  'threads started': 0.01,
}
const ROUNDS = 10
const CALLS = { warm: 3000, alone: 300, at32: 2000, counted: 50 }

async function measured(place) {
  const { raw, sidemux } = contenders(place, { rival: false }).all
  const subjects = []
  try {
    for (const [name, contender] of Object.entries({ raw, sidemux }))
      subjects.push(await Subject.open(place, name, contender))
    for (const subject of subjects) await together(subject, CALLS.warm, 32)
    const used = { raw: { at32: [], alone: [] }, sidemux: { at32: [], alone: [] } }
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const subject of subjects) {
        used[subject.name].at32.push((await together(subject, CALLS.at32, 32)).used / CALLS.at32)
        used[subject.name].alone.push((await sequential(subject, CALLS.alone)).used / CALLS.alone)
      }
    }
    // Of each the round in which other programs disturbed it least: what they take from the caches only adds.
    const ratio = (kind) => Math.min(...used.sidemux[kind]) / Math.min(...used.raw[kind])
    // What timers do meanwhile is none of a call, and on a loaded machine more of them come: some hundred calls a second.
    const counted = []
    for (let round = 0; round < ROUNDS; round += 1)
      counted.push(await countCalls(subjects[1].pid, () => sequential(subjects[1], CALLS.counted)))
    const least = (kind) => Math.min(...counted.map((one) => one[kind])) / CALLS.counted
    return {
      'CPU at 32 in flight ÷ raw relay': ratio('at32'),
      'CPU one at a time ÷ raw relay': ratio('alone'),
      'system calls, one at a time': least('calls'),
      'threads started': least('started'),
    }
  } finally {
    for (const subject of subjects) await subject.close()
  }
}

const why = cannotCount()
if (why !== undefined) {
  console.log(`not counted: ${why}`)
  process.exit(process.env.CI ? 1 : 0)
}
const place = new Place(secrets)
try {
  const found = await measured(place)
  console.table(
    Object.entries(BARS).map(([what, bar]) => ({
      what,
      found: Number(found[what].toFixed(2)),
      'at most': bar,
    })),
  )
  const over = Object.entries(BARS).filter(([what, bar]) => !(found[what] <= bar))
  for (const [what, bar] of over)
    console.log(`over its bar: ${what} is ${found[what].toFixed(2)}, at most ${bar}`)
  process.exitCode = over.length > 0 ? 1 : 0
} finally {
  place.remove()
}
