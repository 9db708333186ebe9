/** A machine that sleeps, a VM that is paused: whoever waited has the time that he had left (promises 1 and 7). */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { place, RawHost, shared, textOf, until, yamlOf, type Place } from './support.ts'

const SLEEPER = resolve(import.meta.dirname, '../servers/sleeper.mjs')

const entry = (more: Record<string, unknown>): Record<string, unknown> => ({
  command: process.execPath,
  args: [SLEEPER],
  sandbox: 'off',
  timeout: '2s',
  startTimeout: '5s',
  ...more,
})

/** Calls and starts here may take 2 s, and stand still for longer. */
function sleepers(servers: Readonly<Record<string, Record<string, unknown>>>): Place {
  const entries = Object.entries(servers).map(([id, more]) => [id, entry(more)] as const)
  return place(
    yamlOf({
      version: 1,
      servers: Object.fromEntries(entries),
      approvals: { channels: ['elicitation'], wait: '4s', expire: '10m' },
    }),
  )
}

/** Of a server that is ready. */
function launched({ state }: Place, id: string): number | undefined {
  if (!log(state).includes(`"msg":"${id} ready"`)) return undefined
  const found = log(state)
    .split('\n')
    .find((line) => line.includes(`"${id} launched"`))
  return Number(/"child":(\d+)/.exec(found ?? '')?.[1])
}

function log(state: string): string {
  const file = join(state, 'log', 'sidemux.log')
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

async function standStill(pids: readonly number[], ms: number): Promise<void> {
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  await pause(ms)
  // The sidecar first, as it would give up first.
  for (const pid of pids) process.kill(pid, 'SIGCONT')
}

async function pause(ms: number): Promise<void> {
  await new Promise((done) => setTimeout(done, ms))
}

describe.skipIf(process.platform === 'win32')('longer than every timeout', () => {
  /** One sidemux for all whose server runs; `b` waits for a human. */
  const scene = shared(async () => {
    const where = sleepers({ a: {}, b: { tools: { confirm: ['*'] } } })
    const host = new RawHost(where)
    await host.initialize({ elicitation: {} })
    await host.request('tools/list')
    await until(() => ['a', 'b'].every((id) => launched(where, id) !== undefined), 'the servers have started')
    return { host, sidemux: host.process.pid ?? 0, server: launched(where, 'a') ?? 0 }
  })

  it.each([
    ['sidemux and its server, silent', 'both', { ms: 1500 }],
    ['sidemux and its server, with progress', 'both', { ms: 3000, progress: true }],
    ['sidemux alone', 'sidemux', { ms: 1500 }],
  ] as const)('%s: the call has its answer', async (_, who, args) => {
    const { host, sidemux, server } = await scene()
    const { answer } = host.start('tools/call', { name: 'a_wait', arguments: args })
    await pause(700)
    await standStill(who === 'both' ? [sidemux, server] : [sidemux], 5000)
    expect(textOf((await answer).result ?? {})).toBe('slept')
  })

  it('three times in one call', async () => {
    const { host, sidemux, server } = await scene()
    const { answer } = host.start('tools/call', { name: 'a_wait', arguments: { ms: 1600 } })
    for (let round = 0; round < 3; round += 1) {
      await pause(200)
      await standStill([sidemux, server], 2500)
    }
    expect(textOf((await answer).result ?? {})).toBe('slept')
  })

  it('a server that stands still alone is given up all the same', async () => {
    const { host, server } = await scene()
    const { answer } = host.start('tools/call', { name: 'a_wait', arguments: { ms: 100 } })
    process.kill(server, 'SIGSTOP')
    const { result } = await answer
    process.kill(server, 'SIGCONT')
    expect(result?.['isError']).toBe(true)
    expect(textOf(result ?? {})).toContain('neither a result nor progress')
  })

  it('a call that waits for a human waits on, and has what it had left', async () => {
    const { host, sidemux } = await scene()
    let question: number | string | undefined
    host.onRequest = ({ id, method }) => {
      if (method === 'elicitation/create') question = id
    }
    const { answer } = host.start('tools/call', { name: 'b_wait', arguments: { ms: 10 } })
    await until(() => question !== undefined, 'the question')
    // Nobody answers faster than he can read.
    await pause(1000)
    await standStill([sidemux], 6000)
    if (question !== undefined)
      host.send({ id: question, result: { action: 'accept', content: { decision: 'approve once' } } })
    expect(textOf((await answer).result ?? {})).toBe('slept')
  })

  it('a start goes on', async () => {
    const late = { command: '/bin/sh', args: ['-c', `sleep 2; exec "${process.execPath}" "${SLEEPER}"`] }
    const where = sleepers({ a: late })
    const host = new RawHost(where)
    await host.initialize()
    await until(() => /"a launched"/.test(log(where.state)), 'the launch')
    await standStill([host.process.pid ?? 0], 7000)
    const { result } = await host.request('tools/call', { name: 'a_wait', arguments: { ms: 10 } })
    expect(textOf(result ?? {})).toBe('slept')
    expect(log(where.state)).not.toMatch(/not ready within/)
  })
})
