// One way to end a sidecar, many times: counts what of its server's processes is still there. Prints JSON.
import { randomUUID } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Host } from './host.mjs'
import { entriesOf } from './modes.mjs'
import { removeTree } from '../test/remove-tree.mjs'

const { mode, end, times } = JSON.parse(process.argv[2])
const here = import.meta.dirname
const CLI = resolve(here, '../dist/cli.js')
const AT_ONCE = 3
/** All is asked to end first, and a watchdog waits as long as the sidecar would have. */
const GONE_MS = 10_000
const LOOKS = 5
const pause = (ms) => new Promise((done) => setTimeout(done, ms))

const base = mkdtempSync(join(tmpdir(), 'sidemux-kills-'))
const ways = {}
let left = 0
try {
  const queue = Array.from({ length: times }, (_, at) => at)
  const worker = async () => {
    for (let at = queue.shift(); at !== undefined; at = queue.shift()) await once(join(base, String(at)))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  process.stdout.write(JSON.stringify({ times, left, ways }))
} finally {
  await removeTree(base)
}

async function once(home) {
  mkdirSync(home)
  cpSync(join(here, 'inside'), join(home, 'server'), { recursive: true })
  const leaver = {
    command: process.execPath,
    args: [join(home, 'server/leaver.mjs')],
    tools: { allow: ['*'] },
  }
  const config = join(home, 'servers.yaml')
  writeFileSync(
    config,
    JSON.stringify({ version: 1, trust: 'off', servers: entriesOf(mode, {}, { leaver }) }),
  )
  const sidemux = [process.execPath, CLI, 'serve', '--config', config]
  const isHost = end.includes('host')
  const host = new Host(isHost ? [process.execPath, join(here, 'relay.mjs'), ...sidemux] : sidemux, {
    cwd: home,
    env: { PATH: '/usr/bin:/bin', HOME: home, SIDEMUX_TRUST: 'off' },
  })
  await host.open()
  const word = `left-${randomUUID()}`
  const { ways: all } = JSON.parse(await host.call('leaver_get_facts'))
  await host.call('leaver_get_leave', { word })
  await until(() => new Set(processesWith(word).map(({ way }) => way)).size >= all.length)
  if (end.includes('watchdogs')) {
    const pids = processesBelow(host.process.pid).filter((pid) => line(pid).startsWith('/bin/sh\0'))
    await host.call('leaver_get_blind', { pids, signal: end.includes('stopped') ? 'SIGSTOP' : 'SIGKILL' })
  }
  host.process.kill('SIGKILL')
  await host.ended.catch(() => undefined)
  await until(isGone(word), GONE_MS)
  const stayed = [...processesWith(word), ...processesWith(join(home, 'server/leaver.mjs'))]
  if (stayed.length > 0) left += 1
  for (const way of new Set(stayed.map(({ way }) => way))) ways[way] = (ways[way] ?? 0) + 1
  await ended(word)
  await ended(home)
}

/** One that moves on every moment may hide from one look. */
function isGone(word) {
  let looks = 0
  return () => {
    looks = processesWith(word).length === 0 ? looks + 1 : 0
    return looks >= LOOKS
  }
}

async function until(holds, withinMs = 20_000) {
  const last = performance.now() + withinMs
  while (!holds() && performance.now() < last) await pause(50)
}

function line(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return ''
  }
}

function pids() {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
}

/** Of which this is in the arguments, by the way in which they were left. */
function processesWith(word) {
  return pids()
    .filter((pid) => Number(pid) !== process.pid && line(pid).includes(word))
    .map((pid) => ({ pid: Number(pid), way: /way=([\w-]+)/.exec(line(pid))?.[1] ?? 'the server' }))
}

function processesBelow(pid) {
  const parents = new Map(
    pids().map((one) => {
      try {
        return [Number(one), Number(readFileSync(`/proc/${one}/stat`, 'latin1').split(') ')[1].split(' ')[1])]
      } catch {
        return [Number(one), 0]
      }
    }),
  )
  const below = (one) =>
    [...parents].filter(([, parent]) => parent === one).flatMap(([child]) => [child, ...below(child)])
  return below(pid)
}

/** By their own numbers, until none is left: one moves on every moment. */
async function ended(word) {
  const gone = isGone(word)
  await until(() => {
    const found = processesWith(word)
    for (const { pid } of found) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // Gone by itself.
      }
    }
    return gone()
  })
}
