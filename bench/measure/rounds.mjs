// What is done to each contender, in short blocks that take turns: machines drift, so only figures of the same round are
// compared with each other.
import { prose } from '../children/answers.mjs'
import { timed } from '../connection.mjs'
import { memoryOf, processorOf } from './processes.mjs'

const MB = 1_000_000

/** One call after the other for so many calls: milliseconds each, and microseconds of processor a call. */
export async function sequential(subject, calls) {
  const before = processorOf(subject.pid)
  const each = []
  for (let index = 0; index < calls; index += 1) each.push(await timed(() => subject.echo()))
  return { each, used: processorOf(subject.pid) - before }
}

/** So many calls with so many in flight: calls a second. */
export async function together(subject, calls, inFlight) {
  let sent = 0
  const worker = async () => {
    while (sent < calls) {
      sent += 1
      await subject.echo()
    }
  }
  const before = processorOf(subject.pid)
  const took = await timed(() => Promise.all(Array.from({ length: inFlight }, worker)))
  return { perSecond: calls / (took / 1000), used: processorOf(subject.pid) - before }
}

/** Small calls: `rounds` rounds of blocks, by name one entry a round. */
export async function smallCalls(subjects, { rounds, alone, at8, at32, warm }) {
  const seen = Object.fromEntries(subjects.map(({ name }) => [name, []]))
  for (const subject of subjects) await together(subject, warm, 8)
  for (let round = 0; round < rounds; round += 1) {
    for (const subject of subjects) {
      const one = await sequential(subject, alone)
      const eight = await together(subject, at8, 8)
      const many = await together(subject, at32, 32)
      seen[subject.name].push({
        latencies: one.each,
        perSecond: { 1: alone / (sum(one.each) / 1000), 8: eight.perSecond, 32: many.perSecond },
        used: { 1: one.used, 32: many.used },
        calls: { 1: alone, 32: at32 },
      })
    }
  }
  return seen
}

/** Memory after this many calls in all, in MiB by name. */
export async function memoryAfter(subjects, calls) {
  const seen = {}
  for (const subject of subjects) {
    await together(subject, calls - subject.calls, 32)
    seen[subject.name] = memoryOf(subject.pid)
  }
  return seen
}

/** Large results and arguments, as inTurns gives them. */
export async function largeCalls(subjects, { rounds, tenToo }) {
  const text = prose(MB)
  const kinds = {
    result1: (subject) => subject.resultOf(MB),
    arguments1: (subject) => subject.argumentsOf(text),
    ...(tenToo && { result10: (subject) => subject.resultOf(10 * MB) }),
  }
  return await inTurns(subjects, kinds, { rounds, times: 3 })
}

/**
 * Each kind of work on each subject, some times in a row, for so many rounds.
 * @returns by name and kind, of each time `ms` and `used`, microseconds of processor
 */
export async function inTurns(subjects, kinds, { rounds, times }) {
  const seen = Object.fromEntries(
    subjects.map(({ name }) => [name, Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]))]),
  )
  for (let round = 0; round < rounds; round += 1) {
    for (const [kind, act] of Object.entries(kinds)) {
      for (const subject of subjects) {
        for (let time = 0; time < times; time += 1) {
          const before = processorOf(subject.pid)
          const ms = await timed(() => act(subject))
          seen[subject.name][kind].push({ ms, used: processorOf(subject.pid) - before })
        }
      }
    }
  }
  return seen
}

const sum = (values) => values.reduce((all, one) => all + one, 0)
