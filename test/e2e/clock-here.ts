/**
 * As test/servers/clock.cjs does it for a process: sets the wall clock of this one ahead, by as much as all places together
 * whose sidemux runs here have set theirs (`elapse`). While one of them stands, it doesn't go by itself.
 */
import { statSync } from 'node:fs'

const going = Date.now
let now = going
const ahead = new Map<string, number>()
/** Of places that have ended while others went on. */
let before = 0

Date.now = () => {
  for (const [file, ms] of ahead) {
    const stats = statSync(file, { throwIfNoEntry: false })
    if (stats !== undefined) {
      ahead.set(file, Math.max(ms, stats.size))
      continue
    }
    // The test has ended, and its file with it.
    ahead.delete(file)
    before += ms
  }
  // No sidecar is left that would see it go back, and the next file of tests has a clock as if it were the first one.
  if (ahead.size === 0) before = 0
  return now() + before + [...ahead.values()].reduce((sum, ms) => sum + ms, 0)
}

/** From now on the clock of this process follows that of the place. */
export function follow(file: string | undefined): void {
  if (file !== undefined && !ahead.has(file)) ahead.set(file, 0)
}

/** Gives what lets it go again. */
export function stand(): () => void {
  const began = going()
  now = () => began
  return () => void (now = going)
}
