/** Real processes knock: children of a sidecar in every disguise, shells of the host, a person at a terminal. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { end, enter, looksFrom, setUp, SPAWNER, standIn, temporaryDir } from './support.ts'

const caller = join(import.meta.dirname, 'caller.mjs')
const linux = process.platform === 'linux'

async function scene(unconfined?: readonly string[]) {
  const sidecar = await standIn()
  const looks = await looksFrom(sidecar.pid, unconfined)
  const setup = await setUp({ looks })
  const { port, key } = await setup.run()
  const ids = [setup.desk.pending()[0]?.id]
  const dir = temporaryDir()
  let count = 0
  /** The argv of a process that sends this, and what came back. */
  const knock = (method: string, path: string, headers: Record<string, string>, body?: unknown) => {
    const into = join(dir, `${(count += 1)}.json`)
    const what = {
      port,
      method,
      path,
      headers,
      into,
      afterMs: 400,
      body: body === undefined ? '' : JSON.stringify(body),
    }
    const result = async (): Promise<{ status: number; body: string }> => {
      await expect.poll(() => existsSync(into)).toBe(true)
      return JSON.parse(readFileSync(into, 'utf8')) as { status: number; body: string }
    }
    return { argv: [process.execPath, caller, JSON.stringify(what)], result }
  }
  const bearer = { authorization: `Bearer ${key}` }
  const yes = { sidecar: setup.dashboard.id, ids, answer: 'approve' }
  const json = { 'content-type': 'application/json' }
  const decide = () => knock('POST', '/local/answer', { ...bearer, ...json }, yes)
  const read = () => knock('GET', '/local/state', bearer)
  return { ...setup, port, sidecar, knock, decide, read, yes, json }
}

/** Whatever decides is decided by who asks, so each way in is tried. */
it.runIf(linux)(
  'lifts no denial for a child of the sidecar, nor for a program without a terminal',
  async () => {
    const { sidecar, knock, desk, json, run, dashboard } = await scene()
    desk.denied.push({ id: 'd', server: 'db', tool: 'drop', since: 1, until: 2 })
    const { key } = await run()
    const lift = () =>
      knock(
        'POST',
        '/local/lift',
        { authorization: `Bearer ${key}`, ...json },
        { sidecar: dashboard.id, denial: 'd' },
      )
    const child = lift()
    sidecar.start(child.argv)
    expect(await child.result()).toMatchObject({ status: 403, body: '{"refused":"inside"}' })
    const program = lift()
    spawn(program.argv[0] ?? '', program.argv.slice(1), { detached: true, stdio: 'ignore' }).unref()
    expect((await program.result()).status).toBe(403)
    expect(desk.denied).toHaveLength(1)
  },
)

const quote = (argv: readonly string[]): string => argv.map((part) => `'${part}'`).join(' ')
const disguises: Record<string, (argv: readonly string[]) => readonly string[]> = {
  'as it is': (argv) => argv,
  'in a session of its own': (argv) => ['setsid', ...argv],
  'at a terminal of its own': (argv) => ['script', '-qec', quote(argv), '/dev/null'],
  'with its parent gone': (argv) => ['/bin/sh', '-c', `${quote(argv)} & exit 0`],
  'with its parent gone, in a session of its own': (argv) => ['setsid', '--fork', ...argv],
  'with its parent gone, at a terminal of its own': (argv) => [
    'setsid',
    '--fork',
    'script',
    '-qec',
    quote(argv),
    '/dev/null',
  ],
  'with an empty environment': (argv) => ['/bin/sh', '-c', `env -i setsid --fork ${quote(argv)}`],
}

it.runIf(linux).each(Object.keys(disguises))(
  'takes no decision from a child of the sidecar %s (promise 4)',
  async (name) => {
    const { sidecar, decide, desk, events } = await scene()
    const { argv, result } = decide()
    sidecar.start(disguises[name]?.(argv) ?? [])
    const { status, body } = await result()
    expect([status, ['{"refused":"inside"}', '{"refused":"orphan"}'].includes(body)]).toEqual([403, true])
    expect(desk.answers).toEqual([])
    expect(events.at(-1)).toMatchObject({ phase: 'caller-refused', door: 'local' })
  },
)

it.runIf(linux).each([
  ['takes', [], 200],
  ['does not take', ['notes'], 403],
] as const)(
  '%s a decision at a terminal that is younger than the host, where %j ran unconfined (promise 4)',
  async (_takes, unconfined, expected) => {
    const { sidecar, decide, read, desk } = await scene(unconfined)
    const open = disguises['with its parent gone, at a terminal of its own']
    const [asked, decided] = [read(), decide()]
    for (const { argv } of [asked, decided]) sidecar.start(open?.(argv) ?? [])
    expect((await decided.result()).status).toBe(expected)
    expect(desk.answers).toHaveLength(expected === 200 ? 1 : 0)
    expect(JSON.parse((await asked.result()).body)).toMatchObject({ leftBy: unconfined })
  },
)

it.runIf(linux)('shows a child neither the questions nor the page, whatever it has read', async () => {
  const { sidecar, read, knock, links, clock, desk, yes, json, port } = await scene()
  const link = new URL(links[0] ?? '').pathname
  const stolen = knock('GET', link, {})
  sidecar.start(stolen.argv)
  expect(await stolen.result()).toEqual({ status: 403, body: '' })
  // The link is still the browser's; its cookie is of no use to the child either.
  const cookie = await enter(links[0] ?? '')
  expect(cookie).not.toBe('')
  clock.now += 3000
  const tries = [
    read(),
    knock('GET', '/state', { cookie }),
    knock('GET', '/events', { cookie }),
    knock('POST', '/answer', { cookie, ...json, origin: `http://127.0.0.1:${port}` }, yes),
  ]
  for (const { argv } of tries) sidecar.start(argv)
  for (const { result } of tries) expect((await result()).status).toBe(403)
  expect(desk.answers).toEqual([])
})

it.runIf(linux)('takes a cookie from no other process than the one that got it', async () => {
  const { knock, links, clock, desk, yes, json, port } = await scene()
  const cookie = await enter(links[0] ?? '')
  clock.now += 3000
  const { argv, result } = knock(
    'POST',
    '/answer',
    { cookie, ...json, origin: `http://127.0.0.1:${port}` },
    yes,
  )
  const [program = '', ...args] = argv
  spawn(program, args, { stdio: 'ignore' })
  expect(await result()).toEqual({ status: 403, body: '{"error":"caller"}' })
  expect(desk.answers).toEqual([])
})

it.runIf(linux)('takes a decision from a person at a terminal, and from nobody without one', async () => {
  const { decide, read, desk } = await scene()
  const without = decide()
  spawn(without.argv[0] ?? '', without.argv.slice(1), { stdio: 'ignore' })
  expect(await without.result()).toEqual({ status: 403, body: '{"refused":"no-terminal"}' })
  const piped = decide()
  const inTerminal = ['-qec', `exec ${quote(piped.argv)} < /dev/null`, '/dev/null']
  spawn('script', inTerminal, { stdio: ['pipe', 'ignore', 'ignore'] })
  expect((await piped.result()).body).toBe('{"refused":"no-terminal"}')
  expect(desk.answers).toEqual([])
  const reader = read()
  spawn(reader.argv[0] ?? '', reader.argv.slice(1), { stdio: 'ignore' })
  expect((await reader.result()).status).toBe(200)
  const person = decide()
  spawn('script', ['-qec', `exec ${quote(person.argv)}`, '/dev/null'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  expect(await person.result()).toEqual({ status: 200, body: '{"outcomes":["done"]}' })
  expect(desk.answers).toMatchObject([{ via: { channel: 'terminal' } }])
})

it.runIf(linux)('takes no decision from a shell of the host application', async () => {
  // Without a terminal between them, this test is the host of a sidecar that it started.
  const sidecar = spawn(process.execPath, [SPAWNER], { stdio: ['pipe', 'pipe', 'ignore'] })
  onTestFinished(() => end(sidecar))
  const looks = await looksFrom(sidecar.pid ?? 0)
  const { dashboard, desk, run } = await setUp({ looks })
  const { port, key } = await run()
  const into = join(temporaryDir(), 'answer')
  const what = {
    port,
    method: 'POST',
    path: '/local/answer',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    into,
    afterMs: 0,
    body: JSON.stringify({ sidecar: dashboard.id, ids: [desk.pending()[0]?.id], answer: 'approve' }),
  }
  spawn('script', ['-qec', `exec ${quote([process.execPath, caller, JSON.stringify(what)])}`, '/dev/null'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  await expect.poll(() => existsSync(into)).toBe(true)
  expect(JSON.parse(readFileSync(into, 'utf8'))).toEqual({ status: 403, body: '{"refused":"host"}' })
})
