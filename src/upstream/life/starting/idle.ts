/**
 * Measures how idle the machine is, from the processors' own counters. turns.ts starts more servers at a time while
 * the machine is idle.
 */
import { cpus } from 'node:os'

interface Times {
  readonly idle: number
  readonly all: number
}

/** Returns what says how idle all processors were since it was asked last, from 0 to 1; 0 where that isn't counted. */
export function idleSince(read: () => Times = readTimes): () => number {
  let before: Times | undefined
  return () => {
    const now = read()
    const all = now.all - (before?.all ?? now.all)
    const idle = now.idle - (before?.idle ?? now.idle)
    before = now
    return all > 0 ? idle / all : 0
  }
}

function readTimes(): Times {
  const times = cpus().map((one) => one.times)
  return {
    idle: times.reduce((sum, { idle }) => sum + idle, 0),
    all: times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0),
  }
}
