import { spawn } from 'node:child_process'
import { PACE } from '../../src/upstream/backoff.ts'
import { describe, expect, test } from 'vitest'
import { Reaper } from '../../src/upstream/process/ending/reaper.ts'
import { call, environment, isAlive, pidFile, serverFile, spec, startFleet, until } from './harness.ts'
import { sidecarProcess } from './sidecar-process.ts'

const onLinux = test.runIf(process.platform === 'linux')
const onPosix = test.skipIf(process.platform === 'win32')

function sleeper(): number {
  return spawn('/bin/sleep', ['60'], { detached: true, stdio: 'ignore' }).pid ?? 0
}

describe('nothing is left behind (promise 8)', () => {
  test('a child that goes by itself is given the time', async () => {
    const pids = pidFile()
    const { fleet, of } = startFleet([spec('one', 'legacy', { env: { PIDS: pids.path } })])
    await fleet.settled()
    await fleet.stop()
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
    await Promise.all([fleet.stop(), fleet.stop()])
    await until(() => !pids.pids().some(isAlive))
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
      stopGraceMs: () => 200,
      launch: () => Promise.resolve({ command: '/bin/sh', args: ['-c', launcher], cwd: '/', env: {} }),
    }
    const { child } = startFleet([one], {
      pace: { ...PACE, maxStarts: 1 },
    })
    await until(() => child('one').state.kind === 'waiting')
    // The second one is in the older era.
    expect(pids.pids()).toHaveLength(2)
    await until(() => !pids.pids().some(isAlive))
  })

  test('stopping while children start', async () => {
    const pids = pidFile()
    const env = { PIDS: pids.path }
    const { fleet, child } = startFleet([
      spec('a', 'silent', { env }),
      spec('b', 'echo', { env }),
      spec('c', 'crash', { env }),
    ])
    await until(() => pids.pids().length >= 2)
    await fleet.stop()
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
    const env = environment({ PIDS: pids.path })
    const launch = { command: process.execPath, args: [serverFile('stubborn')], env }
    const sidecar = await sidecarProcess(launch, 400)
    expect(pids.pids().map(isAlive)).toEqual([true, true, true])
    sidecar.process.kill('SIGKILL')
    await until(() => !pids.pids().some(isAlive))
  })

  onPosix(
    'a group that was taken off the list is let live, and what is left at the end has had its time',
    async () => {
      const reaper = new Reaper()
      const sleepers = [1, 2, 3].map(sleeper)
      for (const group of sleepers) reaper.add(group, () => 60_000)
      const [kept = 0, ...others] = sleepers
      reaper.remove(kept)
      await reaper.close()
      await until(() => !others.some(isAlive))
      expect(isAlive(kept)).toBe(true)
      process.kill(kept, 'SIGKILL')
    },
  )
})
