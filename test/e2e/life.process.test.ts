/** Promises 1, 8 and 9: answered at once, one broken child harms nobody, and nothing is left behind. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect as connectTo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { HereHost, HOSTS_HERE, host1Here } from './serve-here.ts'
import { RawHost, place, shared, textOf, toolbox, until } from './support.ts'

describe('while every child sleeps 30 s before its first byte', () => {
  const asleep = (): ReturnType<typeof place> =>
    place(
      `version: 1\nservers:\n  a: ${toolbox({ env: { TOOLBOX_SLEEP: '30000' } })}\ndefaults: { listWait: 500ms }\n`,
    )

  /** That each version is answered in its own, and what is advertised: test/downstream/eras.test.ts. */
  it('initialize is answered, with what is relayed whatever the servers are, and the first list after listWait (promise 9)', async () => {
    const host = new HereHost(asleep())
    const { result } = await host.initialize({}, '2024-11-05')
    expect(result).toMatchObject({
      protocolVersion: '2024-11-05',
      serverInfo: { name: 'sidemux' },
      capabilities: { tools: { listChanged: true } },
    })
    const relayed = ['tools', 'prompts', 'resources', 'completions', 'logging']
    expect(Object.keys(result?.['capabilities'] as object)).toEqual(relayed)
    expect((await host.request('ping')).result).toEqual({})
    expect((await host.request('tools/list')).result).toEqual({ tools: [] })
  })

  it('server/discover is answered (2026-07-28)', async () => {
    const host = new HereHost(asleep())
    const answer = await host.modern('server/discover')
    expect(answer.result).toMatchObject({
      resultType: 'complete',
      supportedVersions: expect.arrayContaining(['2026-07-28']),
    })
    expect((await host.modern('tools/list')).result).toMatchObject({ tools: [] })
  })
})

describe.each(HOSTS_HERE)('%s', (_name, connect) => {
  const scene = shared(async () => {
    const few = toolbox({ timeout: '300ms', tools: { allow: ['echo', 'get_env'], block: ['get_env'] } })
    const where = place(
      `version: 1\ndefaults: { listWait: 50s }\nservers:\n  zeta: ${toolbox()}\n  alpha: ${few}\n`,
    )
    const host = await connect(where)
    const names = (await host.tools()).map(({ name }) => name)
    return { where, host, names }
  })

  it('lists one page, in an order that does not change', async () => {
    const { where, names } = await scene()
    const servers = names.map((name) => name.split('_')[0])
    expect([...new Set(servers)]).toEqual(['zeta', 'alpha'])
    const again = (await (await connect(where)).tools()).map(({ name }) => name)
    expect(again).toEqual(names)
  })

  it('cancels at the child when the host cancels', async () => {
    const { host } = await scene()
    const controller = new AbortController()
    const slow = host.call('zeta_echo', { text: 'x', delay: 20_000 }, { signal: controller.signal })
    setTimeout(() => controller.abort('no longer wanted'), 100)
    await expect(slow).rejects.toThrow()
    expect(textOf(await host.call('zeta_echo', { text: 'still here' }))).toBe(':still here')
  })

  it('gives a silent call up after its timeout, and says which setting to raise', async () => {
    const { host } = await scene()
    const result = await host.call('alpha_echo', { text: 'x', delay: 20_000 })
    expect(result['isError']).toBe(true)
    expect(textOf(result)).toContain('servers.alpha.timeout')
  })

  it('an unknown, a hidden and a blocked tool look alike: -32602', async () => {
    const { host, names } = await scene()
    expect(names.filter((name) => name.startsWith('alpha_'))).toEqual(['alpha_echo'])
    for (const name of ['alpha_nothing', 'alpha_plain', 'alpha_get_env', 'echo', '']) {
      await expect(host.call(name)).rejects.toMatchObject({ code: -32602 })
    }
  })
})

it('2,000 calls over 4 children with random delays and cancellations: each answered exactly once, none crossed', async () => {
  const names = ['a', 'b', 'c', 'd']
  const servers = names.map((name) => `  ${name}: ${toolbox({ env: { TOOLBOX_NAME: name } })}`).join('\n')
  const host = new RawHost(
    place(`version: 1\ndefaults: { rateLimit: 1000000/second }\nservers:\n${servers}\n`),
  )
  await host.initialize()
  await host.request('tools/list')
  const answered = { right: 0, crossed: 0 }
  const cancelled = new Set<number>()
  let sent = 0
  const worker = async (): Promise<void> => {
    while (sent < 2000) {
      sent += 1
      const [text, name] = [`call-${sent}`, names[sent % 4] ?? 'a']
      const delay = sent % 7 === 0 ? Math.floor(Math.random() * 20) : 0
      const { id, answer } = host.start('tools/call', { name: `${name}_echo`, arguments: { text, delay } })
      if (sent % 13 === 0) {
        cancelled.add(id)
        host.send({ method: 'notifications/cancelled', params: { requestId: id } })
        continue
      }
      const { result } = await answer
      if (textOf(result ?? { content: [] }) === `${name}:${text}`) answered.right += 1
      else answered.crossed += 1
    }
  }
  await Promise.all(Array.from({ length: 40 }, worker))
  await host.request('ping')
  expect(answered).toEqual({ right: 2000 - cancelled.size, crossed: 0 })
  expect([...host.answers.values()].filter((times) => times !== 1)).toEqual([])
  // A cancelled request may have been answered before the cancellation came; never twice, and never another's.
  expect([...cancelled].filter((id) => (host.answers.get(id) ?? 0) > 1)).toEqual([])
})

/** Pid and command line of each direct child. */
function childrenOf(pid: number): [number, string][] {
  return execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .flatMap((match) =>
      Number(match?.[2]) === pid ? [[Number(match?.[1]), match?.[3] ?? ''] as [number, string]] : [],
    )
    .filter(([, command]) => !command.startsWith('ps '))
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

it('SIGKILL 25 times under load: no failed call on the other children, and five starts at most for the killed', async () => {
  // Five starts in 60 s are all that a child gets, so five children die five times each.
  const victims = Array.from({ length: 5 }, (_, index) => `victim${index}`)
  const named = (name: string): string =>
    // Killed by its pid, and not what confines it.
    `  ${name}: ${toolbox({ sandbox: 'off', env: { TOOLBOX_NAME: name, TOOLBOX_LISTED: `out/${name}` } })}`
  const where = place(
    `version: 1\ndefaults: { rateLimit: 1000000/second }\nservers:\n${['calm1', 'calm2', ...victims].map(named).join('\n')}\n`,
  )
  const host = new RawHost(where)
  await host.initialize()
  const listed = async (): Promise<string> => JSON.stringify((await host.request('tools/list')).result)
  await until(async () => {
    const names = await listed()
    return victims.every((name) => names.includes(`"${name}_echo"`))
  }, 'all are up')
  const load = { running: true, calls: 0, failed: 0 }
  const others = ['calm1', 'calm2'].map(async (name) => {
    while (load.running) {
      // More of them would only take the machine from the other tests.
      await pause(10)
      load.calls += 1
      const { result } = await host.request('tools/call', { name: `${name}_echo`, arguments: { text: 'x' } })
      if (result === undefined || textOf(result) !== `${name}:x`) load.failed += 1
    }
  })
  const killed = new Set<number>()
  await until(() => {
    // One that dies before its era is known is tried once more in the other era, and both are one start.
    for (const name of victims)
      for (const pid of readFileSync(join(where.out, name), 'utf8').trim().split('\n').map(Number)) {
        if (killed.has(pid)) continue
        killed.add(pid)
        process.kill(pid, 'SIGKILL')
      }
    return killed.size >= 25
  }, '25 kills')
  // Kills may be over before a slow machine has made so many calls; some of them come after.
  await until(() => load.calls > 100, 'more than 100 calls')
  load.running = false
  await Promise.all(others)
  expect(load.failed).toBe(0)
  await until(
    async () =>
      textOf(
        (await host.request('tools/call', { name: 'victim0_echo', arguments: { text: 'x' } })).result ?? {
          content: [],
        },
      ) === 'victim0:x',
    'a call has brought victim0 back',
  )
  expect(killed.size).toBe(25)
})

describe('nothing is left behind (promise 8)', () => {
  const endings: [string, (host: RawHost) => void][] = [
    ['end of stdin', (host) => host.process.stdin?.end()],
    ['SIGTERM', (host) => host.process.kill('SIGTERM')],
    ['SIGINT', (host) => host.process.kill('SIGINT')],
    ['SIGHUP', (host) => host.process.kill('SIGHUP')],
  ]
  it.each(endings)('%s ends every process, exit code 0', async (_how, end) => {
    const host = new RawHost(place(`version: 1\nservers:\n  a: ${toolbox()}\n  b: ${toolbox()}\n`))
    await host.initialize()
    await host.request('tools/list')
    const pids = childrenOf(host.process.pid ?? 0).map(([pid]) => pid)
    expect(pids.length).toBeGreaterThanOrEqual(2)
    end(host)
    expect(await host.exited()).toEqual({ code: 0, signal: null })
    await until(() => pids.filter(alive).length === 0, 'all children gone')
  })

  it('SIGKILL of the sidecar ends every process', async () => {
    const host = new RawHost(place(`version: 1\nservers:\n  a: ${toolbox()}\n`))
    await host.initialize()
    await host.request('tools/list')
    const pids = childrenOf(host.process.pid ?? 0).map(([pid]) => pid)
    host.process.kill('SIGKILL')
    await until(() => pids.filter(alive).length === 0, 'all children gone')
  })
})

it('SIGUSR1 opens no inspector', async () => {
  const host = new RawHost(place('version: 1\nservers: {}\n'))
  await host.initialize()
  host.process.kill('SIGUSR1')
  await host.request('ping')
  const reached = await new Promise<boolean>((resolve) => {
    const socket = connectTo(9229, '127.0.0.1', () => resolve(true))
    socket.on('error', () => resolve(false))
  })
  expect(reached).toBe(false)
  expect(host.stderr()).not.toContain('Debugger listening')
})

describe('a host of servers that are limited, that crash, and that do neither', () => {
  const scene = shared(async () => {
    const limited = toolbox({ rateLimit: '5/hour', tools: { rateLimit: { 'c*': '1/hour' } } })
    return host1Here(
      place(`version: 1\nservers:\n  slow: ${limited}\n  box: ${toolbox()}\n  other: ${toolbox()}\n`),
    )
  })

  it('limits calls a server and a tool', async () => {
    const host = await scene()
    const texts: string[] = []
    for (let index = 0; index < 7; index += 1)
      texts.push(textOf(await host.call(index < 2 ? 'slow_count' : 'slow_echo', { text: 'x', to: 1 })))
    expect(texts[0]).toBe('counted to 1')
    expect(texts[1]).toMatch(/slow\/count is limited to 1\/hour[^]*try again in \d+ s/)
    expect(texts.slice(2, 5)).toEqual([':x', ':x', ':x'])
    expect(texts[6]).toContain('slow is limited to 5/hour')
  })

  it('a crashed child answers with an error for that call, and comes back', async () => {
    const host = await scene()
    await host.tools()
    const result = await host.call('box_get_crash')
    expect(result['isError']).toBe(true)
    expect(textOf(await host.call('other_echo', { text: 'x' }))).toBe(':x')
    await until(
      async () => (await host.call('box_echo', { text: 'back' }))['isError'] !== true,
      'the child is back',
    )
  })
})
