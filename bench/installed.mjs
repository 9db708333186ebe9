// node bench/installed.mjs [PACKAGE [ARGUMENT…]]: what a start of a published server costs by npx, from the package that sidemux
// has installed (second start), and as `node entry`. It installs the package from the registry that npm is set to, into a
// directory of its own, and prints one JSON line with medians in ms and the two ratios.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const load = async (module) => import(new URL(`../dist/${module}`, import.meta.url))
const { installed } = await load('confine/confiner/programs.js')
const { wantedKey } = await load('packages/installed.js')
const { Packages } = await load('packages/packages.js')
const { wantedPackage } = await load('packages/wanted.js')
const { startedFrom } = await load('upstream/launch/from-package.js')
const { startChild } = await load('upstream/life/starting/start.js')
const { Reaper } = await load('upstream/process/ending/reaper.js')
const [name = '@modelcontextprotocol/server-everything', ...rest] = process.argv.slice(2)
const ROUNDS = 9
const dir = mkdtempSync(join(tmpdir(), 'sidemux-bench-'))
const stateDir = join(dir, 'state')
const configFile = join(dir, 'servers.yaml')
writeFileSync(configFile, '')
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` }
const written = { command: 'npx', args: ['-y', name, ...rest], cwd: dir, env }
const wanted = wantedPackage(written)
const installer = installed('npm', env.PATH)
const order = { server: 'a', wanted, installer, env, scripts: false, key: wantedKey(wanted, false) }
const nothing = () => {}
const never = new AbortController().signal
const reaper = new Reaper()
const inLock = () => ({ locked: undefined, isStrict: false, file: 'servers.lock' })
const open = () => new Packages({ stateDir, configFile, now: Date.now, inLock, onInstalling: nothing })

/** Milliseconds from nothing to its list of tools. */
async function start(launch) {
  const began = performance.now()
  const started = await startChild(
    { id: 'a', startTimeoutMs: 120_000, launch },
    {
      era: undefined,
      known: 'probed',
      stop: never,
      hooks: {
        onSpawn: nothing,
        onStdout: nothing,
        onStderr: nothing,
        onExit: nothing,
        onBad: nothing,
        onQuestion: async () => ({}),
      },
      capabilities: {},
      news: {
        onListChanged: nothing,
        onLog: nothing,
        onResourceUpdated: nothing,
        onElicitationComplete: nothing,
      },
      reaper,
      turns: { take: async () => nothing },
    },
  )
  const ms = performance.now() - began
  if (started.kind !== 'running') throw new Error(`${started.reason} ${started.hint}`)
  await started.transport.close()
  return ms
}

const median = (all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)]
try {
  const began = performance.now()
  const first = await open().find(order, never)
  const installMs = performance.now() - began
  const node = startedFrom(written, wanted, first)
  const ways = {
    node: async () => node,
    installed: async () => startedFrom(written, wanted, await open().find(order, never)),
    npx: async () => written,
  }
  const times = { node: [], installed: [], npx: [] }
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [way, launch] of Object.entries(ways)) times[way].push(await start(launch))
  const ms = Object.fromEntries(Object.entries(times).map(([way, all]) => [way, Math.round(median(all))]))
  const ratio = (way) => Math.round((median(times[way]) / median(times.node)) * 100) / 100
  process.stdout.write(
    `${JSON.stringify({ package: name, installMs: Math.round(installMs), ms, installedToNode: ratio('installed'), npxToNode: ratio('npx') })}\n`,
  )
} finally {
  await reaper.close()
  rmSync(dir, { recursive: true, force: true })
}
