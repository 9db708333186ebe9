// Traps for the next start: what the sidecar, or another server, would follow, run or read then. `after` is tried once the
// sidecar was started anew.
import { appendFileSync, chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readAll } from '../tools.mjs'

const TRAP = (s, from) => `#!/bin/sh\necho STOLEN ${from} >> "${s.given}/sprung"\n`

/** Everything below it is looked for again, since a link may open more than a file. */
const plant = (name, to, from, below = '') => ({
  name: `a link to ${name}, planted in what it was given, at the next start`,
  by: 'given',
  tries(s) {
    rmSync(join(s.given, from), { recursive: true, force: true })
    symlinkSync(to(s), join(s.given, from))
    return ''
  },
  after: (s) => readAll(join(s.given, from, below && s[below])),
})

export const starts = [
  plant('SSH keys', (s) => s.at('.ssh'), 'planted'),
  plant('the state directory', (s) => s.state, 'planted-two'),
  plant('servers.yaml', (s) => s.config, 'planted.yaml'),
  plant('the root of the disk', () => '/', 'planted-root', 'secretFile'),
  {
    name: 'a link in its lasting home, at the next start',
    tries: (s) => (rmSync(s.at('planted'), { force: true }), symlinkSync(s.at('.ssh'), s.at('planted')), ''),
    after: (s) => readAll(s.at('planted'), s.at('planted/id_ed25519')),
  },
  {
    name: "a program of its own before those of the system, in a sibling's working directory",
    by: 'given',
    tries(s) {
      const bin = join(s.given, 'node_modules/.bin')
      mkdirSync(bin, { recursive: true })
      for (const name of ['node', 'npx', 'sh']) {
        writeFileSync(join(bin, name), TRAP(s, name))
        chmodSync(join(bin, name), 0o755)
      }
      return ''
    },
    after: () => '',
  },
  {
    name: 'a .npmrc, .env and package.json for who starts there next',
    by: 'given',
    tries(s) {
      writeFileSync(join(s.given, '.npmrc'), `node-options=--require=${s.given}/trap.cjs\n`)
      writeFileSync(join(s.given, '.env'), `NODE_OPTIONS=--require=${s.given}/trap.cjs\n`)
      writeFileSync(
        join(s.given, 'trap.cjs'),
        `require('node:fs').appendFileSync('${s.given}/sprung', 'STOLEN by node')\n`,
      )
      return ''
    },
    after: () => '',
  },
  {
    name: 'another servers.yaml, where sidemux looks for one',
    tries(s) {
      const path = s.at('.config/sidemux/servers.yaml')
      mkdirSync(dirname(path), { recursive: true })
      appendFileSync(path, '# STOLEN\n')
    },
  },
]
