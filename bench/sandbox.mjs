// node bench/sandbox.mjs [--json]: what the sandbox costs a server: one that says `sandbox: off` beside the same one
// confined, by bubblewrap and by Landlock, each behind a `serve` of its own. The subjects alternate within the same
// minute, because machines drift; what counts are the differences within a round. Linux. It judges nothing.
//
//   up    milliseconds from the spawn of `serve` to the answer to the first call of the server's tool
//   call  milliseconds of a later call, the median of 50
//   PSS   megabytes of sidemux and of all that it started, half a second later
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { removeTree } from '../test/remove-tree.mjs'

const ROUNDS = Number(process.env.ROUNDS ?? 25)
const CALLS = 50
const IDLE_MS = 500
const ECHO = join(import.meta.dirname, 'echo-child.mjs')
const CLI = resolve(import.meta.dirname, '../dist/cli.js')
const dir = mkdtempSync(join(tmpdir(), 'sidemux-sandbox-'))

/** A bubblewrap that may make no namespaces, before the real one in PATH: so Landlock is what there is. */
const forbidden = join(dir, 'forbidden')
mkdirSync(forbidden)
writeFileSync(join(forbidden, 'bwrap'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })

const SUBJECTS = {
  plain: { sandbox: 'off', PATH: process.env.PATH },
  bubblewrap: { sandbox: 'required', PATH: process.env.PATH },
  landlock: { sandbox: 'required', PATH: `${forbidden}:${process.env.PATH}` },
}
for (const [name, { sandbox }] of Object.entries(SUBJECTS)) {
  mkdirSync(join(dir, name))
  const servers = { echo: { command: process.execPath, args: [ECHO], tools: { allow: ['*'] }, sandbox } }
  writeFileSync(join(dir, name, 'servers.yaml'), JSON.stringify({ version: 1, servers }))
}

function treeOf(pid) {
  const parents = new Map()
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one)))
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]))
    } catch {
      // It has ended meanwhile.
    }
  const tree = [pid]
  for (const one of tree)
    for (const [child, parent] of parents) if (parent === one && !tree.includes(child)) tree.push(child)
  return tree
}

function pss(pid) {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

async function start(name) {
  rmSync(join(dir, name, 'state'), { recursive: true, force: true })
  const env = {
    PATH: SUBJECTS[name].PATH,
    HOME: join(dir, name),
    SIDEMUX_STATE_DIR: join(dir, name, 'state'),
    SIDEMUX_TRUST: 'off',
  }
  const began = performance.now()
  const args = [CLI, 'serve', '--config', join(dir, name, 'servers.yaml')]
  const child = spawn(process.execPath, args, { env, cwd: dir, stdio: ['pipe', 'pipe', 'ignore'] })
  const ended = new Promise((done) => child.once('exit', done))
  const waiting = new Map()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, result, error } = JSON.parse(line)
    if (error !== undefined || result?.isError) throw new Error(`${name}: ${line.slice(0, 300)}`)
    waiting.get(id)?.(result)
  })
  let next = 0
  const ask = (method, params = {}) => {
    next += 1
    const answer = new Promise((done) => waiting.set(next, done))
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: next, method, params })}\n`)
    return answer
  }
  await ask('initialize', {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'bench', version: '1' },
  })
  child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
  const { tools } = await ask('tools/list')
  const call = () => ask('tools/call', { name: tools[0].name, arguments: { text: 'x' } })
  await call()
  const up = performance.now() - began
  const calls = []
  for (let round = 0; round < CALLS; round += 1) {
    const at = performance.now()
    await call()
    calls.push(performance.now() - at)
  }
  await sleep(IDLE_MS)
  const memory = treeOf(child.pid).reduce((sum, pid) => sum + pss(pid), 0)
  child.stdin.end()
  await ended
  return { up, call: median(calls), PSS: memory }
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
try {
  const names = Object.keys(SUBJECTS)
  const seen = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = -1; round < ROUNDS; round += 1)
    // The first is not counted: it fills the caches of the disk.
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const one = await start(name)
      if (round >= 0) seen[name].push(one)
    }
  const figures = ['up', 'call', 'PSS']
  const found = Object.fromEntries(
    names.map((name) => [
      name,
      Object.fromEntries(
        figures.map((figure) => [
          figure,
          {
            median: median(seen[name].map((one) => one[figure])),
            more: median(seen[name].map((one, at) => one[figure] - seen.plain[at][figure])),
          },
        ]),
      ),
    ]),
  )
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`)
  else {
    process.stdout.write(
      `Node ${process.version}, ${ROUNDS} rounds: the median, and the median of what it is more than plain\n`,
    )
    for (const name of names) {
      const cells = figures.map((figure) => {
        const { median: middle, more } = found[name][figure]
        return `${figure} ${middle.toFixed(2)} (${more >= 0 ? '+' : ''}${more.toFixed(2)})`
      })
      process.stdout.write(`${name.padEnd(12)}${cells.join('   ')}\n`)
    }
  }
} finally {
  await removeTree(dir)
}
