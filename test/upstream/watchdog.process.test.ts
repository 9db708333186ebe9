/** What becomes of children when the sidecar is killed, or a server turns against its watchdogs (promise 8). */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SidemuxError } from '../../src/errors.ts'
import { Reaper } from '../../src/upstream/process/ending/reaper.ts'
import { atEnd, shared } from '../e2e/support.ts'
import { environment, isAlive, serverFile, startFleet, until } from './harness.ts'
import { sidecarOf, sidecarProcess, stateOf, type SidecarProcess } from './sidecar-process.ts'

const GRACE_MS = 3000

/** How the client of a container is run, and what is seen of it. */
function place(how: keyof typeof LAUNCHES, takesMs: number) {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-ends-'))
  atEnd(() => rmSync(dir, { recursive: true, force: true }))
  const lines = (name: string): string[] => {
    try {
      return readFileSync(join(dir, name), 'utf8').trim().split('\n')
    } catch {
      return []
    }
  }
  const env = { DIR: dir, TAKES_MS: String(takesMs), HOW: how === 'apart' ? 'apart' : 'direct' }
  return {
    launch: { ...LAUNCHES[how], env: environment(env) },
    containers: () => readdirSync(dir).filter((name) => name.startsWith('container-')),
    terms: () => lines('terms').length,
    living: () => lines('pids').map(Number).filter(isAlive),
  }
}

const CLIENT = [serverFile('container')]
const BELOW_SHELL = `"${process.execPath}" "${CLIENT[0] ?? ''}"; exit 1`
const LAUNCHES = {
  'the child itself': { command: process.execPath, args: CLIENT },
  'below a shell that dies of SIGTERM': { command: '/bin/sh', args: ['-c', BELOW_SHELL] },
  'below a shell that waits': { command: '/bin/sh', args: ['-c', `trap '' TERM; ${BELOW_SHELL}`] },
  apart: { command: process.execPath, args: CLIENT },
} as const

type How = keyof typeof LAUNCHES
const HOWS = Object.keys(LAUNCHES) as How[]

/** Of a built module, for a program's text. */
const url = (name: string): string =>
  JSON.stringify(new URL(`../../dist/upstream/process/ending/${name}.js`, import.meta.url).href)

const onLinux = describe.runIf(process.platform === 'linux')

onLinux('the client of a container has the time to take it away, and is asked once', () => {
  test.each(HOWS)('at a normal end, %s', async (how) => {
    const { launch, containers, terms, living } = place(how, 700)
    const one = {
      id: 'one',
      startTimeoutMs: 20_000,
      stopGraceMs: () => GRACE_MS,
      launch: async () => ({ ...launch, cwd: '/' }),
    }
    const { fleet, child } = startFleet([one], {}, new Map([['one', 'legacy']]))
    await fleet.settled()
    expect(child('one').state.kind).toBe('ready')
    await until(() => containers().length === 1)
    await fleet.stop()
    expect([containers(), terms(), living()]).toEqual([[], 1, []])
  })

  /** One is killed that has all of them. */
  const killed = shared(async () => {
    const all = {
      'the child itself': { ...place('the child itself', 700), graceMs: GRACE_MS },
      'below a shell that dies of SIGTERM': {
        ...place('below a shell that dies of SIGTERM', 700),
        graceMs: GRACE_MS,
      },
      'below a shell that waits': { ...place('below a shell that waits', 700), graceMs: GRACE_MS },
      apart: { ...place('apart', 700), graceMs: GRACE_MS },
      'with the shortest grace': { ...place('the child itself', 1), graceMs: 100 },
      'longer than its grace': { ...place('the child itself', 60_000), graceMs: 400 },
    }
    const sidecar = await sidecarOf(Object.values(all))
    await until(() => Object.values(all).every(({ containers }) => containers().length === 1))
    sidecar.process.kill('SIGKILL')
    return all
  })

  test.each(HOWS)('when the sidecar is killed, %s', async (how) => {
    const { containers, terms, living } = (await killed())[how]
    await until(() => living().length === 0)
    expect([containers(), terms()]).toEqual([[], 1])
  })

  test('also when a shell above it exits by itself', async () => {
    const { launch, containers, terms, living } = place('below a shell that dies of SIGTERM', 700)
    const args = ['-c', `"${process.execPath}" "${CLIENT[0] ?? ''}" <&0 & sleep 1; exit 3`]
    let launches = 0
    const one = {
      id: 'one',
      startTimeoutMs: 20_000,
      stopGraceMs: () => GRACE_MS,
      launch: async () => {
        launches += 1
        if (launches > 1) throw new SidemuxError('once is enough')
        return { ...launch, args, cwd: '/' }
      },
    }
    const { fleet, of } = startFleet([one])
    await until(() => containers().length === 1)
    await until(() => of('exited').length > 0)
    expect([containers(), terms(), living()]).toEqual([[], 1, []])
    await fleet.stop()
  })

  test('and is asked before it is killed with the shortest grace too', async () => {
    const { containers, terms, living } = (await killed())['with the shortest grace']
    await until(() => living().length === 0)
    expect([containers(), terms()]).toEqual([[], 1])
  })

  test('one that takes longer than its grace is ended', async () => {
    const { containers, terms, living } = (await killed())['longer than its grace']
    await until(() => living().length === 0)
    expect([containers().length, terms()]).toEqual([1, 1])
  })
})

onLinux('a server that turns against the watchdogs', () => {
  const attacks: Record<string, (sidecar: SidecarProcess) => Promise<void> | void> = {
    'stops the first one': (sidecar) => strike(sidecar, 'SIGSTOP', 0),
    'stops the second one': (sidecar) => strike(sidecar, 'SIGSTOP', 1),
    'kills the first one, once the sidecar is gone': async (sidecar) => {
      const [first = 0] = sidecar.watchdogs()
      sidecar.process.kill('SIGKILL')
      await until(() => stateOf(sidecar.process.pid ?? 0) === '')
      process.kill(first, 'SIGKILL')
    },
    'kills each of them four times over': async (sidecar) => {
      for (let round = 0; round < 4; round += 1) {
        const before = sidecar.watchdogs()
        for (const pid of before) process.kill(pid, 'SIGKILL')
        await until(
          () => sidecar.watchdogs().length === 2 && !sidecar.watchdogs().some((pid) => before.includes(pid)),
        )
      }
    },
    'stops both, some time before the sidecar is gone': async (sidecar) => {
      const before = sidecar.watchdogs()
      for (const pid of before) process.kill(pid, 'SIGSTOP')
      // A process runs on for a moment after the signal was sent.
      await until(() => before.every((pid) => stateOf(pid) === 'T'))
      await until(() => sidecar.watchdogs().every((pid) => stateOf(pid) !== 'T'))
    },
  }
  test.each(Object.entries(attacks))('%s', async (_, attack) => {
    const { launch, living } = place('the child itself', 60_000)
    const sidecar = await sidecarProcess(launch, 400)
    const first = sidecar.watchdogs()
    expect(first).toHaveLength(2)
    await attack(sidecar)
    const watchdogs = sidecar.process.killed ? first : sidecar.watchdogs()
    sidecar.process.kill('SIGKILL')
    await until(() => living().length === 0)
    await until(() => !watchdogs.some(isAlive))
  })

  test('leaves no stopped watchdog behind at a normal end', async () => {
    const reaper = new Reaper()
    reaper.ready()
    const { pids } = reaper
    expect(pids).toHaveLength(2)
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    await reaper.close()
    await until(() => !pids.some(isAlive))
  })
})

const IGNORED = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const

/** By what the system says of it. */
function ignoresSignals(pid: number): boolean {
  const [, mask = '0'] = /^SigIgn:\s+([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
  return IGNORED.every((name) => ((BigInt(`0x${mask}`) >> BigInt(constants.signals[name] - 1)) & 1n) === 1n)
}

function strike(sidecar: SidecarProcess, signal: NodeJS.Signals, which: number): void {
  process.kill(sidecar.watchdogs()[which] ?? 0, signal)
}

test.skipIf(process.platform === 'win32')(
  'signals of a terminal or a shell are nothing to a watchdog',
  async () => {
    const reaper = new Reaper()
    const group = spawn('/bin/sleep', ['60'], { detached: true, stdio: 'ignore' }).pid ?? 0
    reaper.add(group, () => 60_000)
    const { pids } = reaper
    // Until the shell has read its first line, signals are not ignored yet.
    if (process.platform === 'linux') await until(() => pids.every(ignoresSignals), 'they ignore signals')
    else await new Promise((resolve) => setTimeout(resolve, 2000))
    for (const pid of pids) for (const signal of IGNORED) process.kill(pid, signal)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(pids.map(isAlive)).toEqual([true, true])
    await reaper.close()
    await until(() => !isAlive(group))
  },
)

test.runIf(process.platform === 'linux')(
  'what a sidecar had found and stopped when it was killed is ended, though nothing leads to it any more',
  async () => {
    const source = `
      import { spawn } from 'node:child_process'
      import { Reaper } from ${url('reaper')}
      import { descendants } from ${url('relatives')}
      const start = () => spawn('/bin/sleep', ['60'], { detached: true, stdio: 'ignore' }).pid
      const [group, stray] = [start(), start()]
      const reaper = new Reaper()
      reaper.add(group, () => 100)
      reaper.found(group, descendants(process.pid).filter(({ pid }) => pid === stray))
      process.kill(stray, 'SIGSTOP')
      console.log(JSON.stringify([group, stray]))
      setInterval(() => {}, 1000)
    `
    const node = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const said = await new Promise<string>((resolve) =>
      node.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())),
    )
    const pids = JSON.parse(said) as number[]
    expect(pids.map(isAlive)).toEqual([true, true])
    node.kill('SIGKILL')
    await until(() => !pids.some(isAlive))
  },
)

onLinux('where no file can be opened any more', () => {
  test('sidemux goes on, and has its watchdogs again when one can', async () => {
    const source = `
      import { spawn } from 'node:child_process'
      import { closeSync, openSync } from 'node:fs'
      import { setTimeout as sleep } from 'node:timers/promises'
      import { Reaper } from ${url('reaper')}
      import { groupLives } from ${url('relatives')}
      const child = spawn('/bin/sleep', ['15'], { detached: true, stdio: 'ignore' })
      const reaper = new Reaper()
      reaper.add(child.pid, () => 100)
      const { pids } = reaper
      const open = []
      const fill = () => { try { for (;;) open.push(openSync('/dev/null')) } catch {} }
      fill()
      for (const pid of pids) process.kill(pid, 'SIGKILL')
      await sleep(100)
      fill()
      await sleep(300)
      const lives = groupLives(child.pid)
      for (const file of open) closeSync(file)
      for (let left = 100; left > 0 && reaper.pids.length < 2; left -= 1) await sleep(100)
      console.log(JSON.stringify({ lives, watchdogs: reaper.pids.length }))
      await reaper.close()
    `
    const node = spawn('/bin/sh', [
      '-c',
      'ulimit -n 256; exec "$@"',
      'sh',
      process.execPath,
      '--input-type=module',
      '-e',
      source,
    ])
    let said = ''
    for (const pipe of [node.stdout, node.stderr])
      pipe.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await new Promise((resolve) => node.once('close', resolve))
    expect(said.trim()).toBe('{"lives":true,"watchdogs":2}')
  })
})

test.skipIf(process.platform === 'win32')(
  'there are no watchdogs while nothing runs that needs them, and there are again when it does (promise 9)',
  async () => {
    const reaper = new Reaper(50)
    const group = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
    const pid = group.pid ?? 0
    reaper.add(pid, () => 2000)
    const before = reaper.pids
    expect(before).toHaveLength(2)
    reaper.remove(pid)
    await until(() => reaper.pids.length === 0 && !before.some(isAlive))
    expect(isAlive(pid)).toBe(true)
    reaper.add(pid, () => 2000)
    expect(reaper.pids).toHaveLength(2)
    await reaper.close()
    await until(() => !isAlive(pid))
  },
)
