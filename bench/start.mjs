// node bench/start.mjs: how long `serve` takes to answer initialize and the first list with no store, and with a dotenv
// store that its server uses. Both alternate within the same minute, because machines drift; the ratio of the medians is
// what counts. It judges nothing.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

const PAIRS = Number(process.env.PAIRS ?? 20)
const here = import.meta.dirname
const dir = mkdtempSync(join(tmpdir(), 'sidemux-start-'))

function config(name, secrets, env) {
  const server = { command: 'node', args: [join(here, 'echo-child.mjs')], env }
  const file = join(dir, name)
  writeFileSync(file, JSON.stringify({ version: 1, ...secrets, servers: { echo: server } }))
  return file
}

writeFileSync(join(dir, '.env'), 'TOKEN=bench-secret-0123456789\n', { mode: 0o600 })
const subjects = {
  'no store': config('none.yaml', {}, { MODE: 'plain' }),
  dotenv: config(
    'dotenv.yaml',
    { secrets: { local: { type: 'dotenv', path: '.env' } } },
    { TOKEN: '${local:TOKEN}' },
  ),
}

/** Milliseconds from spawn to the answers to initialize and tools/list. */
async function start(file) {
  const began = performance.now()
  const child = spawn(process.execPath, [resolve(here, '../dist/cli.js'), 'serve', '--config', file], {
    env: { PATH: process.env.PATH, HOME: dir, SIDEMUX_STATE_DIR: join(dir, 'state') },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ask = async (id, method, params) => {
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
    for (;;) {
      const message = JSON.parse((await lines.next()).value)
      if (message.id === id) return message.result
    }
  }
  const clientInfo = { name: 'bench', version: '1' }
  await ask(1, 'initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo })
  const initialize = performance.now() - began
  child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
  const { tools } = await ask(2, 'tools/list', {})
  const list = performance.now() - began
  if (tools.length !== 1) throw new Error('the child did not come up')
  child.stdin.end()
  await new Promise((done) => child.once('exit', done))
  return { initialize, list }
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

try {
  const seen = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]))
  for (const file of Object.values(subjects)) await start(file)
  for (let pair = 0; pair < PAIRS; pair += 1) {
    // Who goes first alternates too.
    const order = Object.entries(subjects)
    for (const [name, file] of pair % 2 === 0 ? order : order.toReversed()) seen[name].push(await start(file))
  }
  for (const figure of ['initialize', 'list']) {
    const [none, dotenv] = Object.values(seen).map((starts) => median(starts.map((start) => start[figure])))
    console.log(
      `${figure}: no store ${none.toFixed(0)} ms, dotenv ${dotenv.toFixed(0)} ms, ratio of medians ${(dotenv / none).toFixed(3)} (${PAIRS} pairs, alternating, Node ${process.version})`,
    )
  }
} finally {
  rmSync(dir, { recursive: true, force: true })
}
