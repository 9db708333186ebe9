// What the processes of a contender use, from /proc (Linux). Its servers don't count: they are the same for all, and told
// by the path of what they run.
import { readdirSync, readFileSync } from 'node:fs'

const CHILDREN = 'bench/children/'
function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}

/** This process and those below it, without the servers and what is below them. Of none there are none. */
export function treeOf(pid) {
  if (pid === undefined) return []
  if (read(pid, 'cmdline').split('\0')[1]?.includes(CHILDREN)) return []
  const below = read(pid, `task/${pid}/children`).split(' ').filter(Boolean)
  return [Number(pid), ...below.flatMap(treeOf)]
}

/**
 * Microseconds of processor time that a contender's threads have used so far. Of a thread that has ended nothing is
 * known; how many are started is counted by system-calls.mjs.
 */
export function processorOf(pid) {
  const threads = treeOf(pid).flatMap((one) =>
    threadsOf(one).map((thread) => read(one, `task/${thread}/schedstat`)),
  )
  return threads.reduce((sum, stat) => sum + Number(stat.split(' ')[0]), 0) / 1000
}

function threadsOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

/** Resident memory of a contender in MiB. */
export function memoryOf(pid) {
  const kib = treeOf(pid).map((one) => Number(/VmRSS:\s+(\d+)/.exec(read(one, 'status'))?.[1] ?? 0))
  return kib.reduce((sum, one) => sum + one, 0) / 1024
}
