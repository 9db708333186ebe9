/**
 * npm run chaos: calls without end through a sidemux to which everything happens at random: servers are killed, stalled and
 * flood, servers.yaml is edited, broken and taken away, the disk is full, the clock jumps, calls are cancelled. Exits 1
 * unless each call was answered exactly once with its own answer or a failure, no call was executed that isn't in the audit
 * log, the log verifies, and memory stays what it was. One of the servers is called so seldom that it is ended and started
 * all the time.
 *
 *   --minutes N   how long (2)      --seed N   the same chaos again; without it a new one, whose seed is told. What decides
 *                                              whether a change lands draws the same one each time, so that luck doesn't
 *   --verbose     each event
 *
 * Linux. The full disk is a small one of its own, which root can make, or who may make namespaces; else it is left out and
 * that is told.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { median, memory as memoryOf } from '../bench/connection.mjs'
import { chance } from './chance.mjs'
import { Caller } from './chaos/caller.mjs'
import { EVENTS } from './chaos/events.mjs'
import { removeTree } from '../test/remove-tree.mjs'

const here = import.meta.dirname
const CLI = resolve(here, '../dist/cli.js')
const SERVERS = ['a', 'b', 'c', 'sleeper']
const WORKERS = 12
/** Later than any time of sidemux's own in this config. */
const PATIENCE_MS = 30_000
/** Memory of the last looks, of what it was at the first ones after a fifth, and the least minutes that tell something of it. */
const FLAT = 1.4
const LOOKS = 3
const TELLING_MINUTES = 2

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(process.env.CI ? 20_261_129 : Date.now() % 1_000_000) },
    verbose: { type: 'boolean', default: false },
    inside: { type: 'boolean', default: false },
  },
})
if (!options.inside) process.exit(inNamespace())

const random = chance(Number(options.seed))
const base = mkdtempSync(join(tmpdir(), 'sidemux-chaos-'))
const facts = factsOf()
try {
  process.exitCode = (await chaos()) ? 1 : 0
} finally {
  if (facts.isSmallDisk) spawnSync('umount', [facts.state])
  await removeTree(base)
}

/** This program once more, where a small disk may be made. */
function inNamespace() {
  const command = [
    process.execPath,
    import.meta.filename,
    ...process.argv.slice(2),
    '--seed',
    options.seed,
    '--inside',
  ]
  const namespace = process.getuid() === 0 ? ['unshare', '-m'] : ['unshare', '-Urm']
  const works = spawnSync(namespace[0], [...namespace.slice(1), 'true']).status === 0
  const [program, ...args] = works ? [...namespace, ...command] : command
  return spawnSync(program, args, { stdio: 'inherit' }).status ?? 1
}

function factsOf() {
  const state = join(base, 'state')
  mkdirSync(state, { mode: 0o700 })
  const isSmallDisk =
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=48m,mode=0700', 'none', state]).status === 0
  if (!isSmallDisk) process.stderr.write('left out: a full disk, since no small one can be made here\n')
  const file = join(base, 'servers.yaml')
  const serverFile = join(here, 'chaos/server.mjs')
  const log = join(base, 'executed')
  writeFileSync(log, '')
  const clock = join(base, 'clock')
  writeFileSync(clock, '0')
  const entry = { command: process.execPath, args: [serverFile], env: { LOG: log }, tools: { allow: ['*'] } }
  const config = ({ rate = 100_000, extra = false }) => ({
    version: 1,
    defaults: { timeout: '5s', startTimeout: '10s', rateLimit: `${rate}/second` },
    servers: Object.fromEntries(
      [...SERVERS, ...(extra ? ['extra'] : [])].map((name) => [
        name,
        name === 'sleeper' ? { ...entry, idle: '100ms' } : entry,
      ]),
    ),
  })
  return {
    base,
    state,
    file,
    clock,
    log,
    serverFile,
    isSmallDisk,
    random,
    config,
    pick: (all) => all[Math.floor(random() * all.length)],
    /** As editors do it. */
    write(next) {
      writeFileSync(`${file}.next`, JSON.stringify(next))
      renameSync(`${file}.next`, file)
    },
  }
}

/** @returns whether there was a fault */
async function chaos() {
  facts.write(facts.config({}))
  const env = {
    PATH: process.env.PATH,
    HOME: base,
    SIDEMUX_STATE_DIR: facts.state,
    SIDEMUX_TRUST: 'off',
    CHAOS_CLOCK: facts.clock,
  }
  const program = [process.execPath, '--require', join(here, 'chaos/clock.cjs'), CLI]
  const sidemux = spawn(program[0], [...program.slice(1), 'serve', '--config', facts.file], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = new Promise((done) => sidemux.on('exit', (code, signal) => done({ code, signal })))
  let isEarly = true
  const early = ended.then(
    (how) => isEarly && process.stdout.write(`fault: the sidecar ended: ${JSON.stringify(how)}\n`),
  )
  const caller = new Caller(sidemux, SERVERS, random)
  await caller.open()
  const memory = []
  const minutes = Number(options.minutes)
  const over = happen(minutes * 60_000, () => memory.push(Math.round(memoryOf(sidemux.pid))))
  await caller.work(WORKERS, over, PATIENCE_MS)
  isEarly = false
  sidemux.stdin.end()
  await ended
  await early
  return report(caller, memory)
}

/** Events one after the other and beside each other, and a look at the memory now and then. */
async function happen(ms, look) {
  const end = performance.now() + ms
  const names = Object.keys(EVENTS)
  const running = new Set()
  let lookAt = performance.now() + ms / 5
  while (performance.now() < end) {
    const name = names[Math.floor(random() * names.length)]
    // Two that write the same file would undo each other.
    const kind = ['edit', 'break', 'replace'].includes(name) ? 'file' : name
    if (!running.has(kind)) {
      running.add(kind)
      if (options.verbose) process.stderr.write(`${name}\n`)
      void EVENTS[name](facts).finally(() => running.delete(kind))
    }
    await new Promise((done) => setTimeout(done, 100 + random() * 900))
    if (performance.now() > lookAt) {
      look()
      lookAt += ms / 8
    }
  }
  while (running.size > 0) await new Promise((done) => setTimeout(done, 50))
  facts.write(facts.config({}))
  look()
}

function report({ counts, reasons, waiting, calls }, memory) {
  const executed = readFileSync(facts.log, 'utf8').split('\n').filter(Boolean)
  const intents = new Set(recorded())
  const unaudited = executed.filter((n) => !intents.has(n))
  const verify = spawnSync(process.execPath, [CLI, 'audit', 'verify'], {
    env: { PATH: process.env.PATH, HOME: base, SIDEMUX_STATE_DIR: facts.state },
    encoding: 'utf8',
  })
  process.stdout.write(
    `seed ${options.seed}, ${options.minutes} minutes: ${calls} calls, ${executed.length} executed, ${JSON.stringify(counts)}\n` +
      `MiB: ${memory.join(', ')}\n${verify.stdout.trim().split('\n').at(-1)}\n`,
  )
  for (const [reason, count] of [...reasons].toSorted((a, b) => b[1] - a[1]).slice(0, 12))
    process.stdout.write(`  ${count} × ${reason}\n`)
  const faults = Object.entries({
    'a call without an answer': waiting > 0,
    'an answer to nothing, or a second one': counts.strange > 0,
    "another call's answer": counts.wrong > 0,
    'no call was answered': counts.right === 0,
    'a call that was executed twice': new Set(executed).size < executed.length,
    [`executed and not in the audit log: ${unaudited.slice(0, 5).join(', ')}`]: unaudited.length > 0,
    'memory grew':
      Number(options.minutes) >= TELLING_MINUTES &&
      // What is garbage comes and goes; what stays shows in the least too.
      Math.min(...memory.slice(-LOOKS)) > median(memory.slice(0, LOOKS)) * FLAT,
    'the audit log does not verify': verify.status !== 0,
  }).filter(([, is]) => is)
  for (const [what] of faults) process.stdout.write(`fault: ${what}\n`)
  return faults.length > 0
}

/** The numbers of all calls that the log tells of. */
function recorded() {
  const dir = join(facts.state, 'audit')
  return readdirSync(dir)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(dir, name), 'utf8').split('\n'))
    .flatMap((line) => /"arguments":\{"n":(\d+)\}/.exec(line)?.[1] ?? [])
}
