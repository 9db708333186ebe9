/** A process runs many files: the next one is to find its clock, its environment and its globals as this one did. */
import { afterAll, vi } from 'vitest'
import { restartBeat } from '../../src/awake.ts'
import { tellLeaks } from './suspected-leak.ts'

/** A setup file is run for each file of tests, and `vi` belongs to all of a process. */
const shared = globalThis as { isTidied?: true }
if (shared.isTidied !== true) {
  shared.isTidied = true
  // Whoever an earlier file has left waiting keeps a beat of Node's own timers (src/awake.ts).
  const { useFakeTimers, useRealTimers } = vi
  vi.useFakeTimers = (config) => (useFakeTimers(config), restartBeat(), vi)
  vi.useRealTimers = () => (useRealTimers(), restartBeat(), vi)
}

const environment = { ...process.env }
afterAll(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name]
  Object.assign(process.env, environment)
  tellLeaks()
})
