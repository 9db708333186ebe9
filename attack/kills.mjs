// npm run attack -- --kills: how often something is left when the sidecar, or the host, ends by SIGKILL, with a server that
// hears nothing and starts daemons in all the ways of inside/leaver.mjs.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { MODES } from './modes.mjs'
import { wrapperOf } from './wrapper.mjs'

/** Ends, and of how many times of a hundred each is shown. */
export const ENDS = {
  'SIGKILL of the sidecar': 1,
  'SIGKILL of the host': 1,
  'SIGKILL of the sidecar, its watchdogs stopped': 0.2,
  'SIGKILL of the sidecar, its watchdogs killed': 0.2,
}

/** @returns the exit code: 1 where the default mode left something, or could not be looked at */
export async function kills({ users, modes, times }) {
  let isLeft = false
  for (const user of users)
    for (const mode of modes)
      for (const [end, part] of Object.entries(ENDS)) {
        const what = {
          mode,
          end,
          times: Math.max(1, Math.round(times * part)),
        }
        const said = await round(user, what)
        process.stdout.write(`${MODES[mode].title} (${user}), ${end}: ${said.text}\n`)
        if (mode === 'default' && said.left !== 0) isLeft = true
      }
  return isLeft ? 1 : 0
}

function round(user, what) {
  const [program, ...args] = wrapperOf(user, MODES[what.mode].hides ?? [], [
    process.execPath,
    join(import.meta.dirname, 'kills-round.mjs'),
    JSON.stringify(what),
  ])
  return new Promise((done) => {
    const limits = { timeout: 60 * 60_000, killSignal: 'SIGKILL', env: { PATH: '/usr/bin:/bin' } }
    execFile(program, args, limits, (error, stdout, stderr) => {
      if (error !== null) return done({ text: `not made: ${stderr.trim().slice(-400) || error.message}` })
      const { times, left, ways } = JSON.parse(stdout)
      const which = Object.entries(ways).map(([way, count]) => `${way} ${count}`)
      done({ left, text: `${left} of ${times} left something${left > 0 ? ` (${which.join(', ')})` : ''}` })
    })
  })
}
