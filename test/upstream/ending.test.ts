import { spawn } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { Reaper } from '../../src/upstream/reaper.ts'
import { call, environment, isAlive, pidFile, serverFile, spec, startFleet, until } from './harness.ts'

const onLinux = test.runIf(process.platform === 'linux')
const onPosix = test.skipIf(process.platform === 'win32')

/** A process with the built fleet and one stubborn child, which says when the child is ready. */
function sidecarSource(pids: string): string {
  const fleet = new URL('../../dist/upstream/fleet.js', import.meta.url).href
  const launch = {
    command: process.execPath,
    args: [serverFile('stubborn')],
    cwd: '/',
    env: environment({ PIDS: pids }),
  }
  return `
    import { Fleet } from ${JSON.stringify(fleet)}
    const launch = () => Promise.resolve(${JSON.stringify(launch)})
    const fleet = new Fleet([{ id: 'one', startTimeoutMs: 10000, launch }], {
      onEvent() {},
      eras: { get() {}, set() {} },
      redactStream: () => ({ push: (text) => text, settle: () => '', flush: () => '' }),
      redactLines: () => (line) => line,
      host: { capabilities: () => ({}), logLevel() {}, parkMs: 1000 },
    })
    fleet.start()
    await fleet.settled()
    console.log(fleet.get('one').state.kind)
    setInterval(() => {}, 1000)
  `
}

describe('nothing is left behind (promise 8)', () => {
  test('a child that goes by itself is given the time', async () => {
    const pids = pidFile()
    const { fleet, of } = startFleet([spec('one', 'legacy', { env: { PIDS: pids.path } })])
    await fleet.settled()
    const began = performance.now()
    await fleet.stop()
    expect(performance.now() - began).toBeLessThan(1000)
    expect(pids.pids().filter(isAlive)).toEqual([])
    const [{ pid } = { pid: 0 }] = of('launched')
    expect(of('exited')).toEqual([
      { kind: 'exited', id: 'one', pid, code: 0, signal: null, reason: 'sidemux stops' },
    ])
  })

  onLinux('a stubborn child, its grandchild, and one in a session of its own', async () => {
    const pids = pidFile()
    const { fleet, child } = startFleet([spec('one', 'stubborn', { env: { PIDS: pids.path } })])
    await fleet.settled()
    expect(child('one').state.kind).toBe('ready')
    expect(pids.pids().map(isAlive)).toEqual([true, true, true])
    const began = performance.now()
    await Promise.all([fleet.stop(), fleet.stop()])
    expect(performance.now() - began).toBeLessThan(3000)
    await until(() => !pids.pids().some(isAlive), 500)
    expect(child('one').state.kind).toBe('stopped')
    expect(await call(child('one'), 'x')).toMatchObject({
      kind: 'unavailable',
      reason: '"one" was stopped with sidemux.',
    })
  })

  onPosix('what a launcher leaves behind when it exits', async () => {
    const pids = pidFile()
    const launcher = `${process.execPath} -e "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)" </dev/null >/dev/null 2>&1 & echo $! >> ${pids.path}; exit 1`
    const one = {
      id: 'one',
      startTimeoutMs: 5000,
      launch: () => Promise.resolve({ command: '/bin/sh', args: ['-c', launcher], cwd: '/', env: {} }),
    }
    const { child } = startFleet([one], {
      pace: { maxStarts: 1, windowMs: 60_000, firstDelayMs: 0, maxDelayMs: 0 },
    })
    await until(() => child('one').state.kind === 'failed')
    expect(pids.pids()).toHaveLength(1)
    await until(() => !pids.pids().some(isAlive), 500)
  })

  test('stopping while children start', async () => {
    const pids = pidFile()
    const env = { PIDS: pids.path }
    const { fleet, child } = startFleet([
      spec('a', 'silent', { env }),
      spec('b', 'legacy', { env }),
      spec('c', 'crash', { env }),
    ])
    await until(() => pids.pids().length >= 2)
    const began = performance.now()
    await fleet.stop()
    expect(performance.now() - began).toBeLessThan(3500)
    expect(pids.pids().filter(isAlive)).toEqual([])
    expect(['a', 'b', 'c'].map((id) => child(id).state.kind)).toEqual(['stopped', 'stopped', 'stopped'])
  })

  test('stopping fails the calls in flight at once', async () => {
    const { fleet, child } = startFleet([spec('one', 'odd')])
    await fleet.settled()
    const pending = call(child('one'), 'never-answers')
    const stopped = fleet.stop()
    expect(await pending).toMatchObject({ kind: 'unavailable', reason: '"one" was stopped with sidemux.' })
    await stopped
  })

  onPosix('SIGKILL of the sidecar: the watchdog ends a child that would stay', async () => {
    const pids = pidFile()
    const sidecar = spawn(process.execPath, ['--input-type=module', '-e', sidecarSource(pids.path)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise((resolve) => sidecar.stdout.once('data', resolve))
    expect(pids.pids().map(isAlive)).toEqual([true, true, true])
    sidecar.kill('SIGKILL')
    await until(() => !pids.pids().some(isAlive), 2000)
  })

  onPosix('a watchdog that is killed is replaced', async () => {
    const reaper = new Reaper()
    const victim = spawn('/bin/sleep', ['60'], { detached: true, stdio: 'ignore' })
    const group = victim.pid ?? 0
    reaper.add(group)
    const first = reaper.pid ?? 0
    // Until the shell has read its first line, signals are not ignored yet.
    await new Promise((resolve) => setTimeout(resolve, 100))
    process.kill(first, 'SIGTERM')
    process.kill(first, 'SIGHUP')
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(isAlive(first)).toBe(true)
    process.kill(first, 'SIGKILL')
    await until(() => reaper.pid !== undefined && reaper.pid !== first)
    expect(isAlive(group)).toBe(true)
    await reaper.close()
    await until(() => !isAlive(group), 500)
  })

  onPosix('a group that was taken off the list is let live', async () => {
    const reaper = new Reaper()
    const sleepers = [1, 2, 3].map(
      () => spawn('/bin/sleep', ['60'], { detached: true, stdio: 'ignore' }).pid ?? 0,
    )
    for (const group of sleepers) reaper.add(group)
    const [kept = 0, ...others] = sleepers
    reaper.remove(kept)
    await reaper.close()
    await until(() => !others.some(isAlive), 500)
    expect(isAlive(kept)).toBe(true)
    process.kill(kept, 'SIGKILL')
  })
})
