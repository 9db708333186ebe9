// The wall clock of a sidemux that a test sets ahead: node --require clock.cjs cli.js ...
//
// What a person takes to read is measured by the wall clock. A test in which somebody reads sets that clock ahead by as
// much and doesn't wait. It is ahead by as many milliseconds as the file TEST_CLOCK is long, so all processes of a test
// agree. With TEST_CLOCK_STANDS it doesn't go by itself, for a host that answers at once, however busy the machine is.
// Timers and the monotonic clock stay as they are.
const { statSync } = require('node:fs')

const file = process.env.TEST_CLOCK
const began = Date.now()
const now = process.env.TEST_CLOCK_STANDS === undefined ? Date.now : () => began
let ahead = 0
if (file !== undefined)
  Date.now = () => {
    // The test may have ended, and its file with it.
    ahead = Math.max(ahead, statSync(file, { throwIfNoEntry: false })?.size ?? 0)
    return now() + ahead
  }
