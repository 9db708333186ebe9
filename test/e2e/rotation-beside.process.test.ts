/**
 * What a rotation costs whoever calls: nothing. Another process gets ready beside the one that works, and that one ends
 * its calls, however long both take; nothing of it stays behind.
 *
 * `SIDEMUX_FULL=1 npx vitest run test/e2e/rotation-beside.process.test.ts` has servers that need 6 s to start, and 20 rotations.
 */
import { readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { startVault } from '../servers/vault.mjs'
import { audit, edit, starts, steady, yaml } from './reload.ts'
import { HereHost } from './serve-here.ts'
import { place, RawHost, textOf, until, type Place } from './support.ts'

const isFull = process.env['SIDEMUX_FULL'] !== undefined
const START_MS = isFull ? 6000 : 1500

const value = (round: number): string => `rotating-secret-${round}-x`

function rotate({ dir }: Place, round: number): void {
  writeFileSync(join(dir, '.env.new'), `TURNS=${value(round)}\n`)
  renameSync(join(dir, '.env.new'), join(dir, '.env'))
}

/** The server `turns`, whose STARTS gets a line for each of its processes; `more` are stores. */
function opened(entry: (where: Place) => object, more: Record<string, unknown> = {}): Place {
  const where = place('version: 1\nservers: {}\n', { '.env': `TURNS=${value(0)}\n` })
  writeFileSync(where.config, config(where, entry(where), more))
  return where
}

function config({ out }: Place, entry: object, more: Record<string, unknown> = {}): string {
  const env = {
    TOKEN: '${local:TURNS}',
    STARTS: join(out, 'starts.txt'),
    ...('env' in entry && (entry.env as object)),
  }
  return yaml(
    { turns: steady({ tools: { allow: ['*'] }, ...entry, env }) },
    {
      secrets: {
        local: { type: 'dotenv', path: '.env' },
        ...more,
      },
      defaults: { rateLimit: '1000000/second' },
    },
  )
}

const pidsOf = ({ out }: Place): readonly number[] =>
  starts(join(out, 'starts.txt')).map((line) => Number(line.split(' ').at(-1)))

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function begun(where: Place, Host: typeof RawHost = HereHost): Promise<RawHost> {
  const host = new Host(where)
  await host.initialize()
  await host.request('tools/list')
  return host
}

/** The process that answered; fails where the call was lost. */
async function called(host: RawHost, name: string, args: Record<string, unknown> = {}): Promise<number> {
  const { result } = await host.request('tools/call', { name: `turns_${name}`, arguments: args })
  const pid = /^(\d+) /.exec(result === undefined ? '' : textOf(result))?.[1]
  if (pid === undefined) throw new Error(`a call was lost: ${JSON.stringify(result)}`)
  return Number(pid)
}

it.each([
  ['a changed secret', (where: Place): void => rotate(where, 1)],
  [
    'an edit of its launch',
    (where: Place): void =>
      void edit(where, config(where, { env: { START_MS: String(START_MS), LABEL: 'edited' } })),
  ],
])(
  `%s under long calls and a server that needs ${START_MS / 1000} s to start: 0 lost, nobody waits`,
  async (what, change) => {
    const where = opened(() => ({ env: { START_MS: String(START_MS) } }))
    const host = await begun(where)
    const first = await called(host, 'who')
    const go = join(where.out, 'go')
    const long = Array.from({ length: 3 }, () => called(host, 'hold', { file: go }))
    await pause(100)
    const load = { running: true, calls: 0, answeredBy: new Set<number>() }
    /** By worker: its calls that the first process answered while the next one started. */
    const meanwhile = [0, 0, 0, 0]
    const workers = meanwhile.map(async (_, worker) => {
      while (load.running) {
        const isStarting = pidsOf(where).length === 2
        const by = await called(host, 'who')
        if (isStarting && by === first) meanwhile[worker] = (meanwhile[worker] ?? 0) + 1
        load.answeredBy.add(by)
        load.calls += 1
        await pause(20)
      }
    })
    const changed = performance.now()
    change(where)
    await until(() => load.answeredBy.size === 2, 'the next process answers')
    const readyMs = performance.now() - changed
    expect(isAlive(first)).toBe(true)
    writeFileSync(go, '')
    expect(await Promise.all(long)).toEqual([first, first, first])
    load.running = false
    await Promise.all(workers)
    const exits = () => audit(where).filter(({ phase }) => phase === 'exited')
    await until(() => !isAlive(first) && exits().length === 1, 'the first process ends')
    process.stdout.write(
      `${what}: the next process answered after ${(readyMs / 1000).toFixed(1)} s, ${load.calls} calls, 0 lost, meanwhile ${meanwhile.join()}\n`,
    )
    // Who waited for the next one would have had no answer of the first; of an edit calls wait for a moment for a light server.
    expect(Math.min(...meanwhile)).toBeGreaterThan(2)
    const [, second = 0] = pidsOf(where)
    const records = audit(where).filter(({ type }) => type === 'server')
    expect(records.filter(({ phase }) => phase === 'launched')).toMatchObject([
      { pid: first },
      { pid: second },
    ])
    const reason =
      what === 'a changed secret'
        ? 'its secret env.TOKEN has changed'
        : 'its entry in servers.yaml has changed'
    expect(exits()).toMatchObject([{ pid: first, reason }])
    host.process.stdin?.end()
    expect(await host.exited()).toEqual({ code: 0, signal: null })
  },
  90_000,
)

// What ends it has no part in how they go, so only one way has many.
it.each([
  ['the end of the host', isFull ? 20 : 5],
  ['SIGKILL of the sidecar', 2],
])(
  'rotations in a row under 20 parallel calls: each is answered once, and %s leaves no process and no lease',
  async (how, rotations) => {
    const vault = await startVault({ roles: { 'database/creds/ro': { ttl: 600, maxTtl: 3600 } } })
    onTestFinished(() => vault.close())
    const auth = { method: 'approle', roleId: vault.roleId, secretId: '${env:SECRET_ID}' }
    const leased = {
      env: { PASSWORD: '${lease:db#password}' },
      leases: { db: { store: 'team', path: '/database/creds/ro', ttl: '10m' } },
    }
    const where = opened(() => leased, { team: { type: 'vault', address: vault.url, auth } })
    Object.assign(where.env, { SECRET_ID: vault.secretId })
    const host = await begun(where, how.startsWith('SIGKILL') ? RawHost : HereHost)
    const load = { running: true, calls: 0 }
    const workers = Array.from({ length: 20 }, async () => {
      while (load.running) {
        load.calls += 1
        await called(host, 'wait', { ms: Math.floor(Math.random() * 300) })
      }
    })
    for (let round = 1; round <= rotations; round += 1) {
      rotate(where, round)
      await until(() => pidsOf(where).length === round + 1, `process ${round + 1} starts`)
    }
    load.running = false
    await Promise.all(workers)
    await until(() => pidsOf(where).filter(isAlive).length === 1, 'all but the last have ended')
    await until(() => vault.leases.size === 1, 'their leases are given back')
    expect(vault.count('lease')).toBe(rotations + 1)
    expect(new Set(host.answers.values())).toEqual(new Set([1]))
    process.stdout.write(`${rotations} rotations, ${load.calls} calls, 0 lost, ${how}\n`)
    // Two are alive when it ends.
    const long = host.request('tools/call', { name: 'turns_wait', arguments: { ms: 60_000 } })
    await pause(200)
    rotate(where, rotations + 1)
    await until(() => pidsOf(where).filter(isAlive).length === 2, 'an old one ends its call')
    if (how === 'the end of the host') host.process.stdin?.end()
    else host.process.kill('SIGKILL')
    await Promise.race([long, host.exited()])
    await host.exited()
    await until(() => pidsOf(where).filter(isAlive).length === 0, 'no process is left')
    await until(() => vault.leases.size === 0, 'no lease is left')
    // After a kill it stays for the next start, which writes down what was given back.
    if (how === 'the end of the host') expect(ledgers(where)).toEqual([])
  },
  240_000,
)

function ledgers({ state }: Place): readonly string[] {
  try {
    return readdirSync(join(state, 'leases'))
  } catch {
    return []
  }
}
