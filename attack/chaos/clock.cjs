// The wall clock of a sidemux in chaos, ahead or behind by as many milliseconds as the file CHAOS_CLOCK says: node --require.
// Timers and the monotonic clock stay as they are, as they do when a user or a time server sets the clock.
const { readFileSync } = require('node:fs')

const file = process.env.CHAOS_CLOCK
const now = Date.now
const EVERY_MS = 50
let off = 0
let looked = 0
if (file !== undefined)
  Date.now = () => {
    if (Math.abs(now() - looked) > EVERY_MS) {
      looked = now()
      try {
        off = Number(readFileSync(file, 'utf8')) || 0
      } catch {
        // The run has ended, and its file with it.
      }
    }
    return now() + off
  }
