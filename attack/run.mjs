/**
 * npm run attack: attacks on a sidecar by its own servers, one row each, one column a mode and user. `none` is the control:
 * what works there works where nothing keeps it; what doesn't, the system itself keeps. Exits 1 where the default mode
 * leaks, is written to, lets others be reached, or leaves something behind, and where the rival keeps what we don't.
 *
 *   --mode NAME   only these, may be repeated: none, default, landlock, srt, srt-strict
 *   --user NAME   only as root, or as ordinary; may be repeated. Root can be both, anybody else only himself
 *   --only TEXT   only attacks with this in their name (kind: name)
 *   --json FILE   all that was seen
 *   --dir DIR     where the rival is installed (kept)
 *   --kills       instead: SIGKILL of the sidecar and of the host, --times N (100) each, and who is still there (kills.mjs)
 *
 * The rival is @anthropic-ai/sandbox-runtime; it wants ripgrep, socat and bubblewrap of the system. Linux only. Root gives
 * each round a network of its own, with a metadata service; without root those rows show little.
 */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ATTEMPTS } from './inside/attempts/all.mjs'
import { MODES } from './modes.mjs'
import { installedRival } from './rival.mjs'
import { badness, counts, tableOf } from './verdict.mjs'
import { wrapperOf } from './wrapper.mjs'

const { values: options } = parseArgs({
  options: {
    mode: { type: 'string', multiple: true, default: Object.keys(MODES) },
    user: { type: 'string', multiple: true, default: ['root', 'ordinary'] },
    only: { type: 'string' },
    json: { type: 'string' },
    dir: { type: 'string', default: join(tmpdir(), 'sidemux-rival') },
    kills: { type: 'boolean', default: false },
    times: { type: 'string', default: '100' },
  },
})
const isRoot = process.getuid() === 0
const users = options.user.filter((user) => isRoot || user === 'ordinary')
const modes = options.mode.filter((mode) => MODES[mode] !== undefined)
if (modes.length === 0 || users.length === 0) {
  process.stderr.write(
    `nothing to do\nhint: modes are ${Object.keys(MODES).join(', ')}; users are root (as root only) and ordinary\n`,
  )
  process.exit(2)
}
const rival = modes.some((mode) => MODES[mode].isRival) ? installedRival(options.dir) : undefined

if (options.kills) {
  const { kills } = await import('./kills.mjs')
  process.exit(
    await kills({ users, modes: modes.filter((mode) => !MODES[mode].isRival), times: Number(options.times) }),
  )
}

const columns = users.flatMap((user) => modes.map((mode) => ({ user, mode })))
const found = []
for (const column of columns) {
  const seen = await round(column)
  process.stderr.write(
    `${titleOf(column)}: ${seen.missing ?? `${seen.rows.filter((row) => counts(row.outcome)).length} of ${seen.rows.length} work`}\n`,
  )
  found.push(seen)
}

const ids = ATTEMPTS.map(({ id }) => id).filter((id) =>
  found.some(({ rows }) => rowOf(rows, id) !== undefined),
)
process.stdout.write(
  `${tableOf(
    columns.map(titleOf),
    ids.map((id) => ({ id, cells: found.map(({ rows }) => rowOf(rows, id)?.outcome) })),
  )}\n`,
)
if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(found, undefined, 1))
const faults = [...ourFaults(), ...worseThanRival()]
for (const fault of faults) process.stdout.write(`fault: ${fault}\n`)
process.exitCode = faults.length > 0 ? 1 : 0

function round({ user, mode }) {
  const tools = { srt: rival?.cli }
  const [program, ...args] = wrapperOf(user, MODES[mode].hides ?? [], [
    process.execPath,
    join(import.meta.dirname, 'round.mjs'),
    JSON.stringify({ mode, only: options.only, tools }),
  ])
  if (MODES[mode].isRival && rival?.missing !== undefined)
    return { user, mode, rows: [], missing: rival.missing }
  return new Promise((done) => {
    const limits = {
      timeout: 20 * 60_000,
      killSignal: 'SIGKILL',
      maxBuffer: 1 << 28,
      env: { PATH: '/usr/bin:/bin' },
    }
    execFile(program, args, limits, (error, stdout, stderr) => {
      if (error === null && stdout !== '') done({ ...JSON.parse(stdout), user, mode })
      else
        done({ user, mode, rows: [], missing: `not made: ${stderr.trim().slice(-1500) || error?.message}` })
    })
  })
}

function titleOf({ user, mode }) {
  return `${MODES[mode].title} (${user})`
}

function rowOf(rows, id) {
  return rows.find((row) => row.id === id)
}

/** Of the default mode; a mode that could not be looked at shows nothing, so it is a fault as well. */
function ourFaults() {
  return found.flatMap(({ user, mode, rows, missing }) => {
    if (mode !== 'default') return []
    if (missing !== undefined) return [`default (${user}): ${missing}`]
    return rows
      .filter(({ outcome }) => counts(outcome))
      .map(
        ({ id, outcome, loot, changed, reached }) =>
          `default (${user}): ${id}: ${outcome} ${[loot, changed, reached].flat().join(', ')}`,
      )
  })
}

/** In any row, with its best settings. Rows that our manual calls open have no like there: it knows no such permission. */
function worseThanRival() {
  return users.flatMap((user) => {
    const of = (mode) => found.find((one) => one.user === user && one.mode === mode)?.rows ?? []
    const theirs = of('srt-strict')
    return of('default').flatMap(({ id, open, outcome }) => {
      const other = rowOf(theirs, id)?.outcome
      if (open !== undefined || other === undefined || badness(outcome) <= badness(other)) return []
      return [`the rival keeps what we don't (${user}): ${id}: ${outcome}, there ${other}`]
    })
  })
}
