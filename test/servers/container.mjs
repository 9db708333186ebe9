/**
 * As the client of a container: what it started lives on elsewhere until the client is asked by SIGTERM, and then takes TAKES_MS
 * to go. DIR gets a file `container-PID` while there is one, a line in `terms` for each SIGTERM, and the pids in
 * `pids`. The end of its stdin is nothing to it.
 *
 * HOW: `direct`, or `apart` (in a session of its own, below a parent that stays until it is asked).
 */
import { spawn } from 'node:child_process'
import { appendFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { serve } from './raw.mjs'

const { DIR = '.', TAKES_MS = '0', HOW = 'direct' } = process.env
appendFileSync(join(DIR, 'pids'), `${process.pid}\n`)

if (HOW === 'apart') {
  const client = spawn(process.execPath, [process.argv[1]], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { ...process.env, HOW: 'client' },
  })
  client.unref()
  // An answer that nobody takes any more is no reason to go.
  process.stdout.on('error', () => {})
  // Nor is the end of its stdin, and nothing else would keep it.
  setInterval(() => {}, 1000)
  serve({ tools: [], ended: () => {} })
} else {
  const container = join(DIR, `container-${process.pid}`)
  // First, since whoever sees its file may ask it to go.
  process.on('SIGTERM', () => {
    appendFileSync(join(DIR, 'terms'), `${process.pid}\n`)
    setTimeout(() => {
      rmSync(container)
      process.exit(0)
    }, Number(TAKES_MS))
  })
  writeFileSync(container, '')
  setInterval(() => {}, 1000)
  if (HOW === 'direct') serve({ tools: [], ended: () => {} })
}
