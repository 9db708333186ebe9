/**
 * npm run idle: servers that are ended as soon as nobody calls them, and calls that come just then. Exits 1 unless each
 * call was answered exactly once with its own words and executed exactly once, every process and lease of a server is
 * gone in the end, the audit log verifies, and neither memory nor open files of sidemux grew.
 *
 *   --starts N    of servers, all together (10000)      --servers N   that sleep and wake beside each other (12)
 *   --seed N      the same moments again                --confined    as they are by default; without it unconfined,
 *                                                       since a sandbox for each start takes most of the time
 *
 * A call comes within a few milliseconds of the moment in which its server falls asleep: before it, while it ends, after
 * it. One, or several at once. Linux.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { memory as memoryOf } from '../bench/connection.mjs'
import { chance } from './chance.mjs'
import { Host } from './idle/host.mjs'
import { removeTree } from '../test/remove-tree.mjs'

const CLI = resolve(import.meta.dirname, '../dist/cli.js')
const IDLE_MS = 100
/** Before and after that moment. */
const AROUND_MS = 12
const PATIENCE_MS = 60_000
/** What memory and files may be in the end, of what they were after a fifth. */
const FLAT = 1.25

const { values: options } = parseArgs({
  options: {
    starts: { type: 'string', default: '10000' },
    servers: { type: 'string', default: '12' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    confined: { type: 'boolean', default: false },
  },
})
const STARTS = Number(options.starts)
const names = Array.from({ length: Number(options.servers) }, (_, at) => `s${at}`)
const random = chance(Number(options.seed))
const base = mkdtempSync(join(tmpdir(), 'sidemux-idle-'))
try {
  process.exitCode = (await run()) ? 1 : 0
} finally {
  await removeTree(base)
}

async function run() {
  const out = join(base, 'out')
  const state = join(base, 'state')
  mkdirSync(out)
  mkdirSync(state, { mode: 0o700 })
  const file = join(base, 'servers.yaml')
  const server = (name) => ({
    command: process.execPath,
    args: [join(import.meta.dirname, 'idle/server.mjs')],
    env: { LOG: join(out, name) },
    tools: { allow: ['*'] },
    idle: `${IDLE_MS}ms`,
    sandbox: options.confined ? { write: [out] } : 'off',
  })
  writeFileSync(
    file,
    JSON.stringify({
      version: 1,
      defaults: { rateLimit: '100000/second' },
      servers: Object.fromEntries(names.map((name) => [name, server(name)])),
    }),
  )
  const env = { PATH: process.env.PATH, HOME: base, SIDEMUX_STATE_DIR: state, SIDEMUX_TRUST: 'off' }
  const sidemux = spawn(process.execPath, [CLI, 'serve', '--config', file], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = new Promise((done) => sidemux.on('exit', (code, signal) => done({ code, signal })))
  const host = new Host(sidemux)
  await host.open()
  const logs = () => names.map((name) => linesOf(join(out, name)))
  const starts = () =>
    logs()
      .flat()
      .filter((line) => line.startsWith('start ')).length
  const looks = []
  const began = performance.now()
  const work = { isOver: false }
  const workers = Promise.all(names.map(async (name) => callAtItsSleep(host, name, work)))
  while (!work.isOver) {
    await sleep(500)
    const now = starts()
    if (now >= (looks.length + 1) * (STARTS / 5)) {
      looks.push({ mib: Math.round(memoryOf(sidemux.pid)), files: filesOf(sidemux.pid) })
      process.stderr.write(`${now} starts after ${Math.round((performance.now() - began) / 1000)} s\n`)
    }
    work.isOver = now >= STARTS || sidemux.exitCode !== null
  }
  await Promise.race([workers, sleep(PATIENCE_MS, undefined, { ref: false })])
  // All of them are asleep again.
  const until = performance.now() + PATIENCE_MS
  while (performance.now() < until && alive(logs()).length > 0) await sleep(50)
  const left = alive(logs())
  const below = childrenOf(sidemux.pid).filter((pid) => !isWatchdog(pid))
  sidemux.stdin.end()
  const how = await ended
  const { status, stdout } = spawnSync(process.execPath, [CLI, 'audit', 'verify'], { env, encoding: 'utf8' })
  const executed = logs()
    .flat()
    .filter((line) => line.startsWith('call ')).length
  const { calls, counts } = host
  process.stdout.write(
    `seed ${options.seed}: ${starts()} starts, ${calls} calls, ${executed} executed, ${JSON.stringify(counts)}, ` +
      `${Math.round((performance.now() - began) / 1000)} s\n` +
      `after each fifth: ${looks.map(({ mib, files }) => `${mib} MiB ${files} files`).join(', ')}\n${stdout.trim().split('\n').at(-1)}\n`,
  )
  for (const [reason, count] of host.reasons) process.stdout.write(`  ${count} × ${reason}\n`)
  const [first, last] = [looks[0], looks.at(-1)]
  const faults = Object.entries({
    'sidemux ended by itself, or badly': how.code !== 0,
    'a call without an answer': host.waiting > 0,
    'an answer to nothing, or a second one': counts.strange > 0,
    'a call that failed': counts.failed > 0,
    'a call that was not executed, or twice': executed !== calls,
    [`processes that are left: ${left.join(', ')}`]: left.length > 0 || alive(logs()).length > 0,
    [`more below sidemux than its watchdogs, with no server awake: ${below.map((pid) => commandOf(pid).slice(0, 100)).join('; ')}`]:
      below.length > 0,
    'memory grew': last.mib > first.mib * FLAT,
    'open files grew': last.files > first.files * FLAT,
    'the audit log does not verify': status !== 0,
  }).filter(([, is]) => is)
  for (const [what] of faults) process.stdout.write(`fault: ${what}\n`)
  return faults.length > 0
}

async function callAtItsSleep(host, name, work) {
  while (!work.isOver) {
    await Promise.all(Array.from({ length: random() < 0.3 ? 3 : 1 }, async () => host.call(name)))
    await sleep(IDLE_MS + (random() * 2 - 1) * AROUND_MS)
  }
}

function linesOf(file) {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}

/** Of what the servers said when they started: those that run still. A number that another has by now has another start. */
function alive(logs) {
  return logs.flatMap((lines) =>
    lines
      .filter((line) => line.startsWith('start '))
      .slice(-3)
      .flatMap((line) => {
        const [, pid] = line.split(' ')
        const command = textOf(`/proc/${pid}/cmdline`)
        return command.includes('idle/server.mjs') && textOf(`/proc/${pid}/environ`).includes(base)
          ? [pid]
          : []
      }),
  )
}

function textOf(file) {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}

function commandOf(pid) {
  return textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')
}

function isWatchdog(pid) {
  return commandOf(pid).includes('sidemux-watchdog')
}

function childrenOf(pid) {
  return textOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean)
}

function filesOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return Number.NaN
  }
}
