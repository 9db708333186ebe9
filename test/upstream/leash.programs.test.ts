/** Confined servers end with their sidecar, from their first moment on and without a watchdog (promise 8). */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { bolted } from '../../src/confine/confiner/bolt.ts'
import { systemCallsOf } from '../../src/confine/confiner/landlock/system-calls.ts'
import { LEASH, leashed } from '../../src/confine/confiner/leash.ts'
import { systemPerl } from '../../src/confine/confiner/programs.ts'
import { signalTo } from '../../src/upstream/process/ending/relatives.ts'
import { holdLeash } from '../../src/upstream/process/leash.ts'
import { needs } from '../servers/needs.mjs'
import { environment, serverFile, until } from './harness.ts'
import { sidecarProcess } from './sidecar-process.ts'

const BOX = '--unshare-user --unshare-pid --die-with-parent --bind / / --proc /proc --dev /dev --'.split(' ')
const PIPES: StdioOptions = ['pipe', 'pipe', 'inherit', 'pipe']

const dirs: string[] = []
const started: ChildProcess[] = []
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

function inTemp(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-leash-'))
  dirs.push(dir)
  return dir
}

/** Processes of this machine in whose arguments a word stands. */
function processesWith(word: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(word)
      } catch {
        return false
      }
    })
}

type Tied = (
  command: readonly [string, ...string[]],
  env?: Readonly<Record<string, string>>,
) => readonly string[]

const LEASHES: readonly (readonly [string, Tied])[] = [
  [
    'perl',
    (command) => {
      const [program, calls] = [systemPerl(), systemCallsOf(process.arch)]
      if (program === undefined || calls === undefined) throw new Error('there is no perl here')
      return bolted({ program, calls }, command, {}, LEASH)
    },
  ],
  [
    'a shell',
    (command, env = {}) => {
      const behind = leashed(command, env)
      if (behind === undefined) throw new Error('there is no shell here')
      return behind
    },
  ],
]

describe.runIf(needs('bwrap', 'perl', 'setsid')).each(LEASHES)(
  'a server that bubblewrap confines behind %s',
  (_, tied) => {
    /** A bubblewrap that begins only when its sidecar is gone already, as when that was killed a moment after the start. */
    async function late(leash: boolean): Promise<{ ran: () => boolean; left: () => number[] }> {
      const word = randomUUID()
      const mark = join(inTemp(), 'ran')
      const server = ['/bin/sh', '-c', 'echo ran >"$1"; exec sleep 60', word, mark] as const
      const inside = leash ? tied(server) : server
      const waiting = `while kill -0 "$1" 2>/dev/null; do sleep 0.02; done; shift; exec bwrap "$@"`
      const source = `
      import { spawn } from 'node:child_process'
      const args = ['-c', ${JSON.stringify(waiting)}, 'late', String(process.pid), ...${JSON.stringify([...BOX, ...inside])}]
      spawn('/bin/sh', args, { detached: true, stdio: ['pipe', 'pipe', 'ignore', 'pipe'] }).once('spawn', () => console.log('on its way'))
      setInterval(() => {}, 1000)
    `
      const sidecar = spawn(process.execPath, ['--input-type=module', '-e', source], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await new Promise((resolve) => sidecar.stdout.once('data', resolve))
      sidecar.kill('SIGKILL')
      return { ran: () => existsSync(mark), left: () => processesWith(word) }
    }

    test('does not begin when its sidecar is gone before bubblewrap is tied to it', async () => {
      const { ran, left } = await late(true)
      await until(() => left().length === 0)
      expect(ran()).toBe(false)
    })

    test('which it would without a leash', async () => {
      const { ran, left } = await late(false)
      await until(ran)
      for (const pid of left()) signalTo(pid, 'SIGKILL')
    })

    const DAEMON =
      'setsid sh -c \'trap "" HUP INT TERM; while :; do sleep 60; done\' "$1" </dev/null >/dev/null 2>&1 &'
    const DEEDS = {
      'as it is': (_server: number) => undefined,
      'when it is stopped': (server: number) => void signalTo(server, 'SIGSTOP'),
      'when it ends in that very moment': (server: number) => void signalTo(server, 'SIGKILL'),
    }
    test.each(Object.entries(DEEDS))(
      'leaves nothing behind when the sidecar is killed, %s',
      async (_, deed) => {
        const word = randomUUID()
        const script = `(${DAEMON}); (${DAEMON}); exec "$2" "$3" "$1"`
        const server = {
          command: '/bin/sh',
          args: ['-c', script, 'sh', word, process.execPath, serverFile('stubborn')],
        }
        const env = environment({ PIDS: join(inTemp(), 'pids') })
        const launch = {
          ...server,
          env,
          confined: {
            by: 'bubblewrap',
            env,
            program: 'bwrap',
            args: [...BOX, ...tied([server.command, ...server.args], env)],
            tie: 'leash',
          },
        }
        const sidecar = await sidecarProcess(launch, 60_000)
        expect(sidecar.watchdogs()).toEqual([])
        const before = processesWith(word)
        expect(before.length).toBeGreaterThan(2)
        const servers = processesWith(`${serverFile('stubborn')}\0${word}`)
        expect(servers).toHaveLength(1)
        deed(servers[0] ?? NaN)
        sidecar.process.kill('SIGKILL')
        await until(() => processesWith(word).length === 0)
        await until(() => before.every((pid) => !existsSync(`/proc/${pid}`)))
      },
    )
  },
)

describe.runIf(needs('perl')).each(LEASHES)('a leash of %s', (_, tied) => {
  test('adds nothing to the environment, and takes nothing that was given', async () => {
    const env = { PATH: '/usr/bin:/bin', A: 'x=y z', SHLVL: '7' }
    const [command = '', ...args] = tied([process.execPath, '-p', 'JSON.stringify(process.env)'], env)
    const child = spawn(command, args, { env, stdio: PIPES })
    started.push(child)
    holdLeash(child.stdio[3])
    let said = ''
    child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await new Promise((resolve) => child.once('close', resolve))
    expect(Object.keys(JSON.parse(said) as object).toSorted()).toEqual(['A', 'PATH', 'SHLVL'])
    expect(JSON.parse(said)).toMatchObject({ A: 'x=y z' })
  })

  test('leaves the server no open file of it', async () => {
    const [command = '', ...args] = tied(['/bin/sh', '-c', 'echo >&3 || echo none'])
    const child = spawn(command, args, { env: {}, stdio: ['pipe', 'pipe', 'ignore', 'pipe'] })
    started.push(child)
    holdLeash(child.stdio[3])
    let said = ''
    child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await new Promise((resolve) => child.once('close', resolve))
    expect(said).toBe('none\n')
  })

  test('lets the server write no core', async () => {
    const [command = '', ...args] = tied(['/bin/sh', '-c', 'ulimit -c; ulimit -Hc'])
    const child = spawn(command, args, { env: {}, stdio: PIPES })
    started.push(child)
    holdLeash(child.stdio[3])
    let said = ''
    child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await new Promise((resolve) => child.once('close', resolve))
    expect(said).toBe('0\n0\n')
  })
})

test('a shell is not put before a program whose name it would take for a variable', () => {
  expect(leashed(['/opt/a=b/server'], {})).toBeUndefined()
})
