// One mode as one user: a sidecar with all servers, each attempt made through it, and what came of it. Prints JSON.
//   node attack/round.mjs '{"mode": "default", "only": "files", "tools": {…}}'
import { openSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Guard } from './guard.mjs'
import { Host } from './host.mjs'
import { ATTEMPTS } from './inside/attempts/all.mjs'
import { MODES } from './modes.mjs'
import { scene } from './scene.mjs'
import { Stubs, withKeys } from './stubs.mjs'
import { outcomeOf } from './verdict.mjs'

const { mode, only, tools } = JSON.parse(process.argv[2])
const ATTEMPT_MS = 40_000

const place = scene(mode, tools)
const { marks } = place
const stubs = new Stubs(place)
const leftOpen = openSync(place.leftOpen, 'r')
let host
let victimPort = 0

try {
  await stubs.open()
  host = await started(place.project)
  const guard = new Guard(place)
  const rows = []
  for (const attempt of ATTEMPTS.filter(isMeant)) rows.push({ attempt, ...(await made(attempt, guard)) })
  await host.close()
  host = await started(place.given)
  for (const row of rows.filter(({ attempt }) => attempt.after !== undefined)) {
    // By all: what it planted may open to it only when it starts anew, and to others when they do.
    Object.assign(row, worse(row, await made(row.attempt, guard, 'after')))
  }
  process.stdout.write(
    JSON.stringify({
      user: process.getuid(),
      mode,
      rows: rows.map(({ attempt, ...row }) => ({ id: attempt.id, open: attempt.open, ...row })),
    }),
  )
} finally {
  await host?.close()
  stubs.close()
  await removed()
}

/** What the servers of the rival left behind may still write. */
async function removed() {
  try {
    await place.remove()
  } catch {
    process.stderr.write(`left: ${place.base}\n`)
  }
}

function isMeant({ id, inSrt }) {
  return (only === undefined || id.includes(only)) && !(MODES[mode].isRival && inSrt === false)
}

async function started(cwd) {
  const command = withKeys([process.execPath, place.cli, 'serve', '--config', place.config], marks)
  const next = new Host(command, {
    cwd,
    open: leftOpen,
    env: {
      PATH: '/usr/bin:/bin',
      HOME: place.home,
      XDG_RUNTIME_DIR: join(place.base, 'run'),
      SSH_AUTH_SOCK: stubs.sockets.agent,
      DBUS_SESSION_BUS_ADDRESS: `unix:path=${stubs.sockets.bus}`,
      SIDEMUX_TRUST: 'off',
      OF_THE_HOST: marks.of('host-environment'),
      LOGIN_OF_A_STORE: marks.of('store-login'),
    },
  })
  try {
    await next.open()
    for (const name of ['attacker', 'given', 'walled']) await next.call(`${name}_get_ready`)
    await next.call('heir_get_facts')
    await next.call('victim_get_echo', { text: marks.of('audit') })
  } catch (error) {
    await next.close()
    throw error
  }
  // Nobody answers it.
  void next.call('victim_delete_all').catch(() => undefined)
  return next
}

/** A home is named after what runs in it, too. */
function homeNameOf(id) {
  try {
    return readdirSync(join(place.state, 'homes')).find((name) => name.startsWith(`${id}-`)) ?? id
  } catch {
    return id
  }
}

/** What a server can find out by looking, and a few seconds of patience. */
function facts() {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const running = (word, isThis = () => true) =>
    processes.map(Number).find((pid) => {
      const line = commandLine(pid)
      return line.includes(word) && line.includes(place.base) && isThis(line, pid)
    })
  const sidecar = running(place.cli, (line) => line.split('\0')[1] === place.cli)
  const stateFiles = {
    pins: join(place.state, 'pins'),
    audit: join(place.state, 'audit'),
    log: join(place.state, 'log'),
    runs: join(place.state, 'run'),
    keys: [
      join(place.state, 'audit/key'),
      join(place.state, 'audit.key'),
      join(place.state, 'secrets'),
      join(place.state, 'key'),
    ],
    siblingHome: join(place.state, 'homes', homeNameOf('victim')),
  }
  const runFiles = readdirSync(stateFiles.runs).filter((name) => name.endsWith('.json'))
  const run = runFiles.map((name) => readFileSync(join(stateFiles.runs, name), 'utf8')).join('\n')
  for (const key of run.match(/[\w-]{32,}/g) ?? []) marks.know('key of the door', key)
  return {
    ...Object.fromEntries(
      [
        'base',
        'home',
        'project',
        'state',
        'config',
        'cli',
        'tmpFile',
        'otherHome',
        'storeFile',
        'secretFile',
        'given',
      ].map((name) => [name, place[name]]),
    ),
    stateFiles,
    pids: {
      sidecar,
      victim: running('servers/victim/victim.mjs', (line) => line.split('\0')[1]?.endsWith('victim.mjs')),
      bystander: stubs.bystander.pid,
    },
    sockets: stubs.sockets,
    ports: {
      ...stubs.ports,
      page: Number(/"(?:port|address|url)":\s*"?(?:http:\/\/127\.0\.0\.1:)?(\d+)/.exec(run)?.[1] ?? 0),
      victim: victimPort,
    },
    terminal: stubs.terminal,
    shmKey: stubs.shmKey,
    user: process.getuid(),
  }
}

function commandLine(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return ''
  }
}

async function made(attempt, guard, step = 'tries') {
  await stand(guard)
  const said = await Promise.race([
    host
      .call(`${attempt.by}_get_attempt`, { id: attempt.id, scene: facts(), step })
      .catch((error) => JSON.stringify({ loot: [], failed: error.message, lost: true })),
    new Promise((done) => setTimeout(() => done('{"loot":[],"failed":"no answer in time"}'), ATTEMPT_MS)),
  ])
  const { loot, failed, said: words } = JSON.parse(said)
  const seen = {
    loot: [...new Set(loot.map((hash) => marks.named(hash)).filter((name) => name !== undefined))],
    changed: guard.changes(),
    reached: await stubs.takeReached(),
    failed,
    said: words,
  }
  return { outcome: outcomeOf(seen, attempt), ...seen }
}

/** The sidecar is started anew where an attempt before has broken it: it then refuses all calls, as it should. */
async function stand(guard) {
  try {
    victimPort = JSON.parse(await host.call('victim_get_facts')).port
    await host.call('attacker_get_ready')
  } catch {
    await host.close()
    host = await started(place.project)
    victimPort = JSON.parse(await host.call('victim_get_facts')).port
    guard.renew()
  }
}

function worse(a, b) {
  return a.outcome === 'kept' ? b : a
}
