/**
 * Measures what something costs without a wall clock, for tests that show a bounded price. A busy machine makes
 * everything slower, also the yardstick that is measured just before and just after. So the price is told in yardsticks.
 */
import { readFileSync } from 'node:fs'

/** Of the same kind as most of our work: numbers, texts, objects. About 25 ms; systems count in steps of 4. */
function yardstick(): number {
  const seen = new Map<string, { readonly n: number }>()
  let x = 1
  for (let n = 0; n < 100_000; n += 1) {
    x = (x * 48_271) % 2_147_483_647
    seen.set(x.toString(36), { n })
  }
  return JSON.stringify([...seen]).length
}

/** Milliseconds of the processor that this thread has used: what the others of the run use is not its own. */
function used(): number {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => NodeJS.CpuUsage }
  if (threadCpuUsage === undefined && process.platform === 'linux')
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
  const { user, system } = threadCpuUsage?.() ?? process.cpuUsage()
  return (user + system) / 1000
}

/** The same of the first thread of another process, on whose event loop everybody waits. Linux only. */
export function usedByLoopOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
}

/** So much work later a processor may be another one. */
const GOOD_FOR_MS = 100

let last: { readonly ms: number; readonly at: number } | undefined

/** Milliseconds of the processor that one yardstick takes now. */
export function yardstickMs(): number {
  // Compiled first, so that it is measured and not its compiler.
  if (last === undefined) for (let time = 0; time < 3; time += 1) yardstick()
  const before = used()
  if (last !== undefined && before - last.at < GOOD_FOR_MS) return last.ms
  yardstick()
  const at = used()
  last = { ms: at - before, at }
  return last.ms
}

/** In yardsticks. Less than one is so by either measure; then there is no need of the second. */
function told(taken: number, one: number): number {
  return taken / (taken < one ? one : Math.max(one, yardstickMs()))
}

/** The work of `act`, which is done once, in yardsticks. */
export function work(act: () => void): number {
  const one = yardstickMs()
  const before = used()
  act()
  return told(used() - before, one)
}

/** The same of what goes on for several turns of the event loop, with whatever else this thread does meanwhile. */
export async function workOf(act: () => Promise<unknown>): Promise<number> {
  const one = yardstickMs()
  const before = used()
  await act()
  return told(used() - before, one)
}
