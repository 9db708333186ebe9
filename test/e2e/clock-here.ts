/**
 * As test/servers/clock.cjs does it for a process: sets the wall clock of this one ahead, by as much as all places together
 * whose sidemux runs here have set theirs (`elapse`). While one of them stands, it doesn't go by itself.
 */
import { statSync } from 'node:fs'

const going = Date.now
let now = going
const ahead = new Map<string, number>()

Date.now = () => {
  // The test may have ended, and its file with it.
  for (const [file, ms] of ahead)
    ahead.set(file, Math.max(ms, statSync(file, { throwIfNoEntry: false })?.size ?? 0))
  return now() + [...ahead.values()].reduce((sum, ms) => sum + ms, 0)
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
