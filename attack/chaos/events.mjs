// What goes wrong in chaos. Each event is told what it may use, and leaves everything as it was when it is over.
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const pause = (ms) => new Promise((done) => setTimeout(done, ms))
const DAY_MS = 24 * 3600_000

/** The processes of servers, told by the file that they run. */
function servers({ serverFile, base }) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')
        // What confines a server, or waits before it, has the same words, with others before.
        return words[1] === serverFile && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(base)
      } catch {
        return false
      }
    })
    .map(Number)
}

function signal(pid, name) {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended by itself.
  }
}

export const EVENTS = {
  async kill(facts) {
    const pid = facts.pick(servers(facts))
    if (pid !== undefined) signal(pid, 'SIGKILL')
  },
  async stall(facts) {
    const pid = facts.pick(servers(facts))
    if (pid === undefined) return
    signal(pid, 'SIGSTOP')
    await pause(500 + facts.random() * 3000)
    signal(pid, 'SIGCONT')
  },
  async edit(facts) {
    const rate = 100_000 + Math.floor(facts.random() * 1000)
    facts.write(facts.config({ rate, extra: facts.random() < 0.5 }))
  },
  async break(facts) {
    writeFileSync(facts.file, facts.random() < 0.5 ? 'servers: [broken' : '')
    await pause(300 + facts.random() * 1200)
    facts.write(facts.config({}))
  },
  async replace(facts) {
    rmSync(facts.file)
    await pause(facts.random() * 600)
    facts.write(facts.config({}))
  },
  async fill(facts) {
    if (!facts.isSmallDisk) return
    const file = join(facts.state, 'filler')
    try {
      writeFileSync(file, Buffer.alloc(64 << 20))
    } catch {
      // That is what it is for.
    }
    await pause(500 + facts.random() * 1500)
    rmSync(file, { force: true })
  },
  async clock(facts) {
    writeFileSync(facts.clock, String(Math.floor((facts.random() - 0.5) * 2 * DAY_MS)))
  },
}
