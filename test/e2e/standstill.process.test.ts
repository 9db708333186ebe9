/** A machine that sleeps, a VM that is paused: whoever waited has the time that he had left (promises 1 and 7). */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { place, RawHost, textOf, until, yamlOf, type Place } from './support.ts'

const SLEEPER = resolve(import.meta.dirname, '../servers/sleeper.mjs')

/** Calls and starts here may take 2 s, and stand still for longer. */
function sleepers(more: Record<string, unknown> = {}): Place {
  return place(
    yamlOf({
      version: 1,
      servers: {
        a: {
          command: process.execPath,
          args: [SLEEPER],
          sandbox: 'off',
          timeout: '2s',
          startTimeout: '5s',
          ...more,
        },
      },
    }),
  )
}

async function ready(where: Place): Promise<{ host: RawHost; server: number }> {
  const host = new RawHost(where)
  await host.initialize({ elicitation: {} })
  await host.request('tools/list')
  await until(() => launched(where) !== undefined, 'the server has started')
  return { host, server: launched(where) ?? 0 }
}

function launched({ state }: Place): number | undefined {
  const found = /"msg":"a ready"/.test(log(state)) ? /"child":(\d+)/.exec(log(state)) : null
  return found === null ? undefined : Number(found[1])
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
  it.each([
    ['sidemux and its server, silent', 'both', { ms: 1500 }],
    ['sidemux and its server, with progress', 'both', { ms: 3000, progress: true }],
    ['sidemux alone', 'sidemux', { ms: 1500 }],
  ] as const)('%s: the call has its answer', async (_, who, args) => {
    const where = sleepers()
    const { host, server } = await ready(where)
    const { answer } = host.start('tools/call', { name: 'a_wait', arguments: args })
    await pause(700)
    await standStill(who === 'both' ? [host.process.pid ?? 0, server] : [host.process.pid ?? 0], 5000)
    expect(textOf((await answer).result ?? {})).toBe('slept')
  })

  it('three times in one call', async () => {
    const where = sleepers()
    const { host, server } = await ready(where)
    const { answer } = host.start('tools/call', { name: 'a_wait', arguments: { ms: 1600 } })
    for (let round = 0; round < 3; round += 1) {
      await pause(200)
      await standStill([host.process.pid ?? 0, server], 2500)
    }
    expect(textOf((await answer).result ?? {})).toBe('slept')
  })

  it('a server that stands still alone is given up all the same', async () => {
    const where = sleepers()
    const { host, server } = await ready(where)
    const { answer } = host.start('tools/call', { name: 'a_wait', arguments: { ms: 100 } })
    process.kill(server, 'SIGSTOP')
    const { result } = await answer
    process.kill(server, 'SIGCONT')
    expect(result?.['isError']).toBe(true)
    expect(textOf(result ?? {})).toContain('neither a result nor progress')
  })

  it('a call that waits for a human waits on, and has what it had left', async () => {
    const where = place(
      yamlOf({
        version: 1,
        servers: {
          a: {
            command: process.execPath,
            args: [SLEEPER],
            sandbox: 'off',
            timeout: '2s',
            tools: { confirm: ['*'] },
          },
        },
        approvals: { channels: ['elicitation'], wait: '4s', expire: '10m' },
      }),
    )
    const { host } = await ready(where)
    let question: number | string | undefined
    host.onRequest = ({ id, method }) => {
      if (method === 'elicitation/create') question = id
    }
    const { answer } = host.start('tools/call', { name: 'a_wait', arguments: { ms: 10 } })
    await until(() => question !== undefined, 'the question')
    // Nobody answers faster than he can read.
    await pause(1000)
    await standStill([host.process.pid ?? 0], 6000)
    if (question !== undefined)
      host.send({ id: question, result: { action: 'accept', content: { decision: 'approve once' } } })
    expect(textOf((await answer).result ?? {})).toBe('slept')
  })

  it('a start goes on', async () => {
    const where = sleepers({
      command: '/bin/sh',
      args: ['-c', `sleep 2; exec "${process.execPath}" "${SLEEPER}"`],
    })
    const host = new RawHost(where)
    await host.initialize()
    await until(() => /"a launched"/.test(log(where.state)), 'the launch')
    await standStill([host.process.pid ?? 0], 7000)
    const { result } = await host.request('tools/call', { name: 'a_wait', arguments: { ms: 10 } })
    expect(textOf(result ?? {})).toBe('slept')
    expect(log(where.state)).not.toMatch(/not ready within/)
  })
})
